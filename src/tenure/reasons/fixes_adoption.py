"""Who uses what was shipped, of those whom it concerns and of all, week by week."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tenure.card.product_parts import Product
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader
from tenure.proof.shares import Share, share_of
from tenure.reasons.fix_models import Fix


@dataclass(frozen=True, slots=True)
class Week:
    """Up to and with the day `until_on`: how many had begun to use it."""

    until_on: date
    concerned: int
    all: int


@dataclass(frozen=True, slots=True)
class Adoption:
    """Of the accounts that are here now. `events` empty: nothing was named that shows use."""

    events: tuple[str, ...]
    concerned: Share  # of those who asked for it, or stood before the step
    all: Share
    weeks: tuple[Week, ...]

    @property
    def is_seen(self) -> bool:
        """Whether use can be seen at all."""
        return bool(self.events)


def events_of(fix: Fix, sold: Product) -> tuple[str, ...]:
    """The events that show its use: of the feature, the one named, else those of the step."""
    if fix.adoption_feature:
        for feature in sold.features:
            if feature.name == fix.adoption_feature:
                return feature.events
    if fix.adoption_event:
        return (fix.adoption_event,)
    if fix.is_of_step:
        return tuple(each.event for each in sold.first_value.steps if each.name == fix.step)
    return ()


def uses_since(reader: Reader, fix: Fix, sold: Product) -> dict[str, date]:
    """Since when each account uses it: its first use on or after the day on which it shipped."""
    events = events_of(fix, sold)
    if not events or fix.shipped_on is None:
        return {}
    rows = reader.rows(load("tenure.reasons", "fix_use"), names=list(events),
                       since_on=fix.shipped_on)  # fmt: skip
    return {str(row["account_id"]): row["first_on"] for row in rows}  # type: ignore[misc]


def adoption_of(
    fix: Fix,
    sold: Product,
    uses: Mapping[str, date],
    *,
    concerned: Collection[str],
    here: Collection[str],
    until_on: date,
) -> Adoption:
    """The shares of now, and their growth since it shipped, until the day before `until_on`."""
    events = events_of(fix, sold)
    present = set(here)
    asked = present.intersection(concerned)
    using = {account: day for account, day in uses.items() if account in present}
    return Adoption(
        events,
        share_of(len(asked & using.keys()), len(asked)),
        share_of(len(using), len(present)),
        tuple(_weeks(fix, using, asked, until_on)),
    )


def _weeks(
    fix: Fix, using: Mapping[str, date], asked: Collection[str], until_on: date
) -> list[Week]:
    if fix.shipped_on is None:
        return []
    weeks = []
    end = fix.shipped_on + timedelta(days=7)
    while True:
        last = min(end, until_on) - timedelta(days=1)
        if last < fix.shipped_on:
            return weeks
        begun = [account for account, day in using.items() if day <= last]
        weeks.append(Week(last, sum(account in asked for account in begun), len(begun)))
        if end >= until_on:
            return weeks
        end += timedelta(days=7)
