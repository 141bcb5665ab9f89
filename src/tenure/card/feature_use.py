"""What one account used, and how often, over time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tenure.card.timeline import Reads
from tenure.kit.sql_file import load


@dataclass(frozen=True, slots=True)
class FeatureUse:
    """Use of one feature (the name of a track event) in a week or month from `starts_on` on.

    `people` counts unknown visitors too.
    """

    name: str
    starts_on: date
    events: int
    people: int


def feature_use(
    reader: Reads,
    account_id: str,
    *,
    first_on: date,
    before_on: date,
    by: Literal["week", "month"] = "week",
) -> list[FeatureUse]:
    """Use of each feature in `[first_on, before_on)`, by name and then by time.

    A span without use has no row. Weeks start on Monday; the first and the last may be cut.
    """
    rows = reader.rows(
        load("tenure.card", "feature_use"),
        account_id=account_id,
        first_on=first_on,
        before_on=before_on,
        by=by,
    )
    return [FeatureUse(**row) for row in rows]


def most_used(use: list[FeatureUse], features: int = 12) -> Iterator[tuple[str, int]]:
    """The features with most events and how many those are, the greatest first."""
    totals: dict[str, int] = {}
    for each in use:
        totals[each.name] = totals.get(each.name, 0) + each.events
    yield from sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:features]
