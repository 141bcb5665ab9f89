"""Monthly recurring revenue: its level at the end of each month, and what moved it."""

from dataclasses import dataclass
from datetime import date

from tenure.base.months import Months
from tenure.lake.reading import Reader
from tenure.measure.churn import Tally, accounts_at_end, ask, in_order, mrr_at_end, tally
from tenure.measure.rules import DEFAULT_RULES, RuleSet


@dataclass(frozen=True, slots=True)
class MrrMonth:
    """One month in one currency, and in one group where groups were asked for.

    `accounts` pay at the end of the month, and `arpa_minor` is what one of them pays, rounded half
    up, None when nobody does. start + the six lines between = end.
    """

    month: date
    currency: str
    accounts: int
    mrr_at_start_minor: int
    mrr_new_minor: int
    mrr_expansion_minor: int
    mrr_contraction_minor: int
    mrr_churned_minor: int
    mrr_reactivated_minor: int
    mrr_fx_minor: int
    mrr_at_end_minor: int
    arpa_minor: int | None
    group: str | None = None


def mrr_by_month(
    reader: Reader,
    months: Months,
    *,
    rules: RuleSet = DEFAULT_RULES,
    by: str | None = None,
    currency: str | None = None,
    until_on: date | None = None,
) -> list[MrrMonth]:
    """MRR and its movements, by month, currency and group; the same question as `churn_by_month`.

    Raises  BadUsage for a column that does not exist, and for a day without exchange rate.
    Source  docs/metrics/mrr.md
    """
    question = ask(reader, months, rules=rules, by=by, currency=currency, until_on=until_on)
    return [
        _mrr_month(month, key[0], key[1], one)
        for month, key, one in in_order(months, tally(reader, question), sparse=bool(by))
    ]


def _mrr_month(month: date, currency: str, group: str | None, one: Tally) -> MrrMonth:
    accounts, end = accounts_at_end(one), mrr_at_end(one)
    return MrrMonth(
        month=month,
        currency=currency,
        group=group,
        accounts=accounts,
        mrr_at_start_minor=one.mrr_at_start_minor,
        mrr_new_minor=one.mrr_new_minor,
        mrr_expansion_minor=one.mrr_expansion_minor,
        mrr_contraction_minor=one.mrr_contraction_minor,
        mrr_churned_minor=one.mrr_churned_minor,
        mrr_reactivated_minor=one.mrr_reactivated_minor,
        mrr_fx_minor=one.mrr_fx_minor,
        mrr_at_end_minor=end,
        arpa_minor=(2 * end + accounts) // (2 * accounts) if accounts else None,
    )
