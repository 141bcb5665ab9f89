"""Which SQL makes what a question asks about: under rules, in groups, up to a day, in a currency.

What a rule set leaves as it is comes from the published relations; the rest is made from the facts
while the question runs. Each function gives SQL files to read in the place of relations.
"""

from datetime import date, timedelta

from tenure.kit.sql_file import SqlFile
from tenure.measure.composition import sql
from tenure.measure.grouping import NO_GROUPS, Grouping
from tenure.measure.rules import RuleSet

LONG_AGO = date(1, 1, 1)
Given = dict[str, SqlFile]


def periods(rules: RuleSet) -> Given:
    """`subscription_period`, unless the published one is right."""
    if rules.has_default_periods:
        return {}
    spells = sql("due_spell_none" if rules.past_due_days < 0 else "due_spell_of_period")
    return {"subscription_period": sql("ruled_period", due_spell=spells)}


def movements(rules: RuleSet, currency: str | None = None) -> Given:
    """`mrr_movement`, unless the published one is right.

    With a currency, the movements are those of an account's total over all currencies.
    """
    given: Given = {}
    if not rules.has_default_periods:
        given = {"mrr_movement": sql("mrr_movement", **periods(rules))}
    if currency:
        given |= {"many_currencies": sql("many_currencies"), "fx_span": fx_spans()}
        given = {"mrr_movement": sql("pooled_movement_converted", **given)}
    if not rules.has_default_kinds:
        given = {"mrr_movement": sql("ruled_movement", **given)}
    return given


def account_months(rules: RuleSet, grouping: Grouping, before_on: date) -> Given:
    """`account_month`, unless the published one is right: its months are whole."""
    with_leads = bool(grouping.column) and not grouping.is_account_column
    leads: Given = {}
    if not rules.has_default_periods:
        leads = {"lead_period": sql("lead_period", **periods(rules))}
    parts = {
        "mrr_movement": sql("movement_until", **movements(rules)),
        "lead_period": sql("lead_until", **leads) if with_leads else sql("no_lead"),
    }
    if not is_published(rules):
        return {"account_month": sql("account_month", **parts)}
    if before_on.day == 1:
        return {}
    so_far = sql("month_so_far_of_account", account_month=sql("account_month", **parts))
    return {"account_month": sql("account_month_until", month_so_far=so_far)}


def grouped_months(rules: RuleSet, grouping: Grouping, before_on: date) -> SqlFile:
    """What each account did in each month, with the group that it counts in."""
    given = account_months(rules, grouping, before_on)
    if not grouping.column:
        return sql("grouped_month_whole", **given)
    if grouping.is_account_column:
        return sql("grouped_month_by_account", account_value=sql("account_value"), **given)
    return sql("grouped_month_by_subscription", period_value=sql("period_value"), **given)


def free_accounts(rules: RuleSet, grouping: Grouping) -> Given:
    """Free accounts lost, and the values that tell their groups."""
    given: Given = {}
    if not rules.has_default_periods:
        given = {"free_account": sql("free_account", **periods(rules))}
    of_account = grouping.is_account_column
    of_period = bool(grouping.column) and not of_account
    return {
        **given,
        "account_value": sql("account_value" if of_account else "no_value"),
        "period_value": sql("period_value" if of_period else "no_period_value"),
    }


def fx_spans() -> SqlFile:
    """What each currency is worth in `$into`, and since when."""
    return sql("fx_span", minor_unit=sql("minor_unit"))


def is_published(rules: RuleSet) -> bool:
    """Whether refresh has made the ledger of this rule set already."""
    return rules.has_default_periods and rules.has_default_kinds


def ledger_params(
    rules: RuleSet,
    grouping: Grouping = NO_GROUPS,
    currency: str | None = None,
    before_on: date | None = None,
    until_on: date | None = None,
) -> dict[str, object]:
    """A value for every parameter that any of these files may name.

    Nothing from `before_on` on is told; what begins after `until_on` is not known yet.
    """
    so_far_from = before_on.replace(day=1) if before_on and is_published(rules) else LONG_AGO
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
        "from_on": so_far_from,
        "before_on": before_on or date.max,
        "known_before_on": until_on + timedelta(days=1) if until_on else date.max,
    }


def pick(file: SqlFile, params: dict[str, object]) -> dict[str, object]:
    """Those of `params` that the file names."""
    return {name: value for name, value in params.items() if name in file.params}
