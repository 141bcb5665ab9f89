"""What each figure means, in words that are translated, and which movements it is made of."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.base.errors import BadUsage
from tenure.measure.movements import MOVEMENT_KINDS, MovementKind

Unit = Literal["accounts", "minor", "share"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure's title, its meaning in a sentence or two, and its formula in field names.

    `kinds` are the movements that change it; `page` is where it is written down at length.
    """

    field: str
    title: Promise
    meaning: Promise
    formula: str
    unit: Unit
    kinds: tuple[MovementKind, ...] = ()
    page: str = "docs/metrics/churn.md"


_LOSS: tuple[MovementKind, ...] = ("churn", "contraction")
_GAIN: tuple[MovementKind, ...] = ("expansion", "reactivation")

_ALL = (
    Definition(
        "accounts_at_start",
        _("Accounts at the start"),
        _("Accounts that paid at the end of the last day before the month."),
        "count(account: mrr at start > 0)",
        "accounts",
    ),
    Definition(
        "accounts_new",
        _("New accounts"),
        _("Accounts that paid for the first time ever. One that also left is counted here too."),
        "count(movement: new)",
        "accounts",
        ("new",),
    ),
    Definition(
        "accounts_reactivated",
        _("Accounts that came back"),
        _("Returns of accounts that had paid before and had left."),
        "count(movement: reactivation)",
        "accounts",
        ("reactivation",),
    ),
    Definition(
        "accounts_churned",
        _("Accounts that left"),
        _("Times that an account's last paid subscription came to its end."),
        "count(movement: churn)",
        "accounts",
        ("churn",),
    ),
    Definition(
        "accounts_at_end",
        _("Accounts at the end"),
        _("Accounts that paid at the end of the month's last day."),
        "accounts_at_start + accounts_new + accounts_reactivated - accounts_churned",
        "accounts",
        ("new", "reactivation", "churn"),
    ),
    Definition(
        "account_acquisition_rate",
        _("Acquisition rate"),
        _(
            "Accounts that paid for the first time in the month and still did at its end, as a "
            "share of the accounts at its start."
        ),
        "count(account: new and mrr at end > 0) / accounts_at_start",
        "share",
        ("new",),
    ),
    Definition(
        "account_churn_rate",
        _("Account churn rate"),
        _(
            "Accounts that paid at the start of the month and not at its end, as a share of those "
            "at its start. Who joined and left within the month, or left and came back, is not in "
            "it unless the rule set says so."
        ),
        "count(account: mrr at start > 0 and mrr at end = 0) / accounts_at_start",
        "share",
        ("churn",),
    ),
    Definition(
        "free_accounts_lost",
        _("Free accounts lost"),
        _(
            "Accounts that never paid and whose last trial or free period ended in the month. They "
            "are not churn: nobody stopped paying."
        ),
        "count(account: never paid, last period ended)",
        "accounts",
    ),
    Definition(
        "mrr_at_start_minor",
        _("MRR at the start"),
        _("Monthly recurring revenue at the end of the last day before the month."),
        "sum(mrr at start)",
        "minor",
        page="docs/metrics/mrr.md",
    ),
    Definition(
        "mrr_new_minor",
        _("New MRR"),
        _("What accounts pay that paid for the first time ever."),
        "sum(movement: new)",
        "minor",
        ("new",),
        "docs/metrics/mrr.md",
    ),
    Definition(
        "mrr_expansion_minor",
        _("Expansion"),
        _("What paying accounts pay more: seats, plans, subscriptions, discounts that run out."),
        "sum(movement: expansion)",
        "minor",
        ("expansion",),
        "docs/metrics/mrr.md",
    ),
    Definition(
        "mrr_contraction_minor",
        _("Contraction"),
        _("What accounts pay less that go on paying something."),
        "sum(movement: contraction)",
        "minor",
        ("contraction",),
        "docs/metrics/mrr.md",
    ),
    Definition(
        "mrr_churned_minor",
        _("Churned MRR"),
        _("What accounts paid on the day before they paid nothing any more."),
        "sum(movement: churn)",
        "minor",
        ("churn",),
        "docs/metrics/mrr.md",
    ),
    Definition(
        "mrr_reactivated_minor",
        _("Reactivated MRR"),
        _("What accounts pay that came back."),
        "sum(movement: reactivation)",
        "minor",
        ("reactivation",),
        "docs/metrics/mrr.md",
    ),
    Definition(
        "mrr_fx_minor",
        _("Exchange rates"),
        _(
            "What exchange rates did to converted MRR between the start and the end of the month. "
            "It is nobody's movement, and 0 within one currency."
        ),
        "mrr_at_end - mrr_at_start - sum(movements)",
        "minor",
        page="docs/metrics/currencies.md",
    ),
    Definition(
        "mrr_at_end_minor",
        _("MRR at the end"),
        _("Monthly recurring revenue at the end of the month's last day."),
        "mrr_at_start + sum(movements) + mrr_fx",
        "minor",
        MOVEMENT_KINDS,
        "docs/metrics/mrr.md",
    ),
    Definition(
        "gross_mrr_churn_rate",
        _("Gross MRR churn"),
        _(
            "Churn and contraction as a share of the MRR at the start, without accounts that paid "
            "neither at the start nor at the end of the month."
        ),
        "-(churned + contraction) / mrr_at_start",
        "share",
        _LOSS,
    ),
    Definition(
        "net_mrr_churn_rate",
        _("Net MRR churn"),
        _("Gross MRR churn less expansion and reactivation; negative when these are larger."),
        "-(churned + contraction + expansion + reactivated) / mrr_at_start",
        "share",
        _LOSS + _GAIN,
    ),
    Definition(
        "grr",
        _("Gross revenue retention"),
        _(
            "Of the MRR at the start, what the same accounts still pay at the end, each counted at "
            "most at what it paid at the start."
        ),
        "sum(min(mrr at start, mrr at end)) / mrr_at_start",
        "share",
        _LOSS + _GAIN,
    ),
    Definition(
        "nrr",
        _("Net revenue retention"),
        _("What the accounts that paid at the start pay at the end, as a share of what they paid."),
        "sum(mrr at end of accounts at start) / mrr_at_start",
        "share",
        _LOSS + _GAIN,
    ),
    Definition(
        "accounts",
        _("Paying accounts"),
        _("Accounts that paid at the end of the month's last day."),
        "count(account: mrr at end > 0)",
        "accounts",
        ("new", "reactivation", "churn"),
        "docs/metrics/mrr.md",
    ),
    Definition(
        "arpa_minor",
        _("Average revenue per account"),
        _("MRR at the end of the month over the accounts that pay then."),
        "mrr_at_end / accounts",
        "minor",
        MOVEMENT_KINDS,
        "docs/metrics/mrr.md",
    ),
)
DEFINITIONS: dict[str, Definition] = {one.field: one for one in _ALL}


def definition(field: str) -> Definition:
    """The definition of a field of `tenure churn` or `tenure mrr`. Raises BadUsage for others."""
    if field not in DEFINITIONS:
        known = ", ".join(DEFINITIONS)
        raise BadUsage(f"{field!r} is no figure; use one of {known}", field="field")
    return DEFINITIONS[field]
