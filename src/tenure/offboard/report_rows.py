"""Visits and the accounts behind them, as the report counts them: from state and the ledger.

What was accepted and proved comes from `saves`; what accounts paid afterwards comes from the ledger
of MRR, by the same rule for everybody, held out or not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.base.home import Home
from tenure.lake.reading import company_day, reading
from tenure.measure.retained import DAYS_A_MONTH, Rates, retained_spans
from tenure.offboard.models import Visit
from tenure.offboard.report_parts import AT_DAYS, HORIZON_DAYS, Passed, Watched
from tenure.offers.kinds import FREE_MONTHS
from tenure.offers.models import Concession
from tenure.proof.assignment import Arm
from tenure.saves.models import Save, SaveCheck

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Rows:
    """`without_rate` are accounts whose amounts no rate leads into the report's currency."""

    passed: tuple[Passed, ...]
    watched: tuple[Watched, ...]
    without_rate: int


def rows_of(
    home: Home, first_on: date | None, before_on: date, *, currency: str, now: datetime
) -> Rows:
    """The live visits opened on these days of the company, and what came of them until now."""
    zone = ZoneInfo(home.company.time_zone)
    visits = _visits(first_on, before_on, zone)
    ids = [each.visit_id for each in visits]
    saves, kept = _saves(ids), _kept(ids)
    with reading(home) as reader:
        raw = [each.account_id for each in visits]
        account_of = (
            dict(zip(raw, reader.canonical_ids("account", raw), strict=True)) if raw else {}
        )
        rates = Rates(reader, currency)
        given = _given(account_of, rates)
        began = _began(visits, account_of)
        today = company_day(home, now)
        asked = {
            account_id: visit.opened_at.astimezone(zone).date()
            for account_id, visit in began.items()
        }
        spans = retained_spans(reader, asked, AT_DAYS, today)
    kept |= _nothing_to_keep(visits, zone, today)
    passed = [
        _passed(visit, account_of[visit.account_id], saves.get(visit.visit_id), kept, given)
        for visit in visits
    ]
    groups = {each.visit_id: each.groups for each in passed}
    watched = [
        _watched(account_id, visit, asked[account_id], spans, rates, given, today)
        for account_id, visit in began.items()
    ]
    whole = tuple(
        _with_groups(each, groups[began[each.account_id].visit_id]) for each, _ in watched
    )
    return Rows(tuple(passed), whole, sum(not has_rate for _, has_rate in watched))


@dataclass(frozen=True, slots=True)
class _Given:
    """A concession, in the report's currency; `has_rate` is False where there is no rate."""

    visit_id: str
    given_on: date
    forgone_minor: float
    paid_minor: float
    has_rate: bool


def _visits(first_on: date | None, before_on: date, zone: ZoneInfo) -> list[Visit]:
    visits = Visit.objects.filter(mode="live", opened_at__lt=_begins(before_on, zone))
    if first_on is not None:
        visits = visits.filter(opened_at__gte=_begins(first_on, zone))
    return list(visits.exclude(arm="").defer("steps", "considered").order_by("opened_at", "pk"))


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _saves(visit_ids: Sequence[str]) -> dict[str, Save]:
    """What follows each visit; an accepted offer stands above the same visit as something else."""
    found: dict[str, Save] = {}
    for part in _parts(visit_ids):
        for save in Save.objects.filter(visit_id__in=part, mode="live"):
            if save.is_save or save.visit_id not in found:
                found[save.visit_id] = save
    return found


def _kept(visit_ids: Sequence[str]) -> dict[str, dict[int, bool | None]]:
    """By visit with an accepted offer: whether they pay at each check."""
    found: dict[str, dict[int, bool | None]] = defaultdict(dict)
    for part in _parts(visit_ids):
        checks = SaveCheck.objects.filter(
            save_of__visit_id__in=part,
            save_of__mode="live",
            save_of__kind="save",
            at_days__in=AT_DAYS,
        )
        for visit_id, at_days, is_paying in checks.values_list(
            "save_of__visit_id", "at_days", "is_paying"
        ):
            found[visit_id][at_days] = is_paying
    return found


def _nothing_to_keep(
    visits: Iterable[Visit], zone: ZoneInfo, today: date
) -> dict[str, dict[int, bool | None]]:
    """The same of visits that accepted nothing: kept by no offer, once the day is over."""
    found = {}
    for visit in visits:
        if visit.decision != "accepted":
            opened_on = visit.opened_at.astimezone(zone).date()
            found[visit.visit_id] = {
                at_days: False if opened_on + timedelta(at_days) < today else None
                for at_days in AT_DAYS
            }
    return found


def _given(account_of: Mapping[str, str], rates: Rates) -> dict[str, list[_Given]]:
    """By canonical account: what it was given, ever."""
    found: dict[str, list[_Given]] = defaultdict(list)
    for part in _parts(list(account_of)):
        for row in Concession.objects.filter(account_id__in=part, mode="live").defer("words"):
            factor = rates.factor(row.currency or rates.into, row.given_on)
            # A free month leaves the MRR as it is: what is not asked for is given away.
            forgone = 0 if row.kind == FREE_MONTHS else row.forgone_minor
            paid = row.cost_minor - forgone
            found[account_of[row.account_id]].append(
                _Given(
                    row.visit_id,
                    row.given_on,
                    forgone * (factor or 0.0),
                    paid * (factor or 0.0),
                    factor is not None or row.cost_minor == 0,
                )
            )
    return found


def _began(visits: Iterable[Visit], account_of: Mapping[str, str]) -> dict[str, Visit]:
    """The first visit of each account, and with it its arm: visits are in order."""
    found: dict[str, Visit] = {}
    for visit in visits:
        found.setdefault(account_of[visit.account_id], visit)
    return found


def _passed(
    visit: Visit,
    account_id: str,
    save: Save | None,
    kept: Mapping[str, Mapping[int, bool | None]],
    given: Mapping[str, Sequence[_Given]],
) -> Passed:
    own = [each for each in given.get(account_id, ()) if each.visit_id == visit.visit_id]
    said = {"reason": visit.reason, "plan": visit.plan, "stage": visit.stage, "flow": visit.flow}
    groups = {name: (value,) for name, value in said.items() if value}
    if save is not None and save.segments:
        groups["segment"] = tuple(save.segments)
    return Passed(
        visit_id=visit.visit_id,
        account_id=account_id,
        opened_at=visit.opened_at,
        arm=visit.arm,
        hold_out_share=hold_out_share(visit),
        subscription_id=visit.subscription_id,
        person_id=visit.person_id,
        outcome=visit.outcome,
        accepted=visit.decision == "accepted",
        billing=visit.billing,
        canceled_at=visit.ended_at if visit.outcome == "canceled" else None,
        has_returned=visit.returned_at is not None,
        offers_shown=tuple(visit.offers_shown),
        offer=visit.offer,
        cost_minor=sum(each.forgone_minor + each.paid_minor for each in own),
        kept=kept.get(visit.visit_id) or dict.fromkeys(AT_DAYS),  # nobody has asked yet
        groups=groups,
    )


def hold_out_share(visit: Visit) -> float:
    """The share of the hold-out under which the account of this visit was assigned."""
    return Arm(visit.arm, visit.share).hold_out_share


def _watched(  # noqa: PLR0913
    account_id: str,
    visit: Visit,
    from_on: date,
    spans: Mapping[tuple[str, int], Sequence[Mapping[str, object]]],
    rates: Rates,
    given: Mapping[str, Sequence[_Given]],
    today: date,
) -> tuple[Watched, bool]:
    """The account, and whether all of its amounts could be put into the report's currency."""
    paying = {
        at_days: None
        if (rows := spans.get((account_id, at_days))) is None
        else any(int(row["after_minor"]) > 0 for row in rows)  # type: ignore[call-overload]
        for at_days in AT_DAYS
    }
    until_on = from_on + timedelta(HORIZON_DAYS)
    own = [each for each in given.get(account_id, ()) if from_on <= each.given_on < until_on]
    revenue, stake, has_rate = 0.0, 0.0, all(each.has_rate for each in own)
    for row in spans.get((account_id, HORIZON_DAYS), ()):
        factor = rates.factor(str(row["currency"]), from_on)
        if factor is None:
            has_rate = False
            continue
        revenue += int(row["minor_days"]) / DAYS_A_MONTH * factor  # type: ignore[call-overload]
        stake += int(row["before_minor"]) * HORIZON_DAYS / DAYS_A_MONTH * factor  # type: ignore[call-overload]
    is_known = has_rate and until_on < today
    seen = Watched(
        account_id=account_id,
        arm=visit.arm,
        hold_out_share=hold_out_share(visit),
        paying=paying,
        revenue_minor=revenue if is_known else None,
        stake_minor=stake if is_known else None,
        forgone_minor=sum(each.forgone_minor for each in own),
        paid_minor=sum(each.paid_minor for each in own),
    )
    return seen, has_rate


def _with_groups(each: Watched, groups: Mapping[str, tuple[str, ...]]) -> Watched:
    return Watched(
        each.account_id,
        each.arm,
        each.hold_out_share,
        each.paying,
        each.revenue_minor,
        each.stake_minor,
        each.forgone_minor,
        each.paid_minor,
        groups,
    )


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
