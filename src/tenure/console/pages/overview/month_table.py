"""The table of all months beneath the charts: every figure of `tenure churn`, each a door."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.base.months import previous_month
from tenure.console import format as written
from tenure.console.pages.overview.links import explain_link, movements_link, paying_link
from tenure.measure.churn import ChurnMonth

FIELDS = tuple(field.name for field in fields(ChurnMonth) if field.name != "group")


@dataclass(frozen=True, slots=True)
class TableColumn:
    """`door` is the kind of movement behind a cell, None for an explanation; `paying` and `paid`
    are the accounts that make up a stock, at the month's end and at its start.
    """

    name: str
    title: str | Promise
    form: str  # count | money | share
    door: str | None = None


COLUMNS = [
    TableColumn("accounts_at_start", _("Accounts at start"), "count", "paid"),
    TableColumn("accounts_new", _("New"), "count", "new"),
    TableColumn("accounts_reactivated", _("Returned"), "count", "reactivation"),
    TableColumn("accounts_churned", _("Lost"), "loss", "churn"),
    TableColumn("accounts_at_end", _("Accounts at end"), "count", "paying"),
    TableColumn("account_acquisition_rate", _("Acquisition rate"), "share"),
    TableColumn("account_churn_rate", _("Account churn rate"), "share"),
    TableColumn("free_accounts_lost", _("Free accounts lost"), "count"),
    TableColumn("mrr_at_start_minor", _("MRR at start"), "money", "paid"),
    TableColumn("mrr_new_minor", _("New"), "money", "new"),
    TableColumn("mrr_expansion_minor", _("Expansion"), "money", "expansion"),
    TableColumn("mrr_reactivated_minor", _("Reactivation"), "money", "reactivation"),
    TableColumn("mrr_contraction_minor", _("Contraction"), "money", "contraction"),
    TableColumn("mrr_churned_minor", _("Churn"), "money", "churn"),
    TableColumn("mrr_fx_minor", _("Exchange rates"), "money"),
    TableColumn("mrr_at_end_minor", _("MRR at end"), "money", "paying"),
    TableColumn("gross_mrr_churn_rate", _("Gross MRR churn"), "share"),
    TableColumn("net_mrr_churn_rate", _("Net MRR churn"), "share"),
    TableColumn("grr", "GRR", "share"),
    TableColumn("nrr", "NRR", "share"),
]


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    href: str
    title: str


@dataclass(frozen=True, slots=True)
class Table:
    columns: list[TableColumn]
    rows: list[tuple[ChurnMonth, bool, list[Cell]]]


def table_rows(rows: Sequence[ChurnMonth], scope: str, currency: str, open_month: date) -> Table:
    """The newest month first. Columns that are 0 throughout, as exchange rates mostly, stay out."""
    shown = [
        column
        for column in COLUMNS
        if column.name not in {"mrr_fx_minor", "free_accounts_lost", "accounts_reactivated"}
        or any(getattr(row, column.name) for row in rows)
    ]
    lines = [
        (row, row.month == open_month, [_cell(row, column, scope, currency) for column in shown])
        for row in reversed(rows)
    ]
    return Table(shown, lines)


def _cell(row: ChurnMonth, column: TableColumn, scope: str, currency: str) -> Cell:
    value = getattr(row, column.name)
    match column.form:
        case "money":
            text, exact = (
                written.money(value, currency),
                written.money(value, currency, whole=False),
            )
        case "share":
            text, exact = written.share(value), written.share(value, 4)
        case "loss":
            text = exact = written.number(-value)
        case _:
            text = exact = written.number(value)
    return Cell(text, _door(row.month, column, scope, is_zero=not value), exact)


def _door(month: date, column: TableColumn, scope: str, *, is_zero: bool) -> str:
    if column.door is None or is_zero:
        return explain_link(column.name, month, scope)
    if column.door == "paid":
        return paying_link(previous_month(month), scope)
    return movements_link((month, month), column.door, scope)
