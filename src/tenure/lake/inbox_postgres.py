"""The inbox in PostgreSQL, shared by any number of machines."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
import psycopg

from tenure.base.errors import Unavailable
from tenure.lake.inbox import (
    ARRIVALS_PER_BATCH,
    Arrival,
    Batch,
    Depth,
    pack_body,
    unpack_body,
)

_TABLES = """
    create table if not exists inbox_arrival (
        id bigint generated always as identity primary key,
        kind text not null,
        source text not null,
        received_at timestamptz not null,
        meta text not null,
        size bigint not null,
        body bytea not null
    );
    -- Already compressed: do not try again.
    alter table inbox_arrival alter column body set storage external;
    create table if not exists inbox_batch (
        number bigint primary key,
        opened_at timestamptz not null,
        released_at timestamptz
    );
    create table if not exists inbox_member (
        arrival_id bigint primary key,
        batch bigint not null
    );
"""


class PostgresInbox:
    """Arrivals in three tables, over one connection that is made again when it breaks."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self._lock = threading.Lock()
        self._connection: psycopg.Connection | None = None
        with self._transaction() as connection:
            # `create table if not exists` of two processes at once fails for one of them.
            connection.execute("select pg_advisory_xact_lock(hashtext('tenure inbox tables'))")
            there = connection.execute("select to_regclass('inbox_member')").fetchone()
            if there[0] is None:
                connection.execute(_TABLES)

    def append(self, arrivals: Sequence[Arrival]) -> None:
        rows = [
            (
                each.kind,
                each.source,
                each.received_at,
                msgspec.json.encode(each.meta).decode(),
                len(each.body),
                pack_body(each.body),
            )
            for each in arrivals
        ]
        with (
            self._transaction() as connection,
            connection.cursor() as cursor,
            cursor.copy(
                "copy inbox_arrival (kind, source, received_at, meta, size, body) "
                "from stdin (format binary)"
            ) as copy,
        ):
            copy.set_types(["text", "text", "timestamptz", "text", "int8", "bytea"])
            for row in rows:
                copy.write_row(row)

    def depth(self) -> Depth:
        with self._transaction() as connection:
            row = connection.execute(
                "select count(*), coalesce(sum(size), 0)::bigint, min(received_at) "
                "from inbox_arrival"
            ).fetchone()
        return Depth(row[0], row[1], row[2] and row[2].astimezone(UTC))

    def is_empty(self) -> bool:
        with self._transaction() as connection:
            found = connection.execute(
                "select exists (select from inbox_arrival) "
                "or exists (select from inbox_batch where released_at is null)"
            ).fetchone()
        return not found[0]

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def open_batch(self, *, after: int, now: datetime, max_bytes: int) -> Batch | None:
        with self._transaction() as connection:
            unfinished = connection.execute(
                "select number from inbox_batch where released_at is null"
            ).fetchone()
            if unfinished is not None:
                number = unfinished[0]
            else:
                newest = connection.execute(
                    "select coalesce(max(number), 0) from inbox_batch"
                ).fetchone()
                number = max(after, newest[0]) + 1
                if not self._write_members(connection, number, max_bytes):
                    return None
                connection.execute(
                    "insert into inbox_batch (number, opened_at) values (%s, %s)", (number, now)
                )
            counted = connection.execute(
                "select count(*), coalesce(sum(size), 0)::bigint from inbox_member "
                "join inbox_arrival on inbox_arrival.id = inbox_member.arrival_id "
                "where inbox_member.batch = %s",
                (number,),
            ).fetchone()
        return Batch(number, counted[0], counted[1])

    @staticmethod
    def _write_members(connection: psycopg.Connection, number: int, max_bytes: int) -> int:
        """How many arrivals became members. Row by row, never `id <= x`: a transaction that began
        earlier may commit later, and its rows would be taken for shipped."""
        return connection.execute(
            """
            insert into inbox_member (arrival_id, batch)
            select id, %(number)s
            from (
                select id, row_number() over (order by id) as place,
                    sum(size) over (order by id) as running
                from (
                    select id, size from inbox_arrival
                    where not exists (select from inbox_member where arrival_id = inbox_arrival.id)
                    order by id
                    limit %(arrivals)s
                ) as candidate
            ) as summed
            where place = 1 or running <= %(max_bytes)s
            """,
            {"number": number, "arrivals": ARRIVALS_PER_BATCH, "max_bytes": max_bytes},
        ).rowcount

    def arrivals(self, batch: int) -> list[Arrival]:
        with self._transaction() as connection, connection.cursor(binary=True) as cursor:
            rows = cursor.execute(
                "select kind, source, received_at, meta, body from inbox_member "
                "join inbox_arrival on inbox_arrival.id = inbox_member.arrival_id "
                "where inbox_member.batch = %s order by inbox_arrival.id",
                (batch,),
            ).fetchall()
        return [
            Arrival(kind, source, at.astimezone(UTC), unpack_body(body), msgspec.json.decode(meta))
            for kind, source, at, meta, body in rows
        ]

    def release(self, batch: int, now: datetime) -> None:
        with self._transaction() as connection:
            connection.execute(
                "delete from inbox_arrival using inbox_member "
                "where inbox_arrival.id = inbox_member.arrival_id and inbox_member.batch = %s",
                (batch,),
            )
            connection.execute("delete from inbox_member where batch = %s", (batch,))
            connection.execute(
                "update inbox_batch set released_at = %s where number = %s", (now, batch)
            )
            connection.execute("delete from inbox_batch where number < %s", (batch - 1000,))

    def scrub(self) -> None:
        with self._live() as connection:
            # Deleted rows stay in the table's pages until it is written anew.
            connection.execute("vacuum full inbox_arrival")

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection]:
        """One transaction: committed and on disk afterwards, or undone."""
        with self._live() as connection, connection.transaction():
            yield connection

    @contextmanager
    def _live(self) -> Iterator[psycopg.Connection]:
        """The connection, made anew after an error: nobody knows what state that left."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(self.database_url, autocommit=True)
                    # Some installations turn it off for everybody; here a commit is a promise.
                    self._connection.execute("set synchronous_commit = on")
                yield self._connection
            except psycopg.Error as error:
                if self._connection is not None:
                    self._connection.close()
                    self._connection = None
                raise Unavailable(
                    f"the inbox in PostgreSQL cannot be used ({error}); send it again"
                ) from error
