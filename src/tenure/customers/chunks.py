"""Many rows into state, without keeping anybody else waiting for its lock."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import transaction

Row = TypeVar("Row")

LOCK_S = 0.015  # what one chunk aims at; nobody may hold the lock for more than 20 ms
FEWEST, MOST = 25, 2_000


def write_in_chunks(
    rows: Sequence[Row],
    write: Callable[[Sequence[Row]], None],
    *,
    rest: Callable[[float], None] = time.sleep,
) -> None:
    """Hand all `rows` to `write`, chunk by chunk, each in a transaction of its own.

    The size of a chunk follows from how long the last one held the lock, and after each one the
    lock stays free as long as it was held: SQLite has no queue, whoever asks in a pause gets it.
    """
    size, start = 200, 0
    while start < len(rows):
        chunk = rows[start : start + size]
        started = time.perf_counter()
        with transaction.atomic():
            write(chunk)
        held_s = time.perf_counter() - started
        start += len(chunk)
        if start < len(rows):
            rest(held_s)
        size = max(FEWEST, min(MOST, round(len(chunk) * LOCK_S / max(held_s, 0.001))))
