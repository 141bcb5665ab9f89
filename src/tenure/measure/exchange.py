"""Several currencies as one: which rates there are, and churn of accounts over all of them."""

from datetime import date

from tenure.base.errors import BadUsage
from tenure.base.months import Months
from tenure.kit.sql_file import SqlFile
from tenure.lake.reading import Reader
from tenure.measure.composition import sql
from tenure.measure.grouping import Grouping
from tenure.measure.ledger import (
    fx_spans,
    grouped_months,
    ledger_params,
    movements,
    periods,
    pick,
)
from tenure.measure.rules import RuleSet


def churn_file(rules: RuleSet, grouping: Grouping, before_on: date) -> SqlFile:
    """The question `churn_month_converted` with all that it reads, each given to what follows."""
    pooled = sql("pooled_movement_converted")
    if not rules.has_default_kinds:
        pooled = sql("ruled_movement", mrr_movement=pooled)
    given = {
        **native_movements(rules),
        "many_currencies": sql("many_currencies"),
        "fx_span": fx_spans(),
        "pooled_movement": pooled,
        "group_span": _group_spans(rules, grouping),
        "grouped_month": grouped_months(rules, grouping, before_on),
        "pooled_change": sql("pooled_change"),
    }
    return sql("churn_month_converted", **given)


def native_movements(rules: RuleSet) -> dict[str, SqlFile]:
    """Movements within each currency; how a return is called does not matter to what stands."""
    return movements(rules.with_default_kinds())


def _group_spans(rules: RuleSet, grouping: Grouping) -> SqlFile:
    if not grouping.column:
        return sql("group_span_of_none")
    if grouping.is_account_column:
        return sql("group_span_of_account", account_value=sql("account_value"))
    leads = sql("lead_converted", **periods(rules))
    return sql("group_span", lead_converted=leads, period_value=sql("period_value"))


def check_rates(reader: Reader, months: Months, *, rules: RuleSet, currency: str) -> None:
    """Raises BadUsage, naming pair and day, when a rate into `currency` is missing in `months`."""
    if len(currency) != 3 or not currency.isalpha() or not currency.isupper():
        raise BadUsage(
            f"{currency!r} is not a currency; write its three letters, as in EUR", field="currency"
        )
    params = ledger_params(rules, currency=currency)
    file = sql("rate_needed", **native_movements(rules))
    span = {"first_on": months.first, "before_on": months.ends_on}
    needed = reader.rows(file, **pick(file, {**params, **span}))
    known: dict[str, date] = {}
    for row in reader.rows(fx_spans(), **pick(fx_spans(), params)):
        known[row["currency"]] = min(row["from_on"], known.get(row["currency"], date.max))
    for row in sorted(needed, key=lambda row: row["currency"]):
        other, needed_on = row["currency"], row["needed_on"]
        if known.get(other, date.max) > needed_on:
            since = f"; the first there is holds from {known[other]}" if other in known else ""
            raise BadUsage(
                f"no exchange rate from {other} to {currency} on or before {needed_on}{since}. "
                f'Import one as a metric named fx_rate with from = "{other}", to = "{currency}"',
                field="currency",
            )
