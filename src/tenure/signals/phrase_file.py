"""How a phrase file is read: phrases in a small notation, each made into one regular expression.

Every repetition in the notation is bounded, and every word ends in a space (or is a single
character), so that no text makes an expression slow.
"""

import re
import tomllib
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Strength(IntEnum):
    """How much a text says: somebody asks how, considers it, or says that it will be so."""

    ASKED = 1
    CONSIDERED = 2
    SAID = 3


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase as it is written in the file, and what finds it."""

    written: str
    strength: Strength
    expression: re.Pattern[str]


@dataclass(frozen=True)
class PhraseFile:
    """All phrases of one language."""

    language: str
    stems: dict[str, re.Pattern[str]]  # by what is told: cancel_intent, closing
    phrases: dict[str, list[Phrase]]  # the same
    never: dict[str, list[re.Pattern[str]]]
    grades: dict[str, re.Pattern[str] | None]  # asked, considered, *_after, certain_after
    negation: re.Pattern[str]


@cache
def phrase_files() -> tuple[PhraseFile, ...]:
    """English first, then Chinese."""
    return (_read("en"), _read("zh"))


@cache
def simplified() -> dict[int, str]:
    """The simplified character for each traditional one, for `str.translate`."""
    text = (files("tenure.signals") / "phrases" / "traditional.txt").read_text("utf-8")
    pairs = [pair for line in text.splitlines()[1:] for pair in line.split()]
    return {ord(pair[0]): pair[1] for pair in pairs}


def _read(name: str) -> PhraseFile:
    data = tomllib.loads((files("tenure.signals") / "phrases" / f"{name}.toml").read_text("utf-8"))
    notation = _Notation(data["groups"], has_words=name == "en")
    tells = ("cancel_intent", "closing")
    return PhraseFile(
        language=data["language"],
        stems={k: re.compile("|".join(map(re.escape, data["stems"][k]))) for k in tells},
        phrases={
            kind: [
                Phrase(written, Strength[strength.upper()], notation.compiled(written))
                for strength, phrases in data[kind].items()
                for written in phrases
            ]
            for kind in tells
        },
        never={kind: [notation.compiled(p) for p in data["never"].get(kind, [])] for kind in tells},
        grades={grade: notation.any_of(words) for grade, words in data["grades"].items()},
        negation=notation.negation(data["negation"]),
    )


class _Notation:
    """The notation of phrases. With words a gap counts words, else characters."""

    ELEMENT = re.compile(r'(?:"[^"]*"|[^\s"])+')
    ALTERNATIVE = re.compile(r'"[^"]*"|[^/"]+')

    def __init__(self, groups: dict[str, list[str]], *, has_words: bool) -> None:
        self.groups, self.has_words = groups, has_words
        self.space = " " if has_words else ""
        not_over = "|".join(self._word(word) for name in ("ours", "stops") for word in groups[name])
        one = r"[^ ,]+ " if has_words else "[^,]"
        self.gap = f"(?:{one})"
        self.careful_gap = f"(?:(?!(?:{not_over}){self.space}){one})"

    def compiled(self, written: str) -> re.Pattern[str]:
        parts = [self._element(element) for element in self.ELEMENT.findall(written)]
        start = "" if written.startswith("^") or not self.has_words else "(?<= )"
        return re.compile(start + "".join(parts))

    def any_of(self, written: list[str]) -> re.Pattern[str] | None:
        if not written:
            return None
        return re.compile("|".join(self.compiled(phrase).pattern for phrase in written))

    def negation(self, data: dict[str, Any]) -> re.Pattern[str]:
        """Matches what comes before a phrase, up to its start, where that denies the phrase."""
        stop = "|".join(map(re.escape, data["stops_at"]))
        step = rf"(?!(?:{stop}) )[^ ]+ " if self.has_words else rf"(?!{stop})."
        not_after = "".join(f"(?<!{word})" for word in data.get("not_after", []))
        not_followed = "".join(f"(?!{word})" for word in data.get("not_followed_by", []))
        start = "(?<= )" if self.has_words else not_after
        words = "|".join(map(re.escape, sorted(data["before"], key=len, reverse=True)))
        gap = f"(?:{step}){{0,{data['within_words']}}}"
        return re.compile(rf"{start}(?:{words}){self.space}{not_followed}{gap}\Z")

    def _element(self, element: str) -> str:
        if element == "^":
            return r"\A " if self.has_words else r"\A"
        if gap := re.fullmatch(r"(\.\.|~)(\d+)", element):
            one = self.gap if gap[1] == ".." else self.careful_gap
            return f"{one}{{0,{gap[2]}}}?"
        if element.startswith(">"):
            return f"(?={self._alternatives(element[1:])})"
        if element.endswith("?"):
            return f"(?:{self._alternatives(element[:-1])})?"
        return self._alternatives(element)

    def _alternatives(self, element: str) -> str:
        words = []
        for alternative in self.ALTERNATIVE.findall(element):
            name = alternative.strip('"')
            words += self.groups[name[1:-1]] if name.startswith("{") else [name]
        ends = [r"\Z"] if "$" in words else []
        plain = [self._word(word) for word in words if word != "$"]
        if plain:
            ends.insert(0, f"(?:{'|'.join(plain)}){self.space}")
        return ends[0] if len(ends) == 1 else f"(?:{'|'.join(ends)})"

    def _word(self, word: str) -> str:
        if word == "#":
            return "[0-9]+"
        return re.escape(word).replace(r"\*", "[^ ]*")
