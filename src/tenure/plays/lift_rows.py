"""Accounts in plays as the report counts them: from enrolments, the ledger of MRR and use.

An account counts from its first time in a play, and in a split from when it first came to it. Who
came in later of its people, or came in again, may have come because of the play, so they say
nothing of it. Accounts are read in the order of their ids, so many at once: a million take no more
room than these.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from tenure.base.home import Home
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader, company_day
from tenure.measure.retained import Rates, ask_spans, retained_spans
from tenure.plays.holding_out import EVERY_PLAY
from tenure.plays.lift_parts import AT_DAYS, TREATED, Entered
from tenure.plays.models import Enrolment, PlayDecision
from tenure.plays.parts import TRANSACTIONAL, Play, Split, Step
from tenure.proof.assignment import Arm
from tenure.proof.models import Assignment

LATE_DAYS = 7  # so late a goal that was reached in time may be heard of
READ_AT_ONCE = 20_000  # accounts
_ASKED_AT_ONCE = 500
# What the engine decides at a split: the way, and since it says so, the chance of it.
_BY_CHANCE = re.compile(r"(?P<to>.+): by chance(?: of (?P<share>[0-9.e-]+))?")


@dataclass
class World:
    """Where accounts are read from. `without_rate` are those whose amounts no rate leads into the
    report's currency, counted while they are read.
    """

    home: Home
    reader: Reader
    rates: Rates
    now: datetime
    without_rate: int = field(default=0, init=False)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.home.company.time_zone)


@dataclass(frozen=True, slots=True)
class _First:
    """The first time of an account in a play, in any, or at a split."""

    account_id: str
    raw_ids: frozenset[str]
    arm: Arm
    is_kept_back: bool
    at: datetime
    entered_at: datetime
    goal_at: datetime | None


def rows_of(world: World, play: Play) -> Iterator[Entered]:
    """Every account that came into one play, with what became of it until now."""
    firsts = _firsts(Enrolment.objects.filter(play=play.name))
    yield from _rows(world, firsts, _window(play))


def rows_of_all(world: World, plays: Sequence[Play]) -> Iterator[Entered]:
    """Every account that came into any play that is not owed, in the arm of the long-term hold-out;
    its first time in any is its begin.
    """
    names = [play.name for play in plays if play.purpose != TRANSACTIONAL]
    firsts = _firsts(Enrolment.objects.filter(play__in=names))
    yield from _rows(world, _in_long_term_arms(firsts), None)


def rows_of_split(world: World, play: Play, step: Step) -> Iterator[Entered]:
    """Every account that came to a split and was not left alone; its arm is where it went."""
    yield from _rows(world, _came_to(play, step), _window(play))


def _firsts(enrolments: QuerySet[Enrolment]) -> Iterator[_First]:
    rows = enrolments.order_by("account_id", "entered_at", "pk").values_list(
        "account_id", "raw_account_id", "arm", "share", "is_kept_back", "entered_at", "goal_at"
    )
    for account_id, several in groupby(rows.iterator(2_000), key=itemgetter(0)):
        first, *more = several
        _, raw_id, arm, share, is_kept_back, at, goal_at = first
        raw_ids = frozenset({account_id, raw_id, *(row[1] for row in more)})
        yield _First(account_id, raw_ids, Arm(arm, share), is_kept_back, at, at, goal_at)


def _in_long_term_arms(firsts: Iterator[_First]) -> Iterator[_First]:
    """Those that have an arm: who came in while there was no such hold-out has none. Of accounts
    that were merged, the arm of the one that was met first counts.
    """
    while several := list(islice(firsts, _ASKED_AT_ONCE)):
        owner = {raw_id: each.account_id for each in several for raw_id in each.raw_ids}
        held: dict[str, Arm] = {}
        rows = Assignment.objects.filter(experiment=EVERY_PLAY, account_id__in=owner)
        for row in rows.order_by("-exposed_at", "-pk"):
            held[owner[row.account_id]] = Arm(row.arm, row.share)
        for each in several:
            if each.account_id in held:
                yield replace(each, arm=held[each.account_id], is_kept_back=False, goal_at=None)


def _came_to(play: Play, step: Step) -> Iterator[_First]:
    """Who came to a split, where chance sent them, and what chance it was."""
    assert isinstance(step.act, Split)
    now_shares = {way.to: way.share for way in step.act.ways}
    rows = PlayDecision.objects.filter(
        enrolment__play=play.name,
        enrolment__arm=TREATED,
        enrolment__is_kept_back=False,
        step=step.name,
        what="went",
    )
    said = rows.order_by("enrolment__account_id", "at", "pk").values_list(
        "enrolment__account_id", "at", "detail", "enrolment__entered_at", "enrolment__goal_at"
    )
    for account_id, several in groupby(said.iterator(2_000), key=itemgetter(0)):
        _, at, detail, entered_at, goal_at = next(iter(several))
        found = _BY_CHANCE.fullmatch(detail)
        if found is None:
            continue
        share = float(found["share"]) if found["share"] else now_shares.get(found["to"], 0.0)
        arm = Arm(found["to"], share)
        yield _First(account_id, frozenset(), arm, False, at, entered_at, goal_at)


def _rows(world: World, firsts: Iterable[_First], window: timedelta | None) -> Iterator[Entered]:
    waiting = iter(firsts)
    while several := list(islice(waiting, READ_AT_ONCE)):
        yield from _so_many(world, several, window)


def _so_many(
    world: World, several: Sequence[_First], window: timedelta | None
) -> Iterator[Entered]:
    today = company_day(world.home, world.now)
    asked = {each.account_id: each.at.astimezone(world.zone).date() for each in several}
    spans = retained_spans(world.reader, asked, (0, *AT_DAYS), today)
    ask_spans(world.reader, asked, (0,), today + timedelta(1))
    used = {
        str(row["account_id"]): int(str(row["events"]))
        for row in world.reader.rows(load("tenure.plays", "use_before"))
    }
    for each in several:
        amounts = _amounts(each.account_id, asked[each.account_id], spans, world.rates)
        world.without_rate += amounts is None
        yield Entered(
            account_id=each.account_id,
            arm=each.arm.name,
            share=each.arm.share,
            entered_at=each.at,
            is_kept_back=each.is_kept_back,
            reached=_reached(each, window, world.now),
            had_reached=each.goal_at is not None and each.goal_at <= each.at,
            mrr_minor=amounts[0] if amounts else {},
            mrr_before_minor=amounts[1] if amounts else 0.0,
            events_before=used.get(each.account_id, 0),
        )


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
