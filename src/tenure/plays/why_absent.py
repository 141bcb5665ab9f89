"""Why somebody did not come into a play: each thing that is asked at its door, and the answer.

Of the play that is on; asked as of now, or as of a past moment: then by what was known at it, with
the card, the segments, the events and the enrolments of then. What is not kept is when a play was
on before it was switched the last time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.base.errors import NotFound, TenureError
from tenure.base.home import Home
from tenure.card.card_of import account_card
from tenure.kit.sql_file import load
from tenure.lake.reading import Only, reading
from tenure.lake.shipping import last_batch
from tenure.plays.dates import LOOK_BACK_DAYS
from tenure.plays.entering import Earlier, entry_key, why_not
from tenure.plays.models import Enrolment, PlaySwitch
from tenure.plays.moments import instant_of
from tenure.plays.parts import PERSON, Play
from tenure.plays.subjects import Subjects, Who
from tenure.segments.condition import read_condition
from tenure.segments.definition import segment_named
from tenure.segments.known import vocabulary_of
from tenure.segments.models import SegmentMember
from tenure.segments.published import why_in
from tenure.segments.why import Reasons
from tenure.signals.models import Signal


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked. `holds` is None where it is not known, or nothing is wrong yet.

    `code` says which sentence; `figures` are what it names.
    """

    code: str
    holds: bool | None
    figures: dict[str, object] = field(default_factory=dict)
    reasons: Reasons | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """A play at a moment. `since` is when it was switched on, None of one that is off; `as_of` is
    None of now. It `is_before` the last switch where nothing is kept of whether it was on.
    """

    home: Home
    play: Play
    at: datetime
    as_of: datetime | None
    since: datetime | None
    is_before: bool

    def has_counted(self, moment: datetime) -> bool | None:
        """Whether what happened at that moment was heard of by a play that was on; None where that
        is not known."""
        if self.is_before:
            return None
        return self.since is not None and moment >= self.since


def questions_of(
    home: Home,
    play: Play,
    who: Who,
    switch: PlaySwitch | None,
    *,
    now: datetime,
    as_of: datetime | None = None,
) -> Iterator[Question]:
    """Every question at the door of a play, in its order; as of a past moment, or of now."""
    at = min(as_of, now) if as_of is not None else now
    is_before = switch is not None and switch.changed_at > at
    is_on = switch is not None and switch.is_on
    if switch is not None and is_before:
        # Only the last switch is kept. From one off to on again it may have been on before, too.
        yield Question("was_on", None, {"since": switch.changed_at})
    else:
        yield Question("is_on", is_on, {"since": switch.changed_at if switch else None})
    since = switch.changed_at if switch and is_on else None
    door = Door(home, play, at, as_of, since, is_before)
    asked = {
        "segment": _segment,
        "event": _event,
        "signal": _signal,
        "date": _date,
        "manual": _manual,
    }[play.entry.kind]
    yield from asked(door, who)
    if play.entry.where:
        yield _condition(door, who)
    yield from _again(door, who)


def is_in_then(play: Play, who: Who, at: datetime) -> bool:
    """Whether they were in it at a moment, so that nothing was asked."""
    rows = Enrolment.objects.filter(play=play.name, subject_id=who.subject_id, entered_at__lte=at)
    return rows.exclude(ended_at__lte=at).exists()


def _segment(door: Door, who: Who) -> Iterator[Question]:
    try:
        segment = segment_named(door.play.entry.segment)
    except NotFound:
        gone = {"segment": door.play.entry.segment}
        yield Question("segment_gone", False if door.as_of is None else None, gone)
        return
    stays = SegmentMember.objects.filter(segment=segment.name, subject_id=who.subject_id)
    stay = stays.filter(entered_at__lte=door.at).order_by("-entered_at").first()
    figures = {"segment": segment.title or segment.name, "name": segment.name}
    if stay is None or (stay.left_at is not None and stay.left_at <= door.at):
        left = {"left_at": stay.left_at} if stay else {}
        code = "left_segment" if stay else "not_in_segment"
        reasons = _reasons(door, segment.where, who)
        yield Question(code, False, {**figures, **left}, reasons)
        return
    figures |= {"entered_at": stay.entered_at}
    comes_in = False if stay.entered_because == "start" else door.has_counted(stay.entered_at)
    code = "in_segment_before" if comes_in is False else "entered_segment"
    yield Question(code, comes_in, figures)


def _event(door: Door, who: Who) -> Iterator[Question]:
    # Of several that do, the one that they did last.
    did = [(*_did(door, each, who), each) for each in door.play.entry.events]
    times, last_at, event = max(did, key=lambda each: (each[1] is not None, each[1] or door.at))
    figures: dict[str, object] = {"event": event, "times": times, "last_at": last_at}
    if last_at is None:
        yield Question("never_did", False, figures)
        return
    is_after = door.has_counted(last_at)
    yield Question("did_before" if is_after is False else "did", is_after, figures)


def _signal(door: Door, who: Who) -> Iterator[Question]:
    raised = Signal.objects.filter(kind=door.play.entry.signal, happened_at__lte=door.at)
    mine = {"person_id": who.subject_id} if who.over == PERSON else {"account_id": who.subject_id}
    last = raised.filter(**mine).order_by("-happened_at").first()
    figures: dict[str, object] = {"signal": door.play.entry.signal}
    if last is None:
        yield Question("no_signal", False, figures)
        return
    is_after = door.has_counted(last.happened_at)
    code = "signal_before" if is_after is False else "signal"
    yield Question(code, is_after, {**figures, "last_at": last.happened_at})


def _date(door: Door, who: Who) -> Iterator[Question]:
    column, zone = door.play.entry.date, ZoneInfo(door.home.company.time_zone)
    value = _value(door, who, column)
    begins = instant_of(value, zone)
    figures: dict[str, object] = {"column": column, "value": value}
    if begins is None:
        yield Question("no_date", False, figures)
        return
    comes_at = begins + timedelta(hours=door.play.entry.hours)
    figures["comes_at"] = comes_at
    if comes_at > door.at:
        yield Question("date_to_come", None, figures)
    else:
        # As far back as dates are looked for, those of before the play was on count too.
        is_after = door.has_counted(comes_at + timedelta(days=LOOK_BACK_DAYS))
        code = "date_before" if is_after is False else "date_came"
        yield Question(code, is_after, figures)


def _manual(door: Door, who: Who) -> Iterator[Question]:
    yield Question("nobody_said_so", False)


def _condition(door: Door, who: Who) -> Question:
    where = door.play.entry.where
    reasons = _reasons(door, where, who)
    holds = reasons.holds is True if reasons is not None else None
    return Question("where", holds, {"where": where}, reasons)


def _again(door: Door, who: Who) -> Iterator[Question]:
    entry = door.play.entry
    rows = Enrolment.objects.filter(
        play=door.play.name, subject_id=who.subject_id, entered_at__lte=door.at
    )
    earlier = [
        Earlier(key, entered_at, ended_at if ended_at and ended_at <= door.at else None)
        for key, entered_at, ended_at in rows.order_by("entered_at").values_list(
            "entry_key", "entered_at", "ended_at"
        )
    ]
    if not earlier:
        return
    why = why_not(entry, earlier, entry_key(entry, "asked/now"), door.at)
    figures: dict[str, object] = {"times": len(earlier), "days": entry.again_after_days}
    yield Question(why or "may_come_again", not why, figures)


def _value(door: Door, who: Who, column: str) -> object:
    """A column of the card of their account; None where nothing was known of them."""
    if door.as_of is None:
        return Subjects(door.home, [who], door.at).of(who).value(column)
    try:
        card = account_card(door.home, who.account_id, now=door.at, as_of=door.as_of)
    except NotFound:
        return None
    return card.values.get(column)


def _reasons(door: Door, where: str, who: Who) -> Reasons | None:
    """Each part of a condition with the card's values; None where it cannot be asked."""
    try:
        condition = read_condition(where, who.over, vocabulary=vocabulary_of(who.over))
        return why_in(door.home, condition, who.subject_id, door.as_of)
    except TenureError:
        return None


def _did(door: Door, event: str, who: Who) -> tuple[int, datetime | None]:
    """How often they did it as far as the lake knew, and when last."""
    home = door.home
    if last_batch(home) is None:
        return 0, None
    is_person = who.over == PERSON
    only = Only(people=[who.subject_id]) if is_person else Only(accounts=[who.subject_id])
    with reading(home, door.as_of, threads=1, only=only, fresh=door.as_of is None) as reader:
        [row] = reader.rows(
            load("tenure.plays", "subject_did"),
            name=event,
            account_id="" if is_person else who.subject_id,
            person_id=who.subject_id if is_person else "",
        )
    return row["events"], row["last_at"]
