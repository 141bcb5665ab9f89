"""The facts of one account for the screens, from its card and the product file. Guesses nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tenure.card.product_parts import Product
from tenure.offboard.facts import Facts, Record, Slot

FEATURES_AT_MOST = 6
RECORDS_AT_MOST = 4
LATELY_DAYS = 28
_LEAVING = "leaving"
_SAID = re.compile(r"(?P<feature>.+): (?P<count>\d+), last on (?P<last_on>\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True)
class _Use:
    feature: str
    count: int
    last_on: date


def facts_of(
    values: Mapping[str, object],
    product: Product,
    *,
    today: date,
    time_zone: str,
    name: str = "",
    receipt_to: str = "",
    slots: tuple[Slot, ...] = (),
) -> Facts:
    """What may be shown of an account with this card; of an empty card, hardly anything."""
    stated = str(values.get("required_outcome") or "")
    declared = product.outcome_called(stated) if stated else None
    ends_on = _day(values, "ends_on")
    is_leaving = values.get("status") == _LEAVING
    interval = str(values.get("billing_interval") or "")
    uses = _uses(values)
    return Facts(
        today=today,
        time_zone=time_zone,
        account_name=name,
        plan=str(values.get("plan") or ""),
        billing_interval=interval,
        price_minor=_price(values, interval),
        currency=str(values.get("currency") or ""),
        period_ends_on=ends_on if is_leaving else _coming(values, "renews_on", today),
        ends_on=ends_on if is_leaving else None,
        trial_ends_on=_coming(values, "trial_ends_on", today),
        paused_until_on=_coming(values, "resumes_on", today),
        required_outcome=declared.title if declared else stated,
        outcome_stated_on=_day(values, "outcome_stated_on"),
        outcome_reached_on=_day(values, "outcome_reached_on"),
        first_value=product.first_value.title,
        first_value_on=_day(values, "first_value_on"),
        began_on=_day(values, "began_on"),
        active_days=_count(values, "use_days"),
        people=_count(values, "people_active_90_days"),
        records=_records(uses, product),
        features=_features(uses, product, today),
        slots=slots,
        receipt_to=receipt_to,
    )


def _price(values: Mapping[str, object], interval: str) -> int | None:
    """What one bill is, of who pays by the month or by the year; nothing where it is not known."""
    column = {"month": "mrr_minor", "year": "bill_minor"}.get(interval)
    return (_count(values, column) or None) if column else None


def _records(uses: list[_Use], product: Product) -> tuple[Record, ...]:
    """How often it used each feature in all, by the product file's titles; the most used first."""
    titles = {feature.name: feature.title for feature in product.features}
    named = [each for each in uses if each.feature in titles]
    named.sort(key=lambda each: -each.count)
    return tuple(
        Record(titles[each.feature], each.count, each.last_on) for each in named[:RECORDS_AT_MOST]
    )


def _features(uses: list[_Use], product: Product, today: date) -> tuple[str, ...]:
    """What it has used in the last four weeks, and would use no more."""
    titles = {feature.name: feature.title for feature in product.features}
    lately = [each for each in uses if (today - each.last_on).days < LATELY_DAYS]
    return tuple(titles[each.feature] for each in lately if each.feature in titles)[
        :FEATURES_AT_MOST
    ]


def _uses(values: Mapping[str, object]) -> list[_Use]:
    """The card's `feature_uses`, read: `report_export: 142, last on 2026-02-27`."""
    said = values.get("feature_uses") or ()
    found = [_SAID.fullmatch(str(each)) for each in said]  # type: ignore[union-attr]
    return [
        _Use(match["feature"], int(match["count"]), date.fromisoformat(match["last_on"]))
        for match in found
        if match
    ]


def _coming(values: Mapping[str, object], column: str, today: date) -> date | None:
    day = _day(values, column)
    return day if day is not None and day > today else None


def _day(values: Mapping[str, object], column: str) -> date | None:
    value = values.get(column)
    return value if isinstance(value, date) else None


def _count(values: Mapping[str, object], column: str) -> int:
    value = values.get(column)
    return int(value) if isinstance(value, int | float) else 0
