"""How many are in a play, where, and how it ended: kept while they move, so that nobody counts.

A page that counted a million enrolments would take seconds at each visit. So whoever writes an
enrolment writes beside it, in the same transaction, by how much each figure changed. Rows are only
added, so that two who write wait for nobody; what was added is put together now and then.

    counts = Counter()
    counts.update(marks(after)); counts.subtract(marks(before))
    add("trial_ending", counts)
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Sum

from tenure.plays.models import Enrolment, PlayTally
from tenure.proof.assignment import HOLD_OUT

ENTERED, LEFT_ALONE, GOAL, STUCK = "entered", "left_alone", "goal", "stuck"
HERE, CAME, ENDED = "here", "came", "ended"  # with the name of the step, or why it ended
Marks = Counter[tuple[str, str]]
_MOVES = ("goal_at", "ended_at", "ended_because", "at", "fault", "visits")
_TOGETHER_AT = 2_000  # rows; a page reads so many in a few milliseconds


class _Crowded(Exception):
    """Somebody else put the same rows together."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of one play."""

    entered: int = 0
    left_alone: int = 0
    reached_goal: int = 0
    stuck: int = 0  # in it, and their last turn could not be taken
    here: Mapping[str, int] = field(default_factory=dict)  # by step, who waits in it
    came: Mapping[str, int] = field(default_factory=dict)  # by step, who ever came to it
    ended: Mapping[str, int] = field(default_factory=dict)  # by why

    @property
    def in_it(self) -> int:
        return sum(self.here.values())


def marks(row: Enrolment) -> Marks:
    """What one enrolment counts towards, as it is."""
    found: Marks = Counter({(ENTERED, ""): 1})
    if row.is_kept_back or row.arm == HOLD_OUT:
        found[LEFT_ALONE, ""] = 1
    found.update(_where(*(getattr(row, name) for name in _MOVES)))
    return found


def of_new(rows: Collection[Enrolment]) -> Marks:
    """What many enrolments of one play count towards before their first step; the same in sum."""
    alone = sum(row.is_kept_back or row.arm == HOLD_OUT for row in rows)
    found: Marks = Counter({(ENTERED, ""): len(rows), (LEFT_ALONE, ""): alone})
    found.update({(HERE, at): count for at, count in Counter(row.at for row in rows).items()})
    return found


def changed(row: Enrolment, changes: Mapping[str, Any]) -> Marks:
    """By how much the figures change where these columns of a row do."""
    before = [getattr(row, name) for name in _MOVES]
    after = [changes.get(name, was) for name, was in zip(_MOVES, before, strict=True)]
    found: Marks = Counter(_where(*after))
    found.subtract(_where(*before))
    return found


def _where(  # noqa: PLR0913
    goal_at: object, ended_at: object, because: str, at: str, fault: str, visits: Iterable[str]
) -> list[tuple[str, str]]:  # fmt: skip
    """What an enrolment counts towards that moves."""
    found = [(CAME, step) for step in visits]
    if goal_at is not None:
        found.append((GOAL, ""))
    if ended_at is not None:
        found.append((ENDED, because))
        return found
    found.append((HERE, at))
    if fault:
        found.append((STUCK, ""))
    return found


def add(by_play: Mapping[str, Marks]) -> None:
    """Write the changes of these plays, in the caller's transaction."""
    PlayTally.objects.bulk_create(
        PlayTally(play=play, what=what, name=name, count=count)
        for play, counts in sorted(by_play.items())
        for (what, name), count in sorted(counts.items())
        if count
    )


def add_rows(rows: Iterable[Enrolment], sign: int = 1) -> None:
    """Count these enrolments, or with -1 count them no more; in the caller's transaction."""
    by_play: defaultdict[str, Marks] = defaultdict(Counter)
    for row in rows:
        (by_play[row.play].update if sign > 0 else by_play[row.play].subtract)(marks(row))
    add(by_play)


def tallies(play: str = "") -> dict[str, Tally]:
    """The figures by play, of all or of one; one without enrolments is left out."""
    rows = PlayTally.objects.filter(play=play) if play else PlayTally.objects.all()
    found: defaultdict[str, defaultdict[str, dict[str, int]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    grouped = rows.values_list("play", "what", "name").annotate(Sum("count")).order_by()
    for name, what, which, count in grouped:
        if count:
            found[name][what][which] = count
    return {name: _tally(said) for name, said in found.items()}


def _tally(said: Mapping[str, dict[str, int]]) -> Tally:
    def one(what: str) -> int:
        return said[what].get("", 0) if what in said else 0

    return Tally(
        entered=one(ENTERED),
        left_alone=one(LEFT_ALONE),
        reached_goal=one(GOAL),
        stuck=one(STUCK),
        here=dict(said.get(HERE, {})),
        came=dict(said.get(CAME, {})),
        ended=dict(said.get(ENDED, {})),
    )


def put_together() -> int:
    """How many rows became few; nothing where there are not many, or somebody else is at it."""
    whole = PlayTally.objects.aggregate(rows=Count("pk"), last=Max("pk"))
    if whole["rows"] < _TOGETHER_AT:
        return 0
    try:
        with transaction.atomic():
            rows = PlayTally.objects.filter(pk__lte=whole["last"])
            grouped = rows.values("play", "what", "name").annotate(
                sum=Sum("count"), rows=Count("pk")
            )
            sums = list(grouped.order_by())
            gone, _ = rows.delete()
            if gone != sum(each["rows"] for each in sums):
                raise _Crowded
            PlayTally.objects.bulk_create(
                PlayTally(
                    play=each["play"], what=each["what"], name=each["name"], count=each["sum"]
                )
                for each in sums
                if each["sum"]
            )
    except _Crowded:
        return 0
    return gone


def counted_anew(play: str) -> Tally:
    """The figures as the rows themselves have them: slow, for who wants to be sure."""
    counts: Marks = Counter()
    for row in (
        Enrolment.objects.filter(play=play).only("arm", "is_kept_back", *_MOVES).iterator(2_000)
    ):
        counts.update(marks(row))
    said: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (what, name), count in counts.items():
        said[what][name] = count
    return _tally(said)
