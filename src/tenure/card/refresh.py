"""Account cards as they are now, written to state where a point read takes a millisecond.

A card is what the lake computes (`account_card`, see `catalogue.toml`) beside what `customers` says
of who it is. The lake's own engine compares: it is told what state holds of each card, a digest,
and gives only the cards that differ. So whatever was killed before it ended is made good by the
next call, and an account without news is not written, though a day has passed.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Event
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from tenure.base.home import Home
from tenure.card.catalogue import ACCOUNT, account_columns, stored_columns
from tenure.card.changed_cards import (
    OFTEN,
    PROMOTED,
    SEEN,
    TOLD,
    USED,
    WHOLE,
    changed_cards,
    digest_cards,
    find_changed,
)
from tenure.card.models import AccountCard
from tenure.card.told_by_state import StateReading, ToldByState
from tenure.customers.chunks import write_in_chunks
from tenure.customers.models import Account
from tenure.customers.upsert import Write, update_rows, upsert_rows
from tenure.kit.wide_relation import Column
from tenure.lake.reading import Reader, reading
from tenure.lake.refresh import refresh

MEMORY = "2GB"
_LOG_PAGES = 1_000  # of 4 kB, after which SQLite empties its log by itself
_LOG_EVERY_S = 0.2
_ASKED_AT_ONCE = 10_000
_JSON = ("traits", "values")
_NAMES = ("account_id", *TOLD, *PROMOTED, "values", "row_digest")
# State finds cards by when they were last seen, among others: setting one of those, even to what it
# was, costs as much as all the others.
_USED = (*OFTEN, "values", "row_digest")
_SEEN = (*_USED, "last_seen_at")
_REST_SHARE = 0.5  # of the time that a chunk held SQLite's lock


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

    State is read while the lake puts cards together, which keeps one core busy. Cards made in whole
    are taken from memory while the lake writes them, so state has them a moment before the lake
    publishes: what ends in between is made good by the next refresh. What becomes of state
    meanwhile is seen by the next refresh, too. Raises as `refresh` does.
    """
    done: list[CardsRefreshed] = []
    columns = stored_columns(account_columns(packages))
    with StateReading() as state:

        def take(relation: str, reader: Reader) -> None:
            if relation == ACCOUNT:
                done.append(_brought_up(reader, columns, state))

        refresh(home, now, packages=packages, beside_last=state.begin, beside_write=take)
        return done[0] if done else refresh_cards(home, now, packages, state)


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
    ):
        return _brought_up(reader, columns, reading_state)


def _brought_up(
    reader: Reader, columns: Mapping[str, Column], reading_state: StateReading
) -> CardsRefreshed:
    """Write to state the cards that differ from those that `reader` has."""
    reading_state.begin()
    digest_cards(reader, columns)
    told = reading_state.told()
    changed = find_changed(reader, told)
    some = changed_cards(reader, columns, [WHOLE, SEEN])
    whole, seen = (some.filter(pc.equal(some["write"], write)) for write in (WHOLE, SEEN))
    with ThreadPoolExecutor(1) as beside, _made_again_after_a_power_cut():
        making = beside.submit(changed_cards, reader, columns, [USED])
        # Chunks of places: making rows of a chunk is part of the time that the lock stays free.
        _write(range(whole.num_rows), partial(_written, whole))
        _write(range(seen.num_rows), partial(_set, seen, _SEEN))
        gone = _gone(told)
        _write(gone, _removed)
        used = making.result()
        _write(range(used.num_rows), partial(_set, used, _USED))
        # Who was forgotten since state was read is not to come back with what was read of them.
        back = _without_account(whole["account_id"].to_pylist())
        _write(back, _removed)
    return CardsRefreshed(told.accounts.num_rows - len(back), changed - len(back), len(gone))


def _write(rows: Sequence, prepare: Callable[[Sequence], Write]) -> None:
    """In chunks, with SQLite's lock free half as long as it was held: that is a third of the time,
    and nobody waits for state who has to answer at once.
    """
    write_in_chunks(rows, prepare, rest=lambda seconds: time.sleep(seconds * _REST_SHARE))


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
    else still waits, and takes these to the disk with it. SQLite's log is put into its file beside
    the writing, and by nobody who has to wait for it.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("pragma synchronous = normal")
        cursor.execute("pragma wal_autocheckpoint = 0")
    is_written, beside = Event(), ThreadPoolExecutor(1)
    try:
        beside.submit(_empty_the_log, is_written)
        yield
    finally:
        is_written.set()
        # Nobody waits for the end of it: cards are there already.
        beside.shutdown(wait=False)
        with connection.cursor() as cursor:
            cursor.execute(f"pragma wal_autocheckpoint = {_LOG_PAGES}")
            cursor.execute("pragma synchronous = full")


def _empty_the_log(is_written: Event) -> None:
    """Put SQLite's log into its file again and again, and once more when all is written."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("pragma synchronous = normal")
            is_last = False
            while not is_last:
                is_last = is_written.wait(_LOG_EVERY_S)
                cursor.execute("pragma wal_checkpoint(passive)")
    finally:
        connection.close()


def _rows(changed: pa.Table, places: Sequence[int], names: Sequence[str]) -> list[tuple]:
    part = changed.slice(places[0], len(places))
    columns = {name: part[name].to_pylist() for name in names}
    for name in _JSON:
        if name in columns:
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


def _set(changed: pa.Table, names: Sequence[str], places: Sequence[int]) -> Write:
    return update_rows(AccountCard, names, _rows(changed, places, (*names, "account_id")))


def _removed(account_ids: Sequence[str]) -> Write:
    return AccountCard.objects.filter(account_id__in=account_ids).delete
