"""Many rows into state, without keeping anybody else waiting for its lock."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import transaction

Row = TypeVar("Row")
Write = Callable[[], object]

LOCK_S = 0.010  # what one chunk aims at; nobody may hold the lock for more than 20 ms
FEWEST, MOST = 100, 4_000


class Stale(Exception):
    """What a chunk was prepared from has changed since; it has to be prepared again."""


def write_in_chunks(
    rows: Sequence[Row],
    prepare: Callable[[Sequence[Row]], Write],
    *,
    guard: Callable[[], Write] = lambda: lambda: None,
    rest: Callable[[float], None] = time.sleep,
) -> None:
    """Write all `rows`, chunk by chunk: `prepare` reads and decides, what it returns only writes.

    Only the write runs in a transaction. `guard` is called before each preparation, and what it
    returns first thing in the transaction: it raises Stale when others changed what was read. The
    size of a chunk follows from how long the last one held the lock, and after each one the lock
    stays free as long as it was held, preparing the next one included: SQLite has no queue, whoever
    asks in a pause gets it.
    """
    size, start = 2 * FEWEST, 0
    while start < len(rows):
        chunk = rows[start : start + size]
        begun = time.perf_counter()
        check = guard()
        write = prepare(chunk)
        prepared_s = time.perf_counter() - begun
        try:
            with transaction.atomic():
                started = time.perf_counter()
                check()
                write()
        except Stale:
            continue
        held_s = time.perf_counter() - started
        start += len(chunk)
        if start < len(rows):
            rest(max(0.0, held_s - prepared_s))
        size = max(FEWEST, min(MOST, 2 * size, round(len(chunk) * LOCK_S / max(held_s, 0.001))))
