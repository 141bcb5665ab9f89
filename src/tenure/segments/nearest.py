"""Which known name was probably meant by one that is not known."""

from collections.abc import Iterable
from difflib import SequenceMatcher

LEAST = 0.58  # of 1: below, a suggestion would be a guess
_ENDINGS = ("es", "s", "ed", "ing")


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """At most three of `known`, the likeliest first.

    A name counts as near by its letters and by its words: `last_seen_day` is near
    `days_since_seen`.
    """
    scored = [(_likeness(name, other), other) for other in known]
    best = sorted((-score, other) for score, other in scored if score >= LEAST)
    return [other for _, other in best][:3]


def _likeness(name: str, other: str) -> float:
    letters = SequenceMatcher(None, name.lower(), other.lower(), autojunk=False).ratio()
    mine, theirs = _words(name), _words(other)
    shared = 2 * len(mine & theirs) / (len(mine) + len(theirs)) if mine and theirs else 0.0
    return max(letters, 0.4 * letters + 0.6 * shared)


def _words(name: str) -> set[str]:
    return {_stem(word) for word in name.lower().replace(" ", "_").replace(".", "_").split("_")}


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending)
    return word
