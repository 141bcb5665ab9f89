"""Months of figures as the marks of the overview's charts."""

from collections.abc import Sequence
from datetime import date

from tenure.console import format as written
from tenure.console.charts.accounts_new_and_lost import AccountBar
from tenure.console.charts.churn_rates import RatePoint
from tenure.console.charts.mrr_movements import MovementBar
from tenure.console.pages.overview.links import explain_link, movements_link
from tenure.measure.churn import ChurnMonth

KINDS = {
    "new": "mrr_new_minor",
    "expansion": "mrr_expansion_minor",
    "reactivation": "mrr_reactivated_minor",
    "contraction": "mrr_contraction_minor",
    "churn": "mrr_churned_minor",
    "fx": "mrr_fx_minor",
}
COUNTS = {
    "new": "accounts_new",
    "reactivation": "accounts_reactivated",
    "churn": "accounts_churned",
}
RATES = {"accounts": "account_churn_rate", "mrr": "gross_mrr_churn_rate"}
DOORS = {"accounts": "churn", "mrr": "lost"}


def movement_bars(
    rows: Sequence[ChurnMonth], scope: str, currency: str, open_month: date | None
) -> list[MovementBar]:
    return [
        MovementBar(
            month=row.month,
            kind=kind,
            amount=float(written.amount(getattr(row, name) or 0, currency)),
            text=written.money(getattr(row, name) or 0, currency, sign=True),
            accounts=getattr(row, COUNTS[kind]) if kind in COUNTS else None,
            href=_door(row.month, kind, scope),
            is_open=row.month == open_month,
        )
        for row in rows
        for kind, name in KINDS.items()
    ]


def _door(month: date, kind: str, scope: str) -> str:
    """Where a bar leads; exchange rates are nobody's movement, and explain themselves."""
    if kind == "fx":
        return explain_link("mrr_fx_minor", month, scope)
    return movements_link((month, month), kind, scope)


def rate_points(
    rows: Sequence[ChurnMonth],
    before: Sequence[ChurnMonth | None],
    scope: str,
    open_month: date | None,
) -> list[RatePoint]:
    """`before[i]` is what `rows[i]` is compared with, None where nothing is."""
    points = []
    for row, other in zip(rows, before, strict=True):
        for series, name in RATES.items():
            for one, is_before in ((row, False), (other, True)):
                if one is None:
                    continue
                points.append(
                    RatePoint(
                        month=row.month,
                        of=one.month,
                        series=series,
                        is_before=is_before,
                        rate=getattr(one, name),
                        is_open=not is_before and row.month == open_month,
                        href=movements_link((one.month, one.month), DOORS[series], scope),
                    )
                )
    return points


def account_bars(
    rows: Sequence[ChurnMonth], scope: str, open_month: date | None
) -> list[AccountBar]:
    return [
        AccountBar(
            month=row.month,
            kind=kind,
            accounts=(-1 if kind == "churn" else 1) * getattr(row, name),
            href=movements_link((row.month, row.month), kind, scope),
            is_open=row.month == open_month,
        )
        for row in rows
        for kind, name in COUNTS.items()
    ]
