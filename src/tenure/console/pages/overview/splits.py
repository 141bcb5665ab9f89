"""One month split by a column: which groups lost most, and at which rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.base.months import Months
from tenure.console import format as written
from tenure.console.pages.overview.figures import churn_months
from tenure.console.pages.overview.links import movements_link, paying_link
from tenure.measure.churn import ChurnMonth

if TYPE_CHECKING:
    from tenure.console.pages.overview.page import Shown


SPLIT_TITLES = {
    "plan": gettext_lazy("Plan"),
    "billing_interval": gettext_lazy("Billing interval"),
    "country": gettext_lazy("Country"),
    "industry": gettext_lazy("Industry"),
    "segment": gettext_lazy("Segment"),
    "size": gettext_lazy("Size"),
    "region": gettext_lazy("Region"),
    "referral_source": gettext_lazy("Came through"),
}


@dataclass(frozen=True, slots=True)
class SplitRow:
    """A group over the whole period: what it holds at the end, what it lost, in its mean month.

    The hrefs lead to the accounts that left, those that pay less or nothing, those that pay.
    """

    name: str
    accounts: str
    lost: str
    churn_rate: str
    mrr: str
    mrr_lost: str
    mrr_churn_rate: str
    width: int  # of its bar, 0..100: its part of the greatest loss
    left_href: str
    lost_href: str
    paying_href: str


def split_rows(shown: Shown) -> list[SplitRow]:
    """Groups of the view's months, the one that lost most MRR first."""
    months = Months(shown.view.first, shown.view.last)
    groups: dict[str | None, list[ChurnMonth]] = {}
    for row in churn_months(shown.ground, months, shown.scope, shown.view.by):
        groups.setdefault(row.group, []).append(row)
    losses = {group: sum(map(_mrr_lost, rows)) for group, rows in groups.items()}
    greatest = max((-loss for loss in losses.values()), default=0) or 1
    ordered = sorted(groups, key=lambda group: (losses[group], group is None, group or ""))
    return [_row(group, groups[group], shown, losses[group], greatest) for group in ordered]


def _row(
    group: str | None, rows: list[ChurnMonth], shown: Shown, lost: int, greatest: int
) -> SplitRow:
    view, column = shown.view, (shown.view.by, group)
    months = (view.first, view.last)
    last = rows[-1]
    is_current = last.month == shown.view.last
    starts = sum(row.accounts_at_start for row in rows)
    gone = sum((row.account_churn_rate or 0) * row.accounts_at_start for row in rows)
    mrr_starts = sum(row.mrr_at_start_minor for row in rows)
    mrr_gone = sum((row.gross_mrr_churn_rate or 0) * row.mrr_at_start_minor for row in rows)
    return SplitRow(
        name=group if group is not None else _("no value"),
        accounts=written.number(last.accounts_at_end if is_current else 0),
        lost=written.number(-sum(row.accounts_churned for row in rows)),
        churn_rate=written.share(gone / starts if starts else None),
        mrr=written.money(last.mrr_at_end_minor if is_current else 0, shown.currency),
        mrr_lost=written.money(lost, shown.currency),
        mrr_churn_rate=written.share(mrr_gone / mrr_starts if mrr_starts else None),
        width=round(100 * -lost / greatest),
        left_href=movements_link(months, "churn", shown.scope, column),
        lost_href=movements_link(months, "lost", shown.scope, column),
        paying_href=paying_link(view.last, shown.scope, column),
    )


def _mrr_lost(row: ChurnMonth) -> int:
    return row.mrr_churned_minor + row.mrr_contraction_minor
