"""Which words have no place on the way out, and which a label needs: `lint_phrases.toml`, compiled.

found("guilt", "We will miss you")            # "We will miss you"
"""

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files

_SAME = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00a0": " "})


def found(group: str, text: str) -> str:
    """What in the text belongs to that group, as it stands there; empty when nothing does."""
    plain = _plain(text)
    for pattern in _patterns(group, ""):
        if match := pattern.search(plain):
            return match[0].strip()
    return ""


def found_in(group: str, language: str, text: str) -> bool | None:
    """Whether the text says anything of the group's own words for that language; None where there
    are none for it."""
    patterns = _patterns(group, language.partition("-")[0])
    if not patterns:
        return None
    plain = _plain(text)
    return any(pattern.search(plain) for pattern in patterns)


def is_seen(text: str) -> bool:
    """Whether anything of it can be seen: letters, and not only spaces and dots."""
    return any(unicodedata.category(letter)[0] in "LN" for letter in text)


def _plain(text: str) -> str:
    shown = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", shown).translate(_SAME))


@lru_cache(maxsize=128)
def _patterns(group: str, language: str) -> tuple[re.Pattern[str], ...]:
    by_language = _book()[group]
    named = [language] if language else list(by_language)
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for each in named
        for pattern in by_language.get(each, ())
    )


@lru_cache(maxsize=1)
def _book() -> dict[str, dict[str, list[str]]]:
    text = files("tenure.offboard").joinpath("lint_phrases.toml").read_text("utf-8")
    return tomllib.loads(text)
