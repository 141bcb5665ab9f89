"""Why somebody did not come into a play: each thing that is asked at its door, and the answer.

Asked as of now, of the play that is on. What was so at another moment may have been different: the
sentences say when something happened.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.base.errors import TenureError
from tenure.base.home import Home
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


def questions_of(
    home: Home, play: Play, who: Who, switch: PlaySwitch | None, now: datetime
) -> Iterator[Question]:
    """Every question at the door of a play, in its order."""
    is_on = switch is not None and switch.is_on
    since = switch.changed_at if switch is not None and switch.is_on else None
    yield Question("is_on", is_on, {"since": switch.changed_at if switch else None})
    asked = {
        "segment": _segment,
        "event": _event,
        "signal": _signal,
        "date": _date,
        "manual": _manual,
    }[play.entry.kind]
    yield from asked(home, play, who, since, now)
    if play.entry.where:
        yield _condition(home, play, who)
    yield from _again(play, who, now)


def _segment(
    home: Home, play: Play, who: Who, since: datetime | None, now: datetime
) -> Iterator[Question]:
    segment = segment_named(play.entry.segment)
    stays = SegmentMember.objects.filter(segment=segment.name, subject_id=who.subject_id)
    stay = stays.order_by("-entered_at").first()
    figures = {"segment": segment.title or segment.name, "name": segment.name}
    if stay is None or stay.left_at is not None:
        left = {"left_at": stay.left_at} if stay else {}
        code = "left_segment" if stay else "not_in_segment"
        reasons = _reasons(home, segment.where, who)
        yield Question(code, False, {**figures, **left}, reasons)
        return
    figures |= {"entered_at": stay.entered_at}
    is_after = since is not None and stay.entered_at >= since
    told = stay.entered_because != "start"
    code = "entered_segment" if is_after and told else "in_segment_before"
    yield Question(code, is_after and told, figures)


def _event(
    home: Home, play: Play, who: Who, since: datetime | None, now: datetime
) -> Iterator[Question]:
    times, last_at = _did(home, play.entry.event, who)
    figures: dict[str, object] = {"event": play.entry.event, "times": times, "last_at": last_at}
    if last_at is None:
        yield Question("never_did", False, figures)
        return
    is_after = since is not None and last_at >= since
    yield Question("did" if is_after else "did_before", is_after, figures)


def _signal(
    home: Home, play: Play, who: Who, since: datetime | None, now: datetime
) -> Iterator[Question]:
    raised = Signal.objects.filter(kind=play.entry.signal)
    mine = {"person_id": who.subject_id} if who.over == PERSON else {"account_id": who.subject_id}
    last = raised.filter(**mine).order_by("-happened_at").first()
    figures: dict[str, object] = {"signal": play.entry.signal}
    if last is None:
        yield Question("no_signal", False, figures)
        return
    is_after = since is not None and last.happened_at >= since
    code = "signal" if is_after else "signal_before"
    yield Question(code, is_after, {**figures, "last_at": last.happened_at})


def _date(
    home: Home, play: Play, who: Who, since: datetime | None, now: datetime
) -> Iterator[Question]:
    column, zone = play.entry.date, ZoneInfo(home.company.time_zone)
    value = Subjects(home, [who], now).of(who).value(column)
    begins = instant_of(value, zone)
    figures: dict[str, object] = {"column": column, "value": value}
    if begins is None:
        yield Question("no_date", False, figures)
        return
    comes_at = begins + timedelta(hours=play.entry.hours)
    figures["comes_at"] = comes_at
    if comes_at > now:
        yield Question("date_to_come", None, figures)
    else:
        # As far back as dates are looked for, those of before the play was on count too.
        is_after = since is not None and comes_at > since - timedelta(days=LOOK_BACK_DAYS)
        yield Question("date_came" if is_after else "date_before", is_after, figures)


def _manual(
    home: Home, play: Play, who: Who, since: datetime | None, now: datetime
) -> Iterator[Question]:
    yield Question("nobody_said_so", False)


def _condition(home: Home, play: Play, who: Who) -> Question:
    reasons = _reasons(home, play.entry.where, who)
    holds = reasons.holds is True if reasons is not None else None
    return Question("where", holds, {"where": play.entry.where}, reasons)


def _again(play: Play, who: Who, now: datetime) -> Iterator[Question]:
    rows = Enrolment.objects.filter(play=play.name, subject_id=who.subject_id)
    earlier = [
        Earlier(*row)
        for row in rows.order_by("entered_at").values_list("entry_key", "entered_at", "ended_at")
    ]
    if not earlier:
        return
    why = why_not(play.entry, earlier, entry_key(play.entry, "asked/now"), now)
    figures: dict[str, object] = {"times": len(earlier), "days": play.entry.again_after_days}
    yield Question(why or "may_come_again", not why, figures)


def _reasons(home: Home, where: str, who: Who) -> Reasons | None:
    """Each part of a condition with the card's values; None where it cannot be asked now."""
    try:
        condition = read_condition(where, who.over, vocabulary=vocabulary_of(who.over))
        return why_in(home, condition, who.subject_id)
    except TenureError:
        return None


def _did(home: Home, event: str, who: Who) -> tuple[int, datetime | None]:
    """How often they did it as far as the lake knows, and when last."""
    if last_batch(home) is None:
        return 0, None
    is_person = who.over == PERSON
    only = Only(people=[who.subject_id]) if is_person else Only(accounts=[who.subject_id])
    with reading(home, fresh=True, threads=1, only=only) as reader:
        [row] = reader.rows(
            load("tenure.plays", "subject_did"),
            name=event,
            account_id="" if is_person else who.subject_id,
            person_id=who.subject_id if is_person else "",
        )
    return row["events"], row["last_at"]
