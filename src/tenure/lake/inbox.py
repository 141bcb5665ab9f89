"""Where a body lies from the moment we say yes to it until it is in the lake.

One compressed row per request, in a file (`inbox_sqlite`) or in PostgreSQL (`inbox_postgres`), with
no unique index: dropping duplicates is the shipper's work, against a key set made for it.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import zstandard

from tenure.base.errors import TenureError, Unavailable
from tenure.base.home import Home

# So many members are written in some 20 ms, which is how long others may have to wait.
ARRIVALS_PER_BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """One accepted body and what its decoder needs beside it."""

    kind: str  # names the decoder: "segment", "posthog", "rows"
    source: str  # slug of the write key or import
    received_at: datetime
    body: bytes  # uncompressed
    meta: dict[str, str]  # ip, user agent, path, retry count


@dataclass(frozen=True, slots=True)
class Depth:
    """What has arrived and is not in the lake yet."""

    rows: int
    bytes: int  # uncompressed
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Batch:
    """The arrivals that go into the lake together; which ones, the inbox has written down."""

    number: int
    arrivals: int
    bytes: int  # uncompressed


class Inbox(Protocol):
    """Durable arrival, for the writers above the line and for the one shipper below it."""

    database_url: str  # empty for a file

    def append(self, arrivals: Sequence[Arrival]) -> None:
        """On disk when it returns. Raises Unavailable, and then some may be stored all the same."""

    def depth(self) -> Depth: ...

    def is_empty(self) -> bool:
        """Whether everything that arrived is in the lake; quicker than `depth`."""

    def close(self) -> None: ...

    def open_batch(self, *, after: int, now: datetime, max_bytes: int) -> Batch | None:
        """The unfinished batch of a shipper that died, else a new one numbered above `after`.

        None when nothing waits. At least one arrival, and as many more as `max_bytes` allow.
        """

    def arrivals(self, batch: int) -> list[Arrival]:
        """The members of a batch in order of arrival."""

    def release(self, batch: int, now: datetime) -> None:
        """Forget the members of a batch that is in the lake."""

    def scrub(self) -> None:
        """Take what was released off the disk as well, for a person who wants to be forgotten."""


def open_inbox(home: Home, database_url: str = "") -> Inbox:
    """The inbox of an installation: its own SQLite file, or PostgreSQL where a database is named.

    Raises Unavailable when it cannot be opened.
    """
    # Only one of the two drivers is needed in a process.
    if database_url:
        from tenure.lake.inbox_postgres import PostgresInbox

        return PostgresInbox(database_url)
    from tenure.lake.inbox_sqlite import SqliteInbox

    return SqliteInbox(home.inbox_file)


def pack_body(body: bytes) -> bytes:
    # A compressor is not safe to share between threads, and costs a microsecond to make.
    return zstandard.ZstdCompressor(level=1).compress(body)


def unpack_body(packed: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(packed)


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrival: Arrival
    stored: asyncio.Future
    since: float


class GroupCommit:
    """Many requests, one fsync: while one group is on its way to the disk the next one gathers.

    A request is refused at once, with Unavailable, when more than `max_bytes` wait or when the
    oldest has waited longer than `max_seconds`: a slow disk must not become a full memory.
    """

    def __init__(
        self,
        inbox: Inbox,
        *,
        max_bytes: int = 64 * 1024 * 1024,
        max_seconds: float = 10.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inbox = inbox
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._monotonic = monotonic
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0  # waiting or on its way
        self._oldest: float | None = None  # of the group on its way
        self._news = threading.Condition()
        self._is_closed = False
        self._writer = threading.Thread(target=self._write, name="inbox-writer", daemon=True)
        self._writer.start()

    async def append(self, arrival: Arrival) -> None:
        """On disk when it returns.

        Raises Unavailable when the inbox cannot keep up or cannot be written; send it again then.
        """
        stored = asyncio.get_running_loop().create_future()
        with self._news:
            self._refuse_if_behind(len(arrival.body))
            self._waiting.append(_Waiting(arrival, stored, self._monotonic()))
            self._bytes += len(arrival.body)
            self._news.notify()
        await stored

    def close(self) -> None:
        """Write what waits, answer everybody, and end the writer. The inbox stays open."""
        with self._news:
            self._is_closed = True
            self._news.notify()
        self._writer.join()

    def _refuse_if_behind(self, new_bytes: int) -> None:
        if self._is_closed:
            raise Unavailable("this process is stopping and takes in nothing more; send it again")
        # A single body over the limit still passes an idle writer: its size is limited elsewhere.
        if self._bytes and self._bytes + new_bytes > self._max_bytes:
            raise Unavailable(
                f"{self._bytes} bytes wait to be written, and {self._max_bytes} are the limit; "
                "send it again in a few seconds"
            )
        oldest = self._oldest
        if oldest is None and self._waiting:
            oldest = self._waiting[0].since
        behind = self._monotonic() - oldest if oldest is not None else 0.0
        if behind > self._max_seconds:
            raise Unavailable(
                f"the inbox is {behind:.0f} s behind, and {self._max_seconds:.0f} s are the limit; "
                "send it again in a few seconds"
            )

    def _write(self) -> None:
        while group := self._next_group():
            error: TenureError | None = None
            try:
                self._inbox.append([each.arrival for each in group])
            except TenureError as refused:
                error = refused
            # Whatever it was, each waiter must hear of it, and the next group gets its chance.
            except Exception as unexpected:
                error = Unavailable(f"the inbox cannot be written ({unexpected}); send it again")
                error.__cause__ = unexpected
            with self._news:
                self._bytes -= sum(len(each.arrival.body) for each in group)
                self._oldest = None
            _answer(group, error)

    def _next_group(self) -> list[_Waiting]:
        with self._news:
            self._news.wait_for(lambda: self._waiting or self._is_closed)
            group = list(self._waiting)
            self._waiting.clear()
            self._oldest = group[0].since if group else None
            return group


def _answer(group: Sequence[_Waiting], error: TenureError | None) -> None:
    """Wake the waiters, with one message to each event loop among them."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future]] = {}
    for each in group:
        by_loop.setdefault(each.stored.get_loop(), []).append(each.stored)

    def settle(futures: list[asyncio.Future]) -> None:
        for future in futures:
            if future.done():  # the client went away while we wrote
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(type(error)(error.message))

    for loop, futures in by_loop.items():
        # A loop that was closed has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, futures)
