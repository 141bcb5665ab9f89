"""Which cards differ from what state holds, and all that state has to hold of each of those.

The statement follows from the catalogue: a digest of all columns to compare by (and, after a slash,
of those that state finds cards by), the promoted ones as columns of their own, and all as one JSON
object. Null values and those that are the column's default are left out of it; whoever reads a card
puts them back (`card_of.py`).
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from tenure.kit.sql_file import SqlColumn, SqlFile
from tenure.kit.wide_relation import Column
from tenure.lake.reading import Reader

# Columns of the card that state keeps as columns of their own, to sort and filter by.
PROMOTED = (
    "status", "mrr_minor", "currency", "plan", "billing_interval", "quantity", "paying_since_on",
    "left_on", "notice_at", "ends_on", "people_active_30_days", "events_30_days",
)  # fmt: skip
# What `customers` says of an account: the columns of the relation `account_told`.
TOLD = ("name", "domain", "traits", "people", "created_at", "last_seen_at")
_IF_NULL = {
    "status": "'never_paid'",
    "mrr_minor": "0",
    "currency": "''",
    "plan": "''",
    "billing_interval": "''",
    "people_active_30_days": "0",
    "events_30_days": "0",
}


def changed_cards(
    reader: Reader,
    columns: Mapping[str, Column],
    told: pa.Table,
    held: pa.Table,
    found_by: Sequence[str],
) -> pa.Table:
    """The cards whose digest is none of `held` (account_id, row_digest): account_id, the columns
    TOLD and PROMOTED, `values`, `row_digest`, and `is_moved`: whether state has no such row, or
    another value in one of the columns `found_by`. In the order of their ids.
    """
    reader.register("account_told", told)
    reader.register("card_held", held)
    return reader.arrow(_statement(columns, found_by))


def _statement(columns: Mapping[str, Column], found_by: Sequence[str]) -> SqlFile:
    return SqlFile(
        package="tenure.card",
        name="changed_card",
        summary="the cards that differ from those in state.",
        text=_text(columns, found_by),
        grain="one row per account whose card differs",
        reads=("account_card", "account_told", "card_held"),
        params={},
        columns=(SqlColumn("account_id", "varchar"),),
        rule="card/changed_cards.py",
        made_from="tenure.card/changed_cards.py",
    )


def _text(columns: Mapping[str, Column], found_by: Sequence[str]) -> str:
    seen_at = "greatest(account_told.last_seen_at::timestamptz, card.last_seen_at)"
    stored = {
        "name": "account_told.name",
        "domain": "account_told.domain",
        "traits": "account_told.traits",
        "people": "account_told.people",
        "created_at": "account_told.created_at::timestamptz",
        "last_seen_at": seen_at,
    }
    for name in PROMOTED:
        value = f"card.{name}"
        stored[name] = f"coalesce({value}, {_IF_NULL[name]})" if name in _IF_NULL else value
    listed = [f"{value} as {name}" for name, value in stored.items()]
    digested = [*(f"account_told.{name}" for name in TOLD), *(f"card.{name}" for name in columns)]
    values = ",\n        ".join(_json_member(column) for column in columns.values())
    return f"""
with

told as (
    select
        account_told.account_id,
        hash({", ".join(digested)})
            || '/' || hash({", ".join(stored[name] for name in found_by)}) as row_digest,
    from account_told
    left join account_card as card
        on card.account_id = account_told.account_id
),

changed as (
    select
        told.account_id,
        told.row_digest,
        split_part(told.row_digest, '/', 2)
            is distinct from split_part(card_held.row_digest, '/', 2) as is_moved,
    from told
    left join card_held
        on card_held.account_id = told.account_id
    where told.row_digest is distinct from card_held.row_digest
)

select
    account_told.account_id,
    {", ".join(listed)},
    '{{' || concat_ws(',',
        {values}
    ) || '}}' as values,
    changed.row_digest,
    changed.is_moved,
from changed
join account_told
    on account_told.account_id = changed.account_id
left join account_card as card
    on card.account_id = changed.account_id
order by changed.account_id
"""  # noqa: S608 - names of the catalogue, which reads them as names


def _json_member(column: Column) -> str:
    value = f"card.{column.name}"
    differs = f"{value} is not null"
    if column.default is not None:
        differs = f"{value} is distinct from {column.default_literal}"
    return f"case when {differs} then '\"{column.name}\":' || to_json({value})::varchar end"
