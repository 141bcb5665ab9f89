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

from tenure.base.home import Home
from tenure.card.catalogue import account_columns, stored_columns
from tenure.card.changed_cards import (
    PROMOTED,
    TOLD,
    changed_cards,
    digest_cards,
    find_changed,
)
from tenure.card.models import AccountCard
from tenure.card.told_by_state import StateReading, ToldByState
from tenure.customers.chunks import write_in_chunks
from tenure.customers.models import Account
from tenure.customers.upsert import Write, update_rows, upsert_rows
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh

MEMORY = "2GB"
_LOG_PAGES, _LOG_PAGES_ELSE = 16_000, 1_000  # of 4 kB, after which SQLite empties its log
_ASKED_AT_ONCE = 10_000
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


def refresh_lake_and_cards(
    home: Home, now: datetime, packages: Sequence[str] | None = None
) -> CardsRefreshed:
    """How many cards changed, once everything derived in the lake follows from what was shipped.

    State is read while the lake puts cards together, which keeps one core busy. What becomes of it
    meanwhile is seen by the next refresh. Raises as `refresh` does.
    """
    with StateReading() as state:
        refresh(home, now, packages=packages, beside_last=state.begin)
        return refresh_cards(home, now, packages, state)


def refresh_cards(
    home: Home,
    now: datetime,
    packages: Sequence[str] | None = None,
    state: StateReading | None = None,
) -> CardsRefreshed:
    """How many cards changed, now in state: one for each account, with billing or without.

    Reads what the last refresh of the lake published, for the day that it was made for. A crash
    leaves some cards new and some old; the next call writes the rest.
    """
    columns = stored_columns(account_columns(packages))
    with (
        state or StateReading() as reading_state,
        reading(home, memory_limit=MEMORY, packages=packages) as reader,
        ThreadPoolExecutor(1) as beside,
    ):
        reading_state.begin()
        digest_cards(reader, columns, _INDEXED)
        told = reading_state.told()
        changed = find_changed(reader, told)
        moved = changed_cards(reader, columns, moved=True)
        making = beside.submit(changed_cards, reader, columns, moved=False)
        gone = _gone(told)
        with _made_again_after_a_power_cut():
            # Chunks of places: making rows of a chunk is part of the time that the lock stays free.
            write_in_chunks(range(moved.num_rows), partial(_written, moved))
            same = making.result()
            write_in_chunks(range(same.num_rows), partial(_set, same))
            write_in_chunks(gone, _removed)
            # Who was forgotten since state was read is not to come back with what was read of them.
            back = _without_account(moved["account_id"].to_pylist())
            write_in_chunks(back, _removed)
    return CardsRefreshed(told.accounts.num_rows - len(back), changed - len(back), len(gone))


def _gone(told: ToldByState) -> list[str]:
    """The cards of accounts that there are no more."""
    ids = told.held["account_id"]
    is_there = pc.is_in(ids, told.accounts["account_id"])
    return sorted(ids.filter(pc.invert(is_there)).to_pylist())


def _without_account(account_ids: Sequence[str]) -> list[str]:
    """Of these, written a moment ago, the accounts that state has no more. Asked after writing: who
    is forgotten after that finds the card and takes it away.
    """
    there: set[str] = set()
    for start in range(0, len(account_ids), _ASKED_AT_ONCE):
        part = account_ids[start : start + _ASKED_AT_ONCE]
        there.update(Account.objects.filter(pk__in=part).values_list("pk", flat=True))
    return sorted(set(account_ids) - there)


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
