"""Which cards differ from what state holds, and all that state has to hold of each of those.

The statement follows from the catalogue: a digest to compare by, the promoted columns as columns of
their own, and all as one JSON object. Null values and those that are the column's default are left
out of it; whoever reads a card puts them back (`card_of.py`).

The digest is three numbers with slashes between: of everything, of what state keeps apart and that
differs seldom, and of when somebody was last seen. So of a card that was only used few columns are
set, and of those by which state finds cards that one, or none.
"""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from tenure.card.told_by_state import ToldByState
from tenure.kit.sql_file import SqlColumn, SqlFile
from tenure.kit.wide_relation import Column
from tenure.lake.reading import Reader

# Columns of the card that state keeps as columns of their own, to sort and filter by.
PROMOTED = (
    "status", "mrr_minor", "currency", "plan", "billing_interval", "quantity", "paying_since_on",
    "left_on", "notice_at", "ends_on", "people_active_30_days", "events_30_days",
)  # fmt: skip
# Of these, what nearly every day of use changes.
OFTEN = ("people_active_30_days", "events_30_days")
# What `customers` says of an account: the columns of the relation `account_told`.
TOLD = ("name", "domain", "traits", "people", "created_at", "last_seen_at")
# How a changed card is written: all of it, or what use changes with or without its last time.
WHOLE, SEEN, USED = "whole", "seen", "used"
_CHANGED = f"""
with

told as (
    select
        account_told.account_id,
        hash(
            account_told.name, account_told.domain, account_told.traits,
            account_told.created_at, account_told.last_seen_at, account_people.people,
            card_digest.of_all
        )
            || '/' || hash(
                account_told.name, account_told.domain, account_told.traits,
                account_told.created_at, account_people.people, card_digest.of_seldom
            )
            || '/' || hash(account_told.last_seen_at, card_digest.of_last_seen)
            as row_digest,
    from account_told
    left join account_people
        on account_people.account_id = account_told.account_id
    left join card_digest
        on card_digest.account_id = account_told.account_id
)

select
    told.account_id,
    told.row_digest,
    case
        when split_part(told.row_digest, '/', 2)
            is distinct from split_part(card_held.row_digest, '/', 2) then '{WHOLE}'
        when split_part(told.row_digest, '/', 3)
            is distinct from split_part(card_held.row_digest, '/', 3) then '{SEEN}'
        else '{USED}'
    end as write,
from told
left join card_held
    on card_held.account_id = told.account_id
where told.row_digest is distinct from card_held.row_digest
"""  # noqa: S608 - words of our own
_IF_NULL = {
    "status": "'never_paid'",
    "mrr_minor": "0",
    "currency": "''",
    "plan": "''",
    "billing_interval": "''",
    "people_active_30_days": "0",
    "events_30_days": "0",
}


def digest_cards(reader: Reader, columns: Mapping[str, Column]) -> None:
    """Reduce each card to three numbers, in the relation `card_digest`: of all its columns, of
    those that state keeps apart and that differ seldom, and of when it was last seen. It asks
    nothing of state.
    """
    seldom = [f"card.{name}" for name in PROMOTED if name not in OFTEN]
    text = f"""
select
    card.account_id,
    hash({", ".join(f"card.{name}" for name in columns)}) as of_all,
    hash({", ".join(seldom)}) as of_seldom,
    hash(card.last_seen_at) as of_last_seen,
from account_card as card
"""  # noqa: S608 - names of the catalogue, which reads them as names
    reader.keep(_statement("card_digest", text, ("account_card",)))


def find_changed(reader: Reader, told: ToldByState) -> int:
    """How many cards have a digest that state does not hold: they are the relation `changed_card`.

    `digest_cards` has to come before.
    """
    reader.register("account_told", told.accounts)
    reader.register("account_people", told.people)
    reader.register("card_held", told.held)
    reads = ("account_told", "account_people", "card_held", "card_digest")
    reader.keep(_statement("changed_card", _CHANGED, reads))
    return reader.relation("changed_card").num_rows


def changed_cards(reader: Reader, columns: Mapping[str, Column], writes: Sequence[str]) -> pa.Table:
    """The changed cards that are written in one of these ways (WHOLE, SEEN, USED): account_id, the
    columns TOLD and PROMOTED, `values`, `row_digest` and `write`, in the order of their ids. After
    `find_changed`.
    """
    reads = ("account_card", "account_told", "account_people", "changed_card")
    return reader.arrow(_statement("card_to_write", _text(columns, writes), reads))


def _statement(name: str, text: str, reads: tuple[str, ...]) -> SqlFile:
    return SqlFile(
        package="tenure.card",
        name=name,
        summary="the cards that differ from those in state.",
        text=text,
        grain="one row per account",
        reads=reads,
        params={},
        columns=(SqlColumn("account_id", "varchar"),),
        rule="card/changed_cards.py",
        made_from="tenure.card/changed_cards.py",
    )


def _text(columns: Mapping[str, Column], writes: Sequence[str]) -> str:
    seen_at = "greatest(account_told.last_seen_at::timestamptz, card.last_seen_at)"
    stored = {
        "name": "account_told.name",
        "domain": "account_told.domain",
        "traits": "account_told.traits",
        "people": "coalesce(account_people.people, 0)",
        "created_at": "account_told.created_at::timestamptz",
        "last_seen_at": seen_at,
    }
    for name in PROMOTED:
        value = f"card.{name}"
        stored[name] = f"coalesce({value}, {_IF_NULL[name]})" if name in _IF_NULL else value
    listed = [f"{value} as {name}" for name, value in stored.items()]
    values = ",\n        ".join(_json_member(column) for column in columns.values())
    return f"""
select
    account_told.account_id,
    {", ".join(listed)},
    '{{' || concat_ws(',',
        {values}
    ) || '}}' as values,
    changed_card.row_digest,
    changed_card.write,
from changed_card
join account_told
    on account_told.account_id = changed_card.account_id
left join account_people
    on account_people.account_id = changed_card.account_id
left join account_card as card
    on card.account_id = changed_card.account_id
where changed_card.write in ({", ".join(f"'{write}'" for write in writes)})
order by changed_card.account_id
"""  # noqa: S608 - names of the catalogue, which reads them as names


def _json_member(column: Column) -> str:
    value = f"card.{column.name}"
    differs = f"{value} is not null"
    if column.default is not None:
        differs = f"{value} is distinct from {column.default_literal}"
    return f"case when {differs} then '\"{column.name}\":' || to_json({value})::varchar end"
