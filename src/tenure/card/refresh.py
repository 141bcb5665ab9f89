"""Account cards as they are now, written to state where a point read takes a millisecond.

A card is what the lake computes (`account_card`, see `catalogue.toml`) beside what `customers` says
of who it is. The lake's own engine compares: it is told what state holds of each card, a digest,
and gives only the cards that differ. So whatever was killed before it ended is made good by the
next call, and an account without news is not written, though a day has passed.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from django.db.models import Count, QuerySet

from tenure.base.home import Home
from tenure.card.catalogue import account_columns, stored_columns
from tenure.card.changed_cards import PROMOTED, TOLD, changed_cards, digest_cards
from tenure.card.models import AccountCard
from tenure.customers.chunks import write_in_chunks
from tenure.customers.models import Membership
from tenure.customers.upsert import Write, update_rows, upsert_rows
from tenure.customers.whole import TOLD_OF_ACCOUNT, told_of_accounts
from tenure.lake.reading import reading

MEMORY = "2GB"
_LOG_PAGES, _LOG_PAGES_ELSE = 16_000, 1_000  # of 4 kB, after which SQLite empties its log
_TYPES = {"people": pa.int64()}
_JSON = ("traits", "values")
_NAMES = ("account_id", *TOLD, *PROMOTED, "values", "row_digest")
# State finds cards by these: setting one, even to what it was, costs as much as all the others.
_INDEXED = tuple(field.name for field in AccountCard._meta.fields if field.db_index)
_UNINDEXED = tuple(name for name in _NAMES if name not in ("account_id", *_INDEXED))


@dataclass(frozen=True, slots=True)
class CardsRefreshed:
    """How many accounts have a card, and how many cards were written or removed."""

    cards: int
    written: int
    removed: int


def refresh_cards(
    home: Home, now: datetime, packages: Sequence[str] | None = None
) -> CardsRefreshed:
    """How many cards changed, now in state: one for each account, with billing or without.

    Reads what the last refresh of the lake published, for the day that it was made for. A crash
    leaves some cards new and some old; the next call writes the rest.
    """
    columns = stored_columns(account_columns(packages))
    with reading(home, memory_limit=MEMORY, packages=packages) as reader:
        with ThreadPoolExecutor(1) as beside:
            digested = beside.submit(digest_cards, reader, columns, _INDEXED)
            told, held = _told(), _held()
            digested.result()
        changed = changed_cards(reader, columns, told, held)
    gone = sorted(_ids(held) - _ids(told))
    moved = changed.filter(changed["is_moved"])
    same = changed.filter(pc.invert(changed["is_moved"]))
    with _made_again_after_a_power_cut():
        # Chunks of places: making rows of a chunk is part of the time that the lock stays free.
        write_in_chunks(range(moved.num_rows), partial(_written, moved))
        write_in_chunks(range(same.num_rows), partial(_set, same))
        write_in_chunks(gone, _removed)
    return CardsRefreshed(told.num_rows, changed.num_rows, len(gone))


@contextmanager
def _made_again_after_a_power_cut() -> Iterator[None]:
    """Commit without waiting for the disk, which takes longer than writing and holds SQLite's only
    lock: what a power cut takes away of cards, the next refresh finds missing. A commit of anybody
    else still waits, and takes these to the disk with it. SQLite's log is put into its file at the
    end, once, and not after every fourth chunk.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("pragma synchronous = normal")
        cursor.execute(f"pragma wal_autocheckpoint = {_LOG_PAGES}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("pragma wal_checkpoint(passive)")
            cursor.execute(f"pragma wal_autocheckpoint = {_LOG_PAGES_ELSE}")
            cursor.execute("pragma synchronous = full")


def _told() -> pa.Table:
    """What `customers` says of each account there is; how many people belong to it among that."""
    members = Membership.objects.filter(until_at=None).values_list("account_id")
    people = dict(_rows_of(members.annotate(Count("person_id", distinct=True))))
    columns = list(zip(*told_of_accounts(), strict=True)) or [()] * len(TOLD_OF_ACCOUNT)
    told = dict(zip(TOLD_OF_ACCOUNT, columns, strict=True))
    told["people"] = [people.get(account_id, 0) for account_id in told["account_id"]]
    return pa.table(
        {name: pa.array(values, _TYPES.get(name, pa.string())) for name, values in told.items()}
    )


def _held() -> pa.Table:
    names = ("account_id", "row_digest")
    columns = list(zip(*_rows_of(AccountCard.objects.values_list(*names)), strict=True))
    return pa.table([pa.array(values, pa.string()) for values in columns or [(), ()]], names)


def _rows_of(query: QuerySet) -> list[tuple]:
    """The rows as the driver gives them: nothing is made of the values, of which there are many."""
    with connection.cursor() as cursor:
        cursor.execute(*query.query.sql_with_params())
        return cursor.fetchall()


def _ids(rows: pa.Table) -> set[str]:
    return set(rows["account_id"].to_pylist())


def _rows(changed: pa.Table, places: Sequence[int], names: Sequence[str]) -> list[tuple]:
    part = changed.slice(places[0], len(places))
    columns = {name: part[name].to_pylist() for name in names}
    for name in _JSON:
        columns[name] = [_storable(text) for text in columns[name]]
    return list(zip(*columns.values(), strict=True))


def _storable(text: str) -> str:
    """JSON without NULs, which PostgreSQL refuses in any escape."""
    if "\\u0000" not in text:
        return text
    return json.dumps(_without_nul(json.loads(text)), ensure_ascii=False)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(each) for key, each in value.items()}
    return value


def _written(changed: pa.Table, places: Sequence[int]) -> Write:
    return upsert_rows(AccountCard, _NAMES, _rows(changed, places, _NAMES), ["account_id"])


def _set(changed: pa.Table, places: Sequence[int]) -> Write:
    rows = _rows(changed, places, (*_UNINDEXED, "account_id"))
    return update_rows(AccountCard, _UNINDEXED, rows)


def _removed(account_ids: Sequence[str]) -> Write:
    return AccountCard.objects.filter(account_id__in=account_ids).delete
