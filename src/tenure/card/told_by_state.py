"""What state says of all accounts, in columns: a hundred thousand rows in some hundredths of a
second, and without keeping other threads of this process from working.

SQLite hands over row by row, and Python makes each value: that takes longer than reading, and every
row waits for Python's lock. One JSON list for each column comes in one step.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.db.models import Count, QuerySet

from tenure.card.models import AccountCard
from tenure.customers.models import Membership
from tenure.customers.whole import (
    TOLD_OF_ACCOUNT,
    joined_accounts,
    plain_accounts,
    plain_accounts_in_place,
)

Read = TypeVar("Read")
AT_ONCE = 20_000  # accounts, whose traits may be long: SQLite holds no more than 1 GB in one value


class ToldByState(NamedTuple):
    """What state says, as three relations: see the functions that give them."""

    accounts: pa.Table
    people: pa.Table
    held: pa.Table


class StateReading:
    """State as it is read in threads of their own, which a `with` block waits for.

    Another connection sees nothing of a transaction that is open: then `told` reads it itself.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(2)
        self._begun: list[Future] = []

    def __enter__(self) -> "StateReading":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def begin(self) -> None:
        """Begin to read, if nobody has; returns at once."""
        if not self._begun and not connection.in_atomic_block:
            self._begun = [
                self._pool.submit(_apart, people_of_accounts),
                self._pool.submit(_apart, lambda: (told_of_accounts(), held_cards())),
            ]

    def told(self) -> ToldByState:
        """What was read, since `begin` or now."""
        self.begin()
        if not self._begun:
            return ToldByState(told_of_accounts(), people_of_accounts(), held_cards())
        people, (accounts, held) = (each.result() for each in self._begun)
        return ToldByState(accounts, people, held)


def _apart(read: Callable[[], Read]) -> Read:
    """Read on a connection that this thread alone uses."""
    try:
        return read()
    finally:
        connection.close()


def told_of_accounts(at_once: int = AT_ONCE) -> pa.Table:
    """TOLD_OF_ACCOUNT of every canonical account, as text."""
    schema = pa.schema([(name, pa.string()) for name in TOLD_OF_ACCOUNT])
    if connection.vendor == "sqlite":
        plain = _in_parts(schema, at_once)
    else:
        plain = _columns_of(plain_accounts(), schema)
    joined = list(joined_accounts())
    if not joined:
        return plain
    columns = [pa.array(values, pa.string()) for values in zip(*joined, strict=True)]
    whole = pa.table(columns, schema=schema)
    is_joined = pc.is_in(plain["account_id"], columns[0])
    return pa.concat_tables([plain.filter(pc.invert(is_joined)), whole])


def people_of_accounts() -> pa.Table:
    """How many people belong to each account that has any: account_id, people."""
    members = Membership.objects.filter(until_at=None).values_list("account_id")
    counted = members.annotate(people=Count("person_id", distinct=True))
    return _columns_of(counted, pa.schema([("account_id", pa.string()), ("people", pa.int64())]))


def held_cards() -> pa.Table:
    """Which cards state holds, and what each was made of: account_id, row_digest."""
    names = ("account_id", "row_digest")
    held = AccountCard.objects.values_list(*names)
    return _columns_of(held, pa.schema([(name, pa.string()) for name in names]))


def _in_parts(schema: pa.Schema, at_once: int) -> pa.Table:
    """Plain accounts, so many at once as lie one after the other in SQLite's file."""
    placed = schema.append(pa.field("place", pa.int64()))
    parts = [_columns_of(plain_accounts_in_place(-1)[:at_once], placed)]
    while parts[-1].num_rows == at_once:
        last = parts[-1]["place"][-1].as_py()
        parts.append(_columns_of(plain_accounts_in_place(last)[:at_once], placed))
    return pa.concat_tables(parts).select(schema.names)


def _columns_of(query: QuerySet, schema: pa.Schema) -> pa.Table:
    """The rows of a query of as many columns as `schema` has, text and numbers alone."""
    sql, params = query.query.sql_with_params()
    names = ", ".join(f"c{place}" for place in range(len(schema)))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            lists = ", ".join(f"json_group_array(c{place})" for place in range(len(schema)))
            cursor.execute(f"with listed({names}) as ({sql}) select {lists} from listed", params)  # noqa: S608
            columns = [msgspec.json.decode(text) for text in cursor.fetchone()]
        else:
            cursor.execute(sql, params)
            columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(schema)
    return pa.table(
        [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)],
        schema=schema,
    )
