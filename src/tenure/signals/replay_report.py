"""How good was each kind of signal? Judged by who then left, beside accounts drawn by chance.

A signal is right when its account decides to leave (by notice, or by the end of its payments)
within so many days after it was raised. Of those whose days are not over yet nothing is known, and
they count for nothing; nor do those of accounts that did not pay, or that had decided already.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from tenure.signals.leavings import Risk, Spell
from tenure.signals.risk_ratio import Z_95, share_interval

DRAWS = 400  # random signals of the same number, each time of accounts at risk on the same days
LEAST_ACCOUNTS, LEAST_RIGHT = 10, 3


@dataclass(frozen=True, slots=True)
class Alarm:
    """One signal, as far as judging it goes. `at` is when it was, or would have been, raised."""

    kind: str
    account_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KindReport:
    """What became of the signals of one kind.

    raised = right + wrong + open + late + not_at_risk. Precision is right / (right + wrong), with
    Wilson's interval as if each account had given one signal; chance is the same for as many
    signals of accounts drawn by chance among those at risk on the same days. `warned` counts
    leavings that had a signal within the days before; their share of all is `recall`, and
    `lead_days` runs from the first of those signals to the decision.
    """

    kind: str
    raised: int
    accounts: int
    right: int
    wrong: int
    open: int
    late: int
    not_at_risk: int
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    chance: float | None
    chance_low: float | None
    chance_high: float | None
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    leavings: int
    warned: int
    recall: float | None
    lead_days_median: float | None
    lead_days_quartile_1: float | None
    lead_days_quartile_3: float | None
    verdict: str  # better | worse | no_difference | too_few
    needs_more: int | None  # signals of further accounts, about, until it can be told


@dataclass(frozen=True)
class Period:
    """Signals raised from `first_on` until before `before_on`, seen at the start of `until_on`."""

    first_on: date
    before_on: date
    until_on: date
    within_days: int
    time_zone: str

    def day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.time_zone)).date()


def judge(
    alarms: Iterable[Alarm], found: Sequence[Spell], period: Period, *, seed: int = 1
) -> list[KindReport]:
    """One report for each kind that was raised, in order of name, and one for `all` together."""
    risk = Risk(list(found))
    of_kind: dict[str, list[Alarm]] = defaultdict(list)
    for alarm in alarms:
        if period.first_on <= period.day(alarm.at) < period.before_on:
            of_kind[alarm.kind].append(alarm)
    every = [alarm for raised in of_kind.values() for alarm in raised]
    chances = _Chances(risk, period)
    reports = [
        _report(kind, of_kind[kind], risk, period, chances, seed) for kind in sorted(of_kind)
    ]
    return reports + (
        [_report("all", every, risk, period, chances, seed)] if len(of_kind) > 1 else []
    )


@dataclass(frozen=True, slots=True)
class _Judged:
    alarm: Alarm
    became: str  # right | wrong | open | late | not_at_risk
    spell: Spell | None


def became(alarm: Alarm, risk: Risk, period: Period) -> _Judged:
    """What followed one signal."""
    day = period.day(alarm.at)
    spell = risk.spell_on(alarm.account_id, day)
    if spell is None:
        return _Judged(alarm, "not_at_risk", None)
    if spell.decided_at is not None and spell.decided_at <= alarm.at:
        return _Judged(alarm, "late", spell)
    is_over = day + timedelta(days=period.within_days) < period.until_on
    if not is_over:
        return _Judged(alarm, "open", spell)
    is_right = spell.decided_on is not None and (spell.decided_on - day).days <= period.within_days
    return _Judged(alarm, "right" if is_right else "wrong", spell)


class _Chances:
    """The share of accounts at risk on a day that then decide, worked out once for each day."""

    def __init__(self, risk: Risk, period: Period) -> None:
        self.risk, self.period = risk, period
        self.known: dict[date, float] = {}

    def on(self, day: date) -> float:
        if day not in self.known:
            share = self.risk.share_that_decides(day, self.period.within_days)
            self.known[day] = 0.0 if share is None else share
        return self.known[day]


def _report(
    kind: str, alarms: list[Alarm], risk: Risk, period: Period, chances: _Chances, seed: int
) -> KindReport:
    judged = [became(alarm, risk, period) for alarm in alarms]
    counts = Counter(each.became for each in judged)
    told = [each for each in judged if each.became in ("right", "wrong")]
    accounts_told = len({each.alarm.account_id for each in told})
    precision = counts["right"] / len(told) if told else None
    low, high = _interval(precision, accounts_told)
    chance, chance_low, chance_high = _by_chance(told, period, chances, seed)
    leads, leavings = _warned(judged, risk, period)
    quartiles = np.quantile(leads, (0.25, 0.5, 0.75)) if leads else (None, None, None)
    verdict = _verdict(counts["right"], accounts_told, low, high, chance)
    return KindReport(
        kind=kind,
        raised=len(judged),
        accounts=len({alarm.account_id for alarm in alarms}),
        right=counts["right"],
        wrong=counts["wrong"],
        open=counts["open"],
        late=counts["late"],
        not_at_risk=counts["not_at_risk"],
        precision=precision,
        precision_low=low,
        precision_high=high,
        chance=chance,
        chance_low=chance_low,
        chance_high=chance_high,
        lift=_over(precision, chance),
        lift_low=_over(low, chance),
        lift_high=_over(high, chance),
        leavings=leavings,
        warned=len(leads),
        recall=len(leads) / leavings if leavings else None,
        lead_days_median=_number(quartiles[1]),
        lead_days_quartile_1=_number(quartiles[0]),
        lead_days_quartile_3=_number(quartiles[2]),
        verdict=verdict,
        needs_more=_needs_more(precision, chance, accounts_told, verdict),
    )


def _interval(share: float | None, accounts: int) -> tuple[float | None, float | None]:
    """Several signals of one account tell little more than one, so accounts are what counts."""
    if share is None:
        return None, None
    return share_interval(share * accounts, accounts)


def _by_chance(
    told: list[_Judged], period: Period, chances: _Chances, seed: int
) -> tuple[float | None, float | None, float | None]:
    """Precision of as many signals of accounts at risk on those days, and where draws of it lie."""
    if not told:
        return None, None, None
    days = Counter(period.day(each.alarm.at) for each in told)
    shares = np.array([chances.on(day) for day in days])
    numbers = np.array(list(days.values()))
    rng = np.random.default_rng([seed, len(told)])
    drawn = rng.binomial(numbers, shares, (DRAWS, len(days))).sum(axis=1) / len(told)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float((shares * numbers).sum() / len(told)), float(low), float(high)


def _warned(judged: list[_Judged], risk: Risk, period: Period) -> tuple[list[float], int]:
    """Days from the first signal to the decision, for each leaving warned of; and all leavings."""
    within = timedelta(days=period.within_days)
    first: dict[tuple[str, date], datetime] = {}
    for each in judged:
        spell, at = each.spell, each.alarm.at
        if spell is None or spell.decided_at is None or at >= spell.decided_at:
            continue
        if spell.decided_at - at <= within + timedelta(days=1) and each.became != "wrong":
            key = (spell.account_id, spell.starts_on)
            first[key] = min(at, first.get(key, at))
    leavings = [
        spell
        for spell in risk.spells
        if spell.decided_on is not None and period.first_on <= spell.decided_on < period.before_on
    ]
    leads = [
        (spell.decided_at - first[key]).total_seconds() / 86_400
        for spell in leavings
        if spell.decided_at is not None and (key := (spell.account_id, spell.starts_on)) in first
    ]
    return leads, len(leavings)


def _verdict(
    right: int, accounts: int, low: float | None, high: float | None, chance: float | None
) -> str:
    if low is None or high is None or chance is None or accounts < LEAST_ACCOUNTS:
        return "too_few"
    if low > chance:
        return "better" if right >= LEAST_RIGHT else "too_few"
    return "worse" if high < chance else "no_difference"


def _needs_more(
    precision: float | None, chance: float | None, accounts: int, verdict: str
) -> int | None:
    """About how many more accounts, until a precision like this would stand out from chance."""
    if verdict in ("better", "worse"):
        return None
    if precision is None or chance is None or precision <= chance:
        return max(1, LEAST_ACCOUNTS - accounts) if verdict == "too_few" else None
    spread = max(precision * (1 - precision), chance * (1 - chance), 0.01)
    wanted = Z_95**2 * spread / (precision - chance) ** 2
    return max(1, LEAST_ACCOUNTS - accounts, round(wanted) - accounts)


def _over(share: float | None, chance: float | None) -> float | None:
    return None if share is None or not chance else share / chance


def _number(value: float | None) -> float | None:
    return None if value is None else round(float(value), 2)
