"""The inbox as one SQLite file, shared by the processes of one machine."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from tenure.base.errors import Unavailable
from tenure.lake.inbox import (
    ARRIVALS_PER_BATCH,
    Arrival,
    Batch,
    Depth,
    pack_body,
    unpack_body,
)

# No process may keep the lock for longer than about 20 ms: others have clients waiting.
BYTES_PER_TRANSACTION = 2 * 1024 * 1024  # compressed
ROWS_PER_DELETE = 200
BUSY_SECONDS = 20.0
# SQLite's own waiting doubles up to 100 ms and starves beside a bulk writer; look more often.
POLL_SECONDS = 0.001
# What a bulk writer leaves between two transactions, for others to slip in.
PAUSE_SECONDS = 0.003
# SQLite's log is put into its file by whoever commits when it has so many pages: by a web process
# while somebody waits for an answer. The shipper does it long before, when it lets a batch go.
LOG_PAGES_MOST = 4096
LOG_PAGES = 1024  # then writers are kept out for the moment it takes to begin the log anew
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

_TABLES = (
    # An id is never used twice: a batch must not take in a later row with an old number.
    """
    create table if not exists arrival (
        id integer primary key autoincrement,
        kind text not null,
        source text not null,
        received_at integer not null,  -- microseconds since 1970, UTC
        meta text not null,            -- JSON object
        size integer not null,         -- of the body, uncompressed
        body blob not null             -- zstd
    )
    """,
    """
    create table if not exists batch (
        number integer primary key,
        opened_at text not null,
        released_at text               -- null while it is on its way
    )
    """,
    """
    create table if not exists member (
        arrival_id integer primary key,
        batch integer not null
    )
    """,
)


class SqliteInbox:
    """Arrivals in a file of their own, in WAL mode, fsynced at each commit."""

    database_url = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=0, isolation_level=None, check_same_thread=False
            )
            # Bodies of some kilobytes fit a page, so that deleting them walks no overflow chains.
            self._connection.execute("pragma page_size = 16384")
            self._patiently("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = full")
            self._connection.execute(f"pragma wal_autocheckpoint = {LOG_PAGES_MOST}")
            # Overwriting what was released would write every page of it once more; `scrub` does
            # it for whom it matters.
            self._connection.execute("pragma secure_delete = fast")
            self._patiently("begin immediate")
            for statement in _TABLES:
                self._connection.execute(statement)
            self._connection.execute("commit")
        except (sqlite3.Error, OSError) as error:
            raise Unavailable(f"{path}: the inbox cannot be opened ({error})") from error

    def append(self, arrivals: Sequence[Arrival]) -> None:
        rows = [
            (
                each.kind,
                each.source,
                (each.received_at - _EPOCH) // _MICROSECOND,
                msgspec.json.encode(each.meta).decode(),
                len(each.body),
                pack_body(each.body),
            )
            for each in arrivals
        ]
        for i, chunk in enumerate(_chunks(rows)):
            if i:
                time.sleep(PAUSE_SECONDS)
            with self._writing() as connection:
                connection.executemany(
                    "insert into arrival (kind, source, received_at, meta, size, body) "
                    "values (?, ?, ?, ?, ?, ?)",
                    chunk,
                )

    def depth(self) -> Depth:
        with self._lock, self._sayable():
            row = self._patiently(
                "select count(*), coalesce(sum(size), 0), min(received_at) from arrival"
            ).fetchone()
        return Depth(row[0], row[1], None if row[2] is None else _instant(row[2]))

    def is_empty(self) -> bool:
        with self._lock, self._sayable():
            # A batch whose members are gone may still wait to be noted as released.
            found = self._patiently(
                "select exists (select 1 from arrival) "
                "or exists (select 1 from batch where released_at is null)"
            ).fetchone()
        return not found[0]

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def open_batch(self, *, after: int, now: datetime, max_bytes: int) -> Batch | None:
        with self._writing() as connection:
            unfinished = connection.execute(
                "select number from batch where released_at is null"
            ).fetchone()
            if unfinished is None:
                ids = self._next_ids(connection, max_bytes)
                if not ids:
                    return None
                newest = connection.execute("select coalesce(max(number), 0) from batch").fetchone()
                number = max(after, newest[0]) + 1
                connection.execute(
                    "insert into batch (number, opened_at) values (?, ?)", (number, now.isoformat())
                )
                connection.executemany(
                    "insert into member (arrival_id, batch) values (?, ?)",
                    [(each, number) for each in ids],
                )
            else:
                number = unfinished[0]
            counted = connection.execute(
                "select count(*), coalesce(sum(size), 0) from member "
                "join arrival on arrival.id = member.arrival_id where member.batch = ?",
                (number,),
            ).fetchone()
        return Batch(number, counted[0], counted[1])

    def arrivals(self, batch: int) -> list[Arrival]:
        with self._lock, self._sayable():
            rows = self._patiently(
                "select kind, source, received_at, meta, body from member "
                "join arrival on arrival.id = member.arrival_id "
                "where member.batch = ? order by arrival.id",
                (batch,),
            ).fetchall()
        return [
            Arrival(kind, source, _instant(at), unpack_body(body), msgspec.json.decode(meta))
            for kind, source, at, meta, body in rows
        ]

    def release(self, batch: int, now: datetime) -> None:
        # Members go with their arrivals, so a release that was cut short goes on where it was, and
        # one that a power cut takes back is done again. So nobody waits for the disk behind it.
        while self._release_some(batch, now):
            time.sleep(PAUSE_SECONDS)
        self._shorten_log()

    def _release_some(self, batch: int, now: datetime) -> bool:
        """Whether more members may be left."""
        with self._writing(waits_for_disk=False) as connection:
            ids = connection.execute(
                "select arrival_id from member where batch = ? limit ?",
                (batch, ROWS_PER_DELETE),
            ).fetchall()
            connection.executemany("delete from arrival where id = ?", ids)
            connection.executemany("delete from member where arrival_id = ?", ids)
            if not ids:
                connection.execute(
                    "update batch set released_at = ? where number = ?",
                    (now.isoformat(), batch),
                )
                connection.execute("delete from batch where number < ?", (batch - 1000,))
        return bool(ids)

    def _shorten_log(self) -> None:
        """Put SQLite's log into its file, beside whoever writes."""
        with self._lock, self._sayable():
            _, pages, _ = self._patiently("pragma wal_checkpoint(passive)").fetchone()
            if pages >= LOG_PAGES:
                # Somebody always wrote meanwhile, so it was never begun anew. Little is left now.
                self._patiently("pragma wal_checkpoint(restart)")

    def scrub(self) -> None:
        until = time.monotonic() + BUSY_SECONDS
        with self._lock, self._sayable():
            self._patiently("vacuum")
            # A reader elsewhere makes this answer "busy", and what we want gone stays in the log.
            while self._patiently("pragma wal_checkpoint(truncate)").fetchone()[0]:
                if time.monotonic() > until:
                    raise Unavailable(
                        f"{self._path}: another process keeps reading the inbox, so released "
                        "bodies are still in its log; try again"
                    )
                time.sleep(PAUSE_SECONDS)

    def durability(self) -> dict[str, object]:
        """The settings on which the promise of `append` rests, as the file's driver has them."""
        with self._lock, self._sayable():
            return {
                name: self._connection.execute(f"pragma {name}").fetchone()[0]
                for name in ("journal_mode", "synchronous")
            }

    @staticmethod
    def _next_ids(connection: sqlite3.Connection, max_bytes: int) -> list[int]:
        """Arrivals without a batch, in order, until they are `max_bytes` together."""
        ids: list[int] = []
        total = 0
        rows = connection.execute(
            "select id, size from arrival where id not in (select arrival_id from member) "
            "order by id limit ?",
            (ARRIVALS_PER_BATCH,),
        )
        for each, size in rows:
            if ids and total + size > max_bytes:
                break
            ids.append(each)
            total += size
        return ids

    @contextmanager
    def _writing(self, *, waits_for_disk: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on disk afterwards, or none of it is there.

        Without waiting it is there for everybody, and on disk no later than what is written next.
        """
        with self._lock, self._sayable(), self._waiting_for_disk(waits_for_disk):
            self._patiently("begin immediate")
            try:
                yield self._connection
                self._connection.execute("commit")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("rollback")

    @contextmanager
    def _waiting_for_disk(self, is_wanted: bool) -> Iterator[None]:
        if is_wanted:
            yield
            return
        self._connection.execute("pragma synchronous = normal")
        try:
            yield
        finally:
            self._connection.execute("pragma synchronous = full")

    def _patiently(self, statement: str, params: tuple = ()) -> sqlite3.Cursor:
        """Execute what may find the file locked by another process, until it does not."""
        until = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                return self._connection.execute(statement, params)
            except sqlite3.OperationalError as error:
                # The low byte is SQLITE_BUSY, whatever the reason in the others.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                if time.monotonic() > until:
                    raise
            time.sleep(POLL_SECONDS)

    @contextmanager
    def _sayable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise Unavailable(
                f"{self._path}: the inbox cannot be used ({error}); send it again"
            ) from error


def _chunks(rows: Sequence[tuple]) -> Iterator[list[tuple]]:
    chunk: list[tuple] = []
    weight = 0
    for row in rows:
        chunk.append(row)
        weight += len(row[-1])
        if weight >= BYTES_PER_TRANSACTION:
            yield chunk
            chunk, weight = [], 0
    if chunk:
        yield chunk


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
