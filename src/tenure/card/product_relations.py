"""The product in force as relations of the lake, which SQL files read like any other.

Each function gives exactly the columns of `COLUMNS`, and no rows when nothing is declared.
A text that was not given is null, never empty.
"""

from collections.abc import Iterable

import pyarrow as pa

from tenure.base.home import Home
from tenure.card.product import product

_TYPES = {"varchar": pa.string(), "bigint": pa.int64(), "boolean": pa.bool_()}

# Name and DuckDB type of each column, by relation.
COLUMNS: dict[str, dict[str, str]] = {
    "product_feature": {  # one row per (feature, event)
        "feature": "varchar",
        "event": "varchar",
        "title": "varchar",
        "sets_apart_product": "boolean",
        "sets_apart_plan": "boolean",
    },
    "product_entitlement": {"plan": "varchar", "feature": "varchar"},
    "product_plan": {  # one row per (plan, currency); one with null for a plan without prices
        "plan": "varchar",
        "currency": "varchar",
        "list_price_minor": "bigint",
        "is_per_seat": "boolean",
    },
    "product_limit": {  # one row per (limit_name, plan) that is limited
        "limit_name": "varchar",
        "plan": "varchar",
        "at_most": "bigint",
        "counts": "varchar",
        "event": "varchar",
        "property": "varchar",
        "period": "varchar",
    },
    "product_role": {"role": "varchar", "value": "varchar"},
    "product_step": {
        "step": "bigint",
        "step_name": "varchar",
        "event": "varchar",
        "within_days": "bigint",
    },
    "product_outcome": {"outcome": "varchar", "event": "varchar", "within_days": "bigint"},
    "product_outcome_value": {"outcome": "varchar", "value": "varchar"},  # values in lower case
    "product_reach": {"event": "varchar", "property": "varchar"},
    "product_intent": {"event": "varchar", "page": "varchar"},
}


def features(home: Home) -> pa.Table:
    """Features with each of their events."""
    return _table(
        "product_feature",
        (
            (one.name, event, one.title, one.sets_apart_product, one.sets_apart_plan)
            for one in product().features
            for event in one.events
        ),
    )


def entitlements(home: Home) -> pa.Table:
    """Which plan contains which feature."""
    return _table(
        "product_entitlement",
        ((plan, one.name) for one in product().features for plan in one.plans),
    )


def plans(home: Home) -> pa.Table:
    """Plans with their list prices."""
    return _table(
        "product_plan",
        (
            (plan.name, currency, price, plan.per_seat)
            for plan in product().plans
            for currency, price in (plan.list_price_minor or {None: None}).items()
        ),
    )


def limits(home: Home) -> pa.Table:
    """What each plan allows of each limit, and how that is counted."""
    held = product()
    return _table(
        "product_limit",
        (
            (limit.name, plan.name, plan.limits[limit.name], limit.counts, limit.event,
             limit.property, limit.period)
            for limit in held.limits
            for plan in held.plans
            if limit.name in plan.limits
        ),
    )  # fmt: skip


def roles(home: Home) -> pa.Table:
    """Which values mean which role."""
    return _table(
        "product_role", ((role.name, value) for role in product().roles for value in role.values)
    )


def steps(home: Home) -> pa.Table:
    """Steps to first value, in order."""
    return _table(
        "product_step",
        (
            (number, step.name, step.event, step.within_days)
            for number, step in enumerate(product().first_value.steps, 1)
        ),
    )


def outcomes(home: Home) -> pa.Table:
    """Outcomes with each event that shows them."""
    return _table(
        "product_outcome",
        ((one.name, event, one.within_days) for one in product().outcomes for event in one.events),
    )


def outcome_values(home: Home) -> pa.Table:
    """What statements call each outcome."""
    return _table(
        "product_outcome_value",
        ((one.name, value) for one in product().outcomes for value in one.values),
    )


def reach(home: Home) -> pa.Table:
    """Events that reach the account's own customers."""
    return _table("product_reach", ((one.event, one.property) for one in product().reach))


def intents(home: Home) -> pa.Table:
    """Events and pages that sound like leaving."""
    return _table("product_intent", ((one.event, one.page) for one in product().intents))


def _table(name: str, rows: Iterable[tuple]) -> pa.Table:
    schema = pa.schema([(column, _TYPES[type_]) for column, type_ in COLUMNS[name].items()])
    empty_is_null = [[None if value == "" else value for value in row] for row in rows]
    columns = list(zip(*empty_is_null, strict=True)) or [[] for _ in schema]
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)],
        schema=schema,
    )
