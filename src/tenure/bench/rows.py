"""A row of the budget table: what was measured, its floor, and the machine's own limit."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `tenure bench`.

    `limit` is what this machine does at best for the same bytes, measured in the same run, so that
    `ratio` can be compared between machines and days where `measured` cannot. Both ratios are
    turned so that more is better: for `lower_is_better` rows, limit / measured.
    """

    work: str
    measured: float
    unit: str
    floor: float
    limit: float | None = None
    limit_is: str = ""
    lower_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        if not self.limit or not self.measured:
            return None
        return self.limit / self.measured if self.lower_is_better else self.measured / self.limit

    @property
    def of_floor(self) -> float:
        """1 or more where the floor of DESIGN.md section 9 is met."""
        return self.floor / self.measured if self.lower_is_better else self.measured / self.floor

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "of_floor": self.of_floor}


def render(rows: Iterable[Row]) -> str:
    """The rows as one aligned table."""
    head = ("work", "measured", "floor", "of floor", "limit in this run", "ratio")
    body = [
        (
            row.work,
            f"{_figure(row.measured)} {row.unit}",
            f"{_figure(row.floor)} {row.unit}",
            f"{row.of_floor:.2f}{'' if row.of_floor >= 1 else '  MISSED'}",
            f"{_figure(row.limit)} {row.unit}, {row.limit_is}" if row.limit else "–",
            f"{row.ratio:.2f}" if row.ratio is not None else "–",
        )
        for row in rows
    ]
    widths = [max(len(line[n]) for line in [head, *body]) for n in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [head, *body]
    ]
    return "\n".join([lines[0], "─" * len(lines[0]), *lines[1:]])


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
