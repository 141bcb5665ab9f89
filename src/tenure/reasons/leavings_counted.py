"""Leavings counted by reason and by anything else: what they said, what a follow-up found and what
was seen are three counts, and nothing adds one to another.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from tenure.reasons.leavings_placed import PlacedLeaving, said_of
from tenure.reasons.leavings_with_reasons import LeavingReasons
from tenure.reasons.recording import FOLLOWED_UP, INFERRED, STATED
from tenure.reasons.taxonomy_parts import OTHER

KINDS = (STATED, FOLLOWED_UP, INFERRED)
Key = TypeVar("Key", bound=Hashable)


def code_in(leaving: LeavingReasons, source: str) -> str:
    """The one reason that this leaving counts for; empty where this source has none.

    As `by_reason` counts: of what is inferred the likeliest. Raises KeyError for a source that is
    none of KINDS.
    """
    if source == STATED:
        return said_of(leaving)
    if source == FOLLOWED_UP:
        return leaving.followed_up.code if leaving.followed_up else ""
    if source == INFERRED:
        return leaving.inferred[0].code if leaving.inferred else ""
    raise KeyError(source)


def reasons_by(
    placed: Iterable[PlacedLeaving],
    source: str,
    keys: Callable[[PlacedLeaving], Iterable[Key]],
) -> Counter[tuple[str, Key]]:
    """How many leavings count for each reason and key. One of several keys counts for each."""
    counts: Counter[tuple[str, Key]] = Counter()
    for each in placed:
        code = code_in(each.leaving, source)
        if code:
            for key in set(keys(each)):
                counts[code, key] += 1
    return counts


def next_job_of(leaving: LeavingReasons, source: str) -> tuple[str, str]:
    """What does the job now, and the rival by name: as they told it, or as texts before told it.

    What they told is one matter for this, whichever way they were asked: `source` is STATED or
    INFERRED.
    """
    told = (leaving.interview, leaving.survey, leaving.followed_up, leaving.stated)
    records = [each for each in told if each] if source == STATED else leaving.inferred
    job = next((each.next_job for each in records if each.next_job), "")
    rival = next((each.rival for each in records if each.rival), "")
    return job or ("rival" if rival else ""), rival


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of leavings of which a reason was stated and one was seen: how often they are the same."""

    both: int
    same_first: int
    among_first_two: int


def agreement(leavings: Iterable[LeavingReasons]) -> Agreement:
    """How far what they said and what was seen name one reason. `other` names none."""
    both = same = among = 0
    for each in leavings:
        said = said_of(each)
        if not said or said == OTHER or not each.inferred:
            continue
        both += 1
        same += is_same(each)
        among += agrees(each)
    return Agreement(both, same, among)


def is_same(leaving: LeavingReasons) -> bool:
    """Whether what was stated is the likeliest reason by what was seen. `other` names none."""
    said = said_of(leaving)
    return said not in ("", OTHER) and bool(leaving.inferred) and leaving.inferred[0].code == said


def agrees(leaving: LeavingReasons) -> bool:
    """Whether what was stated is one of the two likeliest reasons by what was seen."""
    said = said_of(leaving)
    return bool(said) and said in {each.code for each in leaving.inferred[:2]}
