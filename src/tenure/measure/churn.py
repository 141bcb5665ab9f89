"""Who joined and who left in each month, and the rates that follow."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from tenure.base.months import Months
from tenure.lake.reading import Reader
from tenure.measure import exchange
from tenure.measure.composition import sql
from tenure.measure.grouping import Grouping, read_grouping
from tenure.measure.ledger import free_accounts, grouped_months, ledger_params, pick
from tenure.measure.rules import DEFAULT_RULES, RuleSet


@dataclass(frozen=True, slots=True)
class ChurnMonth:
    """One month in one currency, and in one group where groups were asked for.

    Money in minor units, losses negative. Rates are fractions, None where they divide by 0.
    """

    month: date
    currency: str
    accounts_at_start: int
    accounts_new: int
    accounts_reactivated: int
    accounts_churned: int
    accounts_at_end: int
    account_acquisition_rate: float | None
    account_churn_rate: float | None
    free_accounts_lost: int
    mrr_at_start_minor: int
    mrr_new_minor: int
    mrr_expansion_minor: int
    mrr_contraction_minor: int
    mrr_churned_minor: int
    mrr_reactivated_minor: int
    mrr_fx_minor: int
    mrr_at_end_minor: int
    gross_mrr_churn_rate: float | None
    net_mrr_churn_rate: float | None
    grr: float | None
    nrr: float | None
    group: str | None = None


@dataclass(slots=True)
class Tally:
    """What one month adds up to, before any division. Tallies of groups add up to the whole's."""

    accounts_at_start: int = 0
    accounts_new: int = 0
    accounts_reactivated: int = 0
    accounts_churned: int = 0
    accounts_won: int = 0
    accounts_lost: int = 0
    free_accounts_lost: int = 0
    mrr_at_start_minor: int = 0
    mrr_new_minor: int = 0
    mrr_expansion_minor: int = 0
    mrr_contraction_minor: int = 0
    mrr_churned_minor: int = 0
    mrr_reactivated_minor: int = 0
    mrr_fx_minor: int = 0
    lost_minor: int = 0
    regained_minor: int = 0
    shortfall_minor: int = 0
    starters_change_minor: int = 0

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__slots__)


Key = tuple[str, str | None]  # currency, group
Tallies = dict[Key, dict[date, Tally]]
_STOCK = {"stock_accounts": "accounts_at_start", "stock_minor": "mrr_at_start_minor"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the ledger; `before_on` leaves out what is known to happen later."""

    months: Months
    rules: RuleSet
    grouping: Grouping
    currency: str | None
    before_on: date
    params: dict[str, object]


def churn_by_month(
    reader: Reader,
    months: Months,
    *,
    rules: RuleSet = DEFAULT_RULES,
    by: str | None = None,
    currency: str | None = None,
    until_on: date | None = None,
) -> list[ChurnMonth]:
    """Counts, movements and rates of every month, by month, currency and group.

    Without `by`, a row for each month and each currency that has any account in the span; with
    `by`, a row for each group of it that is not all zero; group None has accounts without a value.
    Ends that are known beforehand count only up to `until_on`: pass today when the span may hold
    days to come. With `currency`, accounts are taken over all currencies, converted.

    Raises  BadUsage for a column that does not exist, and for a day without exchange rate.
    Source  docs/metrics/churn.md
    """
    question = ask(reader, months, rules=rules, by=by, currency=currency, until_on=until_on)
    tallies = tally(reader, question)
    return [
        _churn_month(month, key, one, rules)
        for month, key, one in in_order(months, tallies, sparse=bool(by))
    ]


def in_order(
    months: Months, tallies: Tallies, *, sparse: bool
) -> Iterator[tuple[date, Key, Tally]]:
    """Every month with every currency and group; `sparse` leaves out what is all zero."""
    keys = sorted(tallies, key=lambda key: (key[0], key[1] is None, key[1] or ""))
    for month in months:
        for key in keys:
            if not sparse or not tallies[key][month].is_empty:
                yield month, key, tallies[key][month]


def ask(
    reader: Reader,
    months: Months,
    *,
    rules: RuleSet,
    by: str | None,
    currency: str | None,
    until_on: date | None,
) -> Question:
    """The question with its column found and its exchange rates checked. Raises BadUsage."""
    grouping = read_grouping(reader, by)
    before_on = months.ends_on
    if until_on is not None:
        before_on = min(before_on, date.fromordinal(until_on.toordinal() + 1))
    params = ledger_params(rules, grouping, currency, before_on, until_on)
    if currency:
        exchange.check_rates(reader, months, rules=rules, currency=currency)
    return Question(months, rules, grouping, currency, before_on, params)


def tally(reader: Reader, question: Question) -> Tallies:
    """The sums of every month of the span, for each currency and group that has any."""
    if question.currency:
        tallies = _converted(reader, question)
    else:
        tallies = _within_currencies(reader, question)
    for row in _free_accounts(reader, question):
        key = (question.currency or row["currency"], row["group_value"])
        if key not in tallies:
            tallies[key] = {month: Tally() for month in question.months}
        if row["month"] in tallies[key]:
            tallies[key][row["month"]].free_accounts_lost += row["free_accounts_lost"]
    return {
        key: by_month
        for key, by_month in tallies.items()
        if not all(one.is_empty for one in by_month.values())
    }


def _within_currencies(reader: Reader, question: Question) -> Tallies:
    """Sums from changes alone: what stood at a month's start is all that changed before it."""
    grouped = grouped_months(question.rules, question.grouping, question.before_on)
    file = sql("churn_month", grouped_month=grouped)
    changes: dict[Key, dict[date, dict]] = defaultdict(dict)
    for row in reader.rows(file, **pick(file, question.params)):
        changes[row["currency"], row["group_value"]][row["month"]] = row
    tallies: Tallies = {}
    for key, rows in changes.items():
        before = [row for month, row in rows.items() if month < question.months.first]
        stock = _Stock(before)
        tallies[key] = {}
        for month in question.months:
            row = rows.get(month, {})
            flows = {name: row[name] for name in Tally.__slots__ if name in row}
            tallies[key][month] = Tally(**flows, **stock.standing)
            stock.add(row)
    return tallies


class _Stock:
    """Accounts and MRR that stand at the start of a month."""

    def __init__(self, rows: Iterable[dict]) -> None:
        self.standing = dict.fromkeys(_STOCK.values(), 0)
        for row in rows:
            self.add(row)

    def add(self, row: dict) -> None:
        for column, name in _STOCK.items():
            self.standing[name] += row.get(column, 0)


def _converted(reader: Reader, question: Question) -> Tallies:
    """Sums of accounts over all currencies: what stands at a month's start is valued anew."""
    file = exchange.churn_file(question.rules, question.grouping, question.before_on)
    params = {**question.params, "months": list(question.months)}
    tallies: Tallies = {}
    for row in reader.rows(file, **pick(file, params)):
        key = (question.currency, row["group_value"])
        if key not in tallies:
            tallies[key] = {month: Tally() for month in question.months}
        sums = {name: row[name] for name in Tally.__slots__ if name in row}
        tallies[key][row["month"]] = Tally(**sums)
    return tallies


def _free_accounts(reader: Reader, question: Question) -> list[dict]:
    file = sql("free_month", **free_accounts(question.rules, question.grouping))
    return reader.rows(file, **pick(file, question.params))


def _churn_month(month: date, key: Key, tally: Tally, rules: RuleSet) -> ChurnMonth:
    start, mrr = tally.accounts_at_start, tally.mrr_at_start_minor
    left = tally.accounts_churned if rules.joined_and_left_in_rates else tally.accounts_lost
    lost, regained = tally.lost_minor, tally.regained_minor
    if rules.joined_and_left_in_rates:
        lost = tally.mrr_churned_minor + tally.mrr_contraction_minor
        regained = tally.mrr_expansion_minor + tally.mrr_reactivated_minor
    stood = start + (tally.accounts_new if rules.denominator == "start_plus_new" else 0)
    return ChurnMonth(
        month=month,
        currency=key[0],
        group=key[1],
        accounts_at_start=start,
        accounts_new=tally.accounts_new,
        accounts_reactivated=tally.accounts_reactivated,
        accounts_churned=tally.accounts_churned,
        accounts_at_end=accounts_at_end(tally),
        account_acquisition_rate=share(tally.accounts_won, start),
        account_churn_rate=share(left, stood),
        free_accounts_lost=tally.free_accounts_lost,
        mrr_at_start_minor=mrr,
        mrr_new_minor=tally.mrr_new_minor,
        mrr_expansion_minor=tally.mrr_expansion_minor,
        mrr_contraction_minor=tally.mrr_contraction_minor,
        mrr_churned_minor=tally.mrr_churned_minor,
        mrr_reactivated_minor=tally.mrr_reactivated_minor,
        mrr_fx_minor=tally.mrr_fx_minor,
        mrr_at_end_minor=mrr_at_end(tally),
        gross_mrr_churn_rate=share(-lost, mrr),
        net_mrr_churn_rate=share(-lost - regained, mrr),
        grr=share(mrr - tally.shortfall_minor, mrr),
        nrr=share(mrr + tally.starters_change_minor, mrr),
    )


def accounts_at_end(tally: Tally) -> int:
    """Accounts that pay at the end of the month's last day."""
    joined = tally.accounts_new + tally.accounts_reactivated
    return tally.accounts_at_start + joined - tally.accounts_churned


def mrr_at_end(tally: Tally) -> int:
    """MRR at the end of the month's last day, minor units."""
    gained = tally.mrr_new_minor + tally.mrr_expansion_minor + tally.mrr_reactivated_minor
    lost = tally.mrr_contraction_minor + tally.mrr_churned_minor
    return tally.mrr_at_start_minor + gained + lost + tally.mrr_fx_minor


def share(part: int, whole: int) -> float | None:
    """part / whole as a fraction, None where there is no whole. Never minus zero."""
    return part / whole if whole else None
