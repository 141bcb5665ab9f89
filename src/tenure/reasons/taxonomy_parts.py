"""What `reasons.toml` says, as data. `docs/reasons.md` says what each field means."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

Texts = Mapping[str, str]  # words by language: en, zh-hans, zh-hant

CIRCUMSTANCE, OUTCOME, OTHER = "circumstance", "outcome", "other"
ROOTS = (CIRCUMSTANCE, OUTCOME, OTHER)
AVOIDABLE = ("yes", "partly", "no")
RIVAL = "rival"


@dataclass(frozen=True, slots=True)
class Option:
    """An answer to the follow-up. `means` is the reason that it comes to, its own by default."""

    code: str
    title: Texts
    means: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    question: Texts
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to leave, and what other systems call it (`crosswalk`: words by system).

    `phrases` are words that tell it where somebody writes freely.
    """

    code: str
    root: str
    avoidable: str
    title: Texts
    sentence: Texts
    follow_up: FollowUp | None
    crosswalk: Mapping[str, tuple[str, ...]]
    phrases: tuple[str, ...]

    def option(self, code: str) -> Option | None:
        """The answer of that code, or None."""
        options = self.follow_up.options if self.follow_up else ()
        return next((each for each in options if each.code == code), None)


@dataclass(frozen=True, slots=True)
class NextJob:
    """What does the job from now on. `phrases` are words that tell it, in lower case."""

    code: str
    title: Texts
    crosswalk: tuple[str, ...]
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rival:
    """A product that others sell, by each name that people call it."""

    name: str
    aliases: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True, eq=False)
class Taxonomy:
    """Every reason, what may do the job next, and the rivals known by name.

    `digest` names this version for ever.
    """

    digest: str
    languages: tuple[str, ...]
    reasons: tuple[Reason, ...]
    next_jobs: tuple[NextJob, ...]
    rivals: tuple[Rival, ...]

    def reason(self, code: str) -> Reason:
        """The reason of that code; that of `other` for a code that is none (any more)."""
        return self._by_code.get(code) or self._by_code[OTHER]

    def has(self, code: str) -> bool:
        """Whether that is the code of a reason."""
        return code in self._by_code

    def codes(self) -> tuple[str, ...]:
        """Each code, in the file's order."""
        return tuple(self._by_code)

    def code_of(self, said: str, system: str = "") -> str:
        """The code for what another system calls it; `other` for what nobody knows.

        With a `system` (`stripe`, `chargebee`, ...) its own words come first. A word that is only
        a number belongs to its system alone. Capitals, spaces, `-` and `_` do not matter.
        """
        word = plain(said)
        if system and (system, word) in self._said:
            return self._said[(system, word)]
        if said in self._by_code:
            return said
        return self._said.get(("", word), OTHER)

    def next_job_of(self, said: str) -> str:
        """What does the job now, where the said reason tells that (`competitor`); else empty."""
        return self._next.get(plain(said), "")

    def next_job(self, code: str) -> NextJob | None:
        """That of the code, or None."""
        return next((each for each in self.next_jobs if each.code == code), None)

    @cached_property
    def _by_code(self) -> dict[str, Reason]:
        return {reason.code: reason for reason in self.reasons}

    @cached_property
    def _said(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for reason in self.reasons:
            found.setdefault(("", plain(reason.code)), reason.code)
            for system, words in reason.crosswalk.items():
                for word in map(plain, words):
                    found[(system, word)] = reason.code
                    if not word.isdecimal():
                        found.setdefault(("", word), reason.code)
        return found

    @cached_property
    def _next(self) -> dict[str, str]:
        return {
            plain(word): job.code for job in self.next_jobs for word in (job.code, *job.crosswalk)
        }


def plain(said: str) -> str:
    """A word as crosswalks compare it: lower case, one space for what parts words."""
    return re.sub(r"[\s_\-]+", " ", said.replace("’", "'")).strip().casefold()


def words_in(texts: Texts, language: str) -> str:
    """The words in a language (`zh-Hant-TW` is `zh-hant`), else in English, else the first."""
    asked = language.casefold().replace("_", "-")
    if asked.startswith("zh") and asked not in texts:
        is_traditional = re.search(r"hant|-(tw|hk|mo)\b", asked)
        asked = "zh-hant" if is_traditional else "zh-hans"
    for each in (asked, asked.partition("-")[0], "en"):
        if each in texts:
            return texts[each]
    return next(iter(texts.values()), "")
