"""Use of features by month: the cells of the account's chart, and the same as a table."""

from datetime import date

from tenure.base.months import Months, month_of, next_month
from tenure.card.feature_use import feature_use, most_used
from tenure.card.timeline import Reads
from tenure.console.charts.feature_use import UseCell
from tenure.console.pages.overview.view import months_before

MONTHS_SHOWN = 13
FEATURES_SHOWN = 12


def use_cells(reader: Reads, account_id: str, today: date) -> list[UseCell]:
    """A cell for each of the most used features and each of the last months, 0 included."""
    last = month_of(today)
    first = months_before(last, MONTHS_SHOWN - 1)
    use = feature_use(reader, account_id, first_on=first, before_on=next_month(last), by="month")
    events = {(one.name, month_of(one.starts_on)): one.events for one in use}
    return [
        UseCell(month, name, events.get((name, month), 0))
        for name, _total in most_used(use, FEATURES_SHOWN)
        for month in Months(first, last)
    ]


def use_table(cells: list[UseCell]) -> tuple[list[date], list[tuple[str, list[int]]]]:
    """Months as columns, features as rows."""
    months = sorted({cell.month for cell in cells})
    rows: dict[str, list[int]] = {}
    for cell in cells:
        rows.setdefault(cell.feature, []).append(cell.uses)
    return months, list(rows.items())
