"""Which phrases have no place in a message, and where in a text they stand: `lint_phrases.toml`.

phrases_in("We **miss** you", ...)      # Phrase(rule, "We miss you", 0)
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

ALWAYS, DATED, REVIEW, VALUED = "always", "dated", "review", "valued"
_SAME = {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'}
_TAG = re.compile(r"<[^<>]{0,500}>|\{%[^%]{0,500}%\}")
_MARKUP = frozenset("*_~`#>\\")
_BEFORE = 60  # characters in which what takes a match back is looked for


@dataclass(frozen=True, slots=True)
class Rule:
    """`when`: always, dated, review or valued, as the file says."""

    code: str
    why: str
    remedy: str
    when: str
    patterns: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Phrase:
    """What was found: as it stands there, and at which character of the text."""

    rule: Rule
    words: str
    start: int


def phrases_in(text: str, asked: frozenset[str]) -> Iterator[Phrase]:
    """Every phrase of rules that hold now, each rule's first, in the order of the rules.

    `asked` are the kinds of rule besides `always` that hold for this text.
    """
    plain, places = _plain(text)
    for rule in rules():
        if rule.when != ALWAYS and rule.when not in asked:
            continue
        found = [match for each in rule.patterns for match in each.finditer(plain)]
        for match in sorted(found, key=lambda each: each.start()):
            before = plain[max(0, match.start() - _BEFORE) : match.start()]
            if match[0].strip() and not (rule.unless and rule.unless.search(before)):
                yield Phrase(rule, match[0].strip(), places[match.start()])
                break


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """The rules of the file, in its order."""
    text = files("tenure.plays").joinpath("lint_phrases.toml").read_text("utf-8")
    return tuple(_rule(each) for each in tomllib.loads(text)["rule"])


def _rule(said: dict[str, object]) -> Rule:
    texts = [str(each) for language in ("en", "zh") for each in said.get(language, ())]  # type: ignore[attr-defined]
    unless = said.get("unless")
    return Rule(
        code=str(said["code"]),
        why=str(said["why"]),
        remedy=str(said["remedy"]),
        when=str(said.get("when", ALWAYS)),
        patterns=tuple(re.compile(each, re.IGNORECASE | re.MULTILINE) for each in texts),
        unless=re.compile(str(unless), re.IGNORECASE) if unless else None,
    )


def _plain(text: str) -> tuple[str, list[int]]:
    """The text as it is read, and where each character of it stood: without markup, invisible
    characters and line ends within a paragraph. A paragraph is a line."""
    hidden = bytearray(len(text))
    for tag in _TAG.finditer(text):
        hidden[tag.start() : tag.end()] = b"\1" * (tag.end() - tag.start())
    said: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if hidden[place] or letter in _MARKUP or unicodedata.category(letter) == "Cf":
            continue
        if letter.isspace():
            is_new = letter == "\n" and text[place + 1 : place + 2] in ("\n", "")
            letter = "\n" if is_new else " "
            if said and said[-1] in (" ", "\n"):
                said[-1] = "\n" if letter == "\n" else said[-1]
                continue
        for each in unicodedata.normalize("NFKC", _SAME.get(letter, letter)):
            said.append(each)
            places.append(place)
    return "".join(said), places
