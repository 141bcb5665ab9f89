"""The facts of one account for the screens, from its card and the product file. Guesses nothing."""

from collections.abc import Mapping
from datetime import date

from tenure.card.product_parts import Product
from tenure.offboard.facts import Facts, Record, Slot

FEATURES_AT_MOST = 6
RECORDS_AT_MOST = 6
_LEAVING = "leaving"


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
        active_days=_count(values, "active_days"),
        people=_count(values, "people_active_90_days"),
        records=_records(values, product),
        features=_features(values, product),
        slots=slots,
        receipt_to=receipt_to,
    )


def _price(values: Mapping[str, object], interval: str) -> int | None:
    """What a month costs who pays by the month; of longer ones the card has no exact price."""
    price = _count(values, "mrr_minor")
    return price if interval == "month" and price > 0 else None


def _records(values: Mapping[str, object], product: Product) -> tuple[Record, ...]:
    """What was made with it, counted by the events of the product's features and limits."""
    titles = {event: each.title for each in product.features for event in each.events}
    titles |= {each.event: each.title for each in product.limits if each.event}
    made = values.get("records") or ()
    found = [
        Record(titles[str(event)], int(count), date.fromisoformat(last_on) if last_on else None)
        for event, count, last_on in made  # type: ignore[union-attr]
        if event in titles
    ]
    return tuple(found[:RECORDS_AT_MOST])


def _features(values: Mapping[str, object], product: Product) -> tuple[str, ...]:
    used = values.get("features_used") or ()
    named = {feature.name: feature.title for feature in product.features}
    return tuple(named[str(each)] for each in used if each in named)[:FEATURES_AT_MOST]  # type: ignore[union-attr]


def _coming(values: Mapping[str, object], column: str, today: date) -> date | None:
    day = _day(values, column)
    return day if day is not None and day > today else None


def _day(values: Mapping[str, object], column: str) -> date | None:
    value = values.get(column)
    return value if isinstance(value, date) else None


def _count(values: Mapping[str, object], column: str) -> int:
    value = values.get(column)
    return int(value) if isinstance(value, int | float) else 0
