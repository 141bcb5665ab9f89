"""Which SQL makes the ledger that a question asks about: under rules, in groups, in a currency."""

from tenure.kit.sql_file import SqlFile
from tenure.measure.composition import sql
from tenure.measure.grouping import Grouping
from tenure.measure.rules import RuleSet


def periods(rules: RuleSet) -> dict[str, SqlFile]:
    """What to give as `subscription_period`: nothing where the published one is right."""
    return {} if rules.has_default_periods else {"subscription_period": sql("ruled_period")}


def movements(rules: RuleSet, currency: str | None = None) -> dict[str, SqlFile]:
    """What to give as `mrr_movement`: nothing where the published one is right.

    With a currency, the movements are those of an account's total over all currencies.
    """
    given: dict[str, SqlFile] = {}
    if not rules.has_default_periods:
        given = {"mrr_movement": sql("mrr_movement", **periods(rules))}
    if currency:
        given = {"mrr_movement": sql("converted_movement", fx_span=fx_spans(), **given)}
    if not rules.has_default_kinds:
        given = {"mrr_movement": sql("ruled_movement", **given)}
    return given


def ledger(rules: RuleSet, grouping: Grouping, currency: str | None = None) -> SqlFile:
    """Movements with the group of their account before and after."""
    given = movements(rules, currency)
    if not grouping.column:
        return sql("ledger_whole", **given)
    if grouping.is_account_column:
        return sql("ledger_by_account", account_value=sql("account_value"), **given)
    return sql("ledger_by_subscription", group_day=group_days(rules, currency), **given)


def group_days(rules: RuleSet, currency: str | None) -> SqlFile:
    """Which value of a subscription column stands for an account, from which day on."""
    rate = fx_spans() if currency else sql("no_rate")
    return sql("group_day", fx_span=rate, **periods(rules))


def fx_spans() -> SqlFile:
    """What each currency is worth in `$into`, and since when."""
    return sql("fx_span", minor_unit=sql("minor_unit"))


def ledger_params(rules: RuleSet, grouping: Grouping, currency: str | None) -> dict[str, object]:
    """A value for every parameter that any of these files may name."""
    return {
        "churn_at_notice": rules.churn_recognised == "notice",
        "past_due_days": rules.past_due_days,
        "paused_counts": rules.paused_counts,
        "trial_counts": rules.trial_counts,
        "reactivation_within_days": rules.reactivation_within_days,
        "column": grouping.column,
        "path": grouping.path,
        "is_account_column": grouping.is_account_column,
        "into": currency or "",
    }


def pick(file: SqlFile, params: dict[str, object]) -> dict[str, object]:
    """Those of `params` that the file names."""
    return {name: value for name, value in params.items() if name in file.params}
