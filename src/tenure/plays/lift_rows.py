"""Accounts in plays as the report counts them: from enrolments, the ledger of MRR and use.

An account counts from its first time in a play. Who came in later of its people, or came in again,
may have come because of the play, so they say nothing of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from tenure.base.home import Home
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader, company_day
from tenure.measure.retained import Rates, ask_spans, retained_spans
from tenure.messages.models import ARRIVED, Consent, Message, Status
from tenure.plays.holding_out import EVERY_PLAY
from tenure.plays.lift_parts import AT_DAYS, Costs, Entered
from tenure.plays.models import Enrolment
from tenure.plays.parts import TRANSACTIONAL, Play
from tenure.proof.assignment import Arm
from tenure.proof.models import Assignment

LATE_DAYS = 7  # so late a goal that was reached in time may be heard of
# Whatever state of the ledger says that it was on its way, or there.
_WENT_OUT = (
    *ARRIVED, Status.UNKNOWN, Status.BOUNCED,
    Status.SHOWN, Status.CLICKED, Status.DISMISSED, Status.DONE,
)  # fmt: skip
Spans = Mapping[tuple[str, int], list[dict[str, object]]]
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Rows:
    """`without_rate` are accounts whose amounts no rate leads into the report's currency."""

    entered: tuple[Entered, ...]
    without_rate: int


@dataclass(frozen=True, slots=True)
class _First:
    """The first time of an account in a play, or in any."""

    arm: Arm
    is_kept_back: bool
    entered_at: datetime
    goal_at: datetime | None


def rows_of(home: Home, reader: Reader, play: Play, *, rates: Rates, now: datetime) -> Rows:
    """Every account that came into one play, with what became of it until now."""
    first = _first(Enrolment.objects.filter(play=play.name))
    return _rows(home, reader, first, _window(play), rates=rates, now=now)


def rows_of_all(
    home: Home, reader: Reader, plays: Sequence[Play], *, rates: Rates, now: datetime
) -> Rows:
    """Every account that came into any play that is not owed, in the arm of the long-term hold-out;
    its first time in any is its begin.
    """
    names = [play.name for play in plays if play.purpose != TRANSACTIONAL]
    found = _first(Enrolment.objects.filter(play__in=names))
    arms = {
        row.account_id: Arm(row.arm, row.share)
        for row in Assignment.objects.filter(experiment=EVERY_PLAY).iterator(2_000)
    }
    first = {
        account_id: _First(arms[account_id], False, each.entered_at, None)
        for account_id, each in found.items()
        if account_id in arms  # who came in while there was no such hold-out has no arm
    }
    return _rows(home, reader, first, None, rates=rates, now=now)


def costs_of(play: Play) -> Costs:
    """What a play cost: who switched its mail off after it wrote to them, who complained."""
    messages = Message.objects.filter(play=play.name)
    states = dict(messages.values_list("status").annotate(Count("pk")).order_by())
    sent = messages.filter(status__in=_WENT_OUT).exclude(person_id="")
    since: dict[str, datetime] = {}
    for person_id, at in sent.values_list("person_id", "intended_at").iterator(2_000):
        since[person_id] = min(at, since.get(person_id, at))
    people, off, complained = sorted(since), set[str](), set[str]()
    for start in range(0, len(people), _AT_ONCE):
        said = Consent.objects.filter(
            person_id__in=people[start : start + _AT_ONCE],
            topic__in=[play.topic, "*"],
            is_granted=False,
        ).values_list("person_id", "said_at", "how")
        after = [(person_id, how) for person_id, at, how in said if at >= since[person_id]]
        off |= {person_id for person_id, _ in after}
        complained |= {person_id for person_id, how in after if how == "complaint"}
    return Costs(
        people=len(people),
        messages=sum(states.get(status, 0) for status in _WENT_OUT),
        switched_off=len(off),
        complaints=max(len(complained), states.get("complained", 0)),
        bounces=states.get("bounced", 0),
    )


def _first(enrolments: QuerySet[Enrolment]) -> dict[str, _First]:
    rows = enrolments.order_by("entered_at", "pk").values_list(
        "account_id", "arm", "share", "is_kept_back", "entered_at", "goal_at"
    )
    found: dict[str, _First] = {}
    for account_id, arm, share, is_kept_back, entered_at, goal_at in rows.iterator(2_000):
        if account_id not in found:
            found[account_id] = _First(Arm(arm, share), is_kept_back, entered_at, goal_at)
    return found


def _rows(
    home: Home,
    reader: Reader,
    first: Mapping[str, _First],
    window: timedelta | None,
    *,
    rates: Rates,
    now: datetime,
) -> Rows:
    zone, today = ZoneInfo(home.company.time_zone), company_day(home, now)
    asked = {id: each.entered_at.astimezone(zone).date() for id, each in first.items()}
    spans = retained_spans(reader, asked, (0, *AT_DAYS), today)
    ask_spans(reader, asked, (0,), today + timedelta(1))
    used = {
        str(row["account_id"]): int(str(row["events"]))
        for row in reader.rows(load("tenure.plays", "use_before"))
    }
    entered, without_rate = [], 0
    for account_id, each in first.items():
        on = asked[account_id]
        amounts = _amounts(account_id, on, spans, rates)
        without_rate += amounts is None
        entered.append(
            Entered(
                account_id=account_id,
                arm=each.arm.name,
                hold_out_share=each.arm.hold_out_share,
                entered_at=each.entered_at,
                is_kept_back=each.is_kept_back,
                reached=_reached(each, window, now),
                mrr_minor=amounts[0] if amounts else {},
                mrr_before_minor=amounts[1] if amounts else 0.0,
                events_before=used.get(account_id, 0),
            )
        )
    return Rows(tuple(entered), without_rate)


def _amounts(
    account_id: str,
    on: date,
    spans: Mapping[tuple[str, int], list[dict[str, object]]],
    rates: Rates,
) -> tuple[dict[int, float | None], float] | None:
    """MRR by days after entry, and that of the day before; None without a rate."""
    after: dict[int, float | None] = {}
    before = 0.0
    for days in (0, *AT_DAYS):
        rows = spans.get((account_id, days))
        after[days] = None if rows is None else 0.0
        for row in rows or ():
            factor = rates.factor(str(row["currency"]), on)
            if factor is None:
                return None
            after[days] = (after[days] or 0.0) + int(str(row["after_minor"])) * factor
            if days == 0:
                before += int(str(row["before_minor"])) * factor
    return after, before


def _window(play: Play) -> timedelta | None:
    return timedelta(days=play.goal.within_days) if play.goal is not None else None


def _reached(each: _First, window: timedelta | None, now: datetime) -> bool | None:
    """Whether the goal was reached in its window; None while that is not over, of both arms."""
    if window is None or each.entered_at + window + timedelta(days=LATE_DAYS) > now:
        return None
    return each.goal_at is not None
