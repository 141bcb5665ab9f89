"""From the inbox into the lake, each row exactly once, through any crash.

    1  the inbox writes down which arrivals are batch n
    2  they are decoded; refused rows go to the reject sink
    3  for each table that does not hold batch n yet:
       rows in the permanent key set are dropped, the digests of the rest are written as a run,
       the rest is committed with n as application transaction, fsynced, and the run adopted
    4  the inbox forgets the members of batch n

Killed between any two of these, the next shipper finds batch n unfinished and does it again: a
table that holds n already is passed over, and a run whose batch its table does not hold is void.
The two tables are independent in this, so that one may hold n and the other not yet.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable

from tenure.base.home import Home
from tenure.lake.decoding import Decoded, Decoder, RejectSink, decode_all
from tenure.lake.durable import Fsync, replace_file
from tenure.lake.inbox import Batch, Inbox
from tenure.lake.key_set import KeySet, digests_of
from tenure.lake.lease import Lease, lake_writer
from tenure.lake.rows import KIND, decode_rows
from tenure.lake.schema import TABLES
from tenure.lake.tables import append, data_files, folder_of, mend, open_table

__all__ = ["Decoded", "Decoder", "LastBatch", "RejectSink", "Shipped", "last_batch", "ship"]

APPLICATION = "inbox"
LAST_BATCH = "last_batch.json"
# Some 50,000 events of common size; a larger request is a batch of its own.
BYTES_PER_BATCH = 24 * 1024 * 1024


# (the batch before it, its number, new events, new billing facts), once all of it is in the lake.
# Not told of a batch that a crash left half done: who must see every row reads the lake then.
OnBatch = Callable[[int, int, pa.Table | None, pa.Table | None], None]


@dataclass(frozen=True, slots=True)
class Shipped:
    """What one call brought into the lake."""

    batches: int = 0
    arrivals: int = 0
    events: int = 0
    billing_facts: int = 0
    duplicates: int = 0
    rejected: int = 0
    is_caught_up: bool = True  # nothing waited any more at the end


@dataclass(frozen=True, slots=True)
class LastBatch:
    """The newest batch that is in the lake, whole."""

    number: int
    shipped_at: datetime
    received_at: datetime  # of its last arrival: what came before is in the lake


def ship(
    home: Home,
    inbox: Inbox,
    decoders: Mapping[str, Decoder],
    rejects: RejectSink,
    now: datetime,
    *,
    lease: Lease | None = None,
    wait_seconds: float = 5.0,
    max_seconds: float = 20.0,
    max_bytes: int = BYTES_PER_BATCH,
    fsync: Fsync = os.fsync,
    on_batch: OnBatch | None = None,
) -> Shipped:
    """What was brought from the inbox into the lake: everything, or `max_seconds` of it.

    `on_batch` is handed the rows of each batch that were not there before.

    Raises LeaseHeld when another process keeps the lake longer than `wait_seconds`. Any error
    leaves the current batch unfinished, and the next call does it again.
    """
    done = Shipped()
    until = time.monotonic() + max_seconds
    with lake_writer(
        home,
        "ship",
        part="stored",
        lease=lease,
        database_url=inbox.database_url,
        wait_seconds=wait_seconds,
    ) as held:
        shipper: _Shipper | None = None
        while True:
            # Opening the tables costs more than looking whether anything waits.
            if shipper is None and inbox.is_empty():
                return done
            shipper = shipper or _Shipper(home, decoders, rejects, held, fsync, on_batch)
            batch = inbox.open_batch(after=shipper.newest_batch(), now=now, max_bytes=max_bytes)
            if batch is None:
                return done
            done = shipper.ship_batch(inbox, batch, now, done)
            if time.monotonic() >= until:
                return replace(done, is_caught_up=inbox.is_empty())


def last_batch(home: Home) -> LastBatch | None:
    """The newest batch in the lake; None while nothing has been shipped."""
    try:
        noted = json.loads((home.lake / LAST_BATCH).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return LastBatch(
        noted["number"],
        datetime.fromisoformat(noted["shipped_at"]),
        datetime.fromisoformat(noted["received_at"]),
    )


def note_batch(home: Home, last: LastBatch, fsync: Fsync = os.fsync) -> None:
    """Write down which batch is the newest in the lake."""
    noted = asdict(last) | {
        "shipped_at": last.shipped_at.isoformat(),
        "received_at": last.received_at.isoformat(),
    }
    replace_file(home.lake / LAST_BATCH, json.dumps(noted), fsync)


class _Shipper:
    """The open tables and key sets of one call."""

    def __init__(
        self,
        home: Home,
        decoders: Mapping[str, Decoder],
        rejects: RejectSink,
        lease: Lease,
        fsync: Fsync,
        on_batch: OnBatch | None,
    ) -> None:
        self._home = home
        self._on_batch = on_batch
        self._decoders = {KIND: decode_rows, **decoders}
        self._rejects = rejects
        self._lease = lease
        self._fsync = fsync
        self._tables: dict[str, DeltaTable] = {}
        self._keys: dict[str, KeySet] = {}
        for name in TABLES:
            mend(folder_of(home, name))
            table = self._tables[name] = open_table(home, name)
            self._keys[name] = _keys_of(home, name, table, fsync)

    def newest_batch(self) -> int:
        """The newest batch in any table: a new inbox must not begin below it, and be ignored."""
        return max(_committed(table) for table in self._tables.values())

    def ship_batch(self, inbox: Inbox, batch: Batch, now: datetime, before: Shipped) -> Shipped:
        """`before` and this batch together, when the batch is in the lake and out of the inbox."""
        newest = self.newest_batch()
        arrivals = inbox.arrivals(batch.number)
        decoded = decode_all(arrivals, self._decoders)
        if decoded.rejected:
            self._rejects(batch.number, decoded.rejected)
        new_events, repeated_events = self._ship_table("event", decoded.events, batch.number)
        new_facts, repeated_facts = self._ship_table(
            "billing_fact", decoded.billing_facts, batch.number
        )
        if arrivals:
            received_at = max(each.received_at for each in arrivals)
            note_batch(self._home, LastBatch(batch.number, now, received_at), self._fsync)
        inbox.release(batch.number, now)
        if self._on_batch is not None and newest < batch.number:
            self._on_batch(newest, batch.number, new_events, new_facts)
        return Shipped(
            batches=before.batches + 1,
            arrivals=before.arrivals + len(arrivals),
            events=before.events + (0 if new_events is None else len(new_events)),
            billing_facts=before.billing_facts + (0 if new_facts is None else len(new_facts)),
            duplicates=before.duplicates + repeated_events + repeated_facts,
            rejected=before.rejected + len(decoded.rejected),
        )

    def _ship_table(
        self, name: str, rows: pa.Table | None, batch: int
    ) -> tuple[pa.Table | None, int]:
        """The rows that were new, and how many were there already."""
        table, keys = self._tables[name], self._keys[name]
        if rows is None or _committed(table) >= batch:
            return None, 0
        digests = digests_of(name, rows["source"].to_pylist(), rows["message_id"].to_pylist())
        unseen = keys.unseen(digests)
        count = int(unseen.sum())
        fresh = None
        if count:
            fresh = rows if count == len(rows) else rows.filter(pa.array(unseen))
            keys.write_run(batch, digests[unseen])
            self._lease.check()
            append(
                table,
                _with_batch(name, fresh, batch),
                transaction=(APPLICATION, batch),
                fsync=self._fsync,
            )
            keys.adopt(batch)
        return fresh, len(rows) - count


def _committed(table: DeltaTable) -> int:
    return table.transaction_version(APPLICATION) or 0


def _with_batch(name: str, rows: pa.Table, batch: int) -> pa.Table:
    schema = TABLES[name]
    columns = {
        **dict(zip(rows.column_names, rows.columns, strict=True)),
        "batch": pa.repeat(pa.scalar(batch, pa.int64()), len(rows)),
    }
    if name == "event":
        columns["occurred_month"] = _month(rows["occurred_at"])
    return pa.table([columns[field] for field in schema.names], schema=schema)


def _month(instants: pa.ChunkedArray) -> pa.Array:
    """`2025-03` for each instant, in UTC. Only the few distinct months are written out as text."""
    months = pc.floor_temporal(instants, unit="month").combine_chunks().dictionary_encode()
    return pc.take(pc.strftime(months.dictionary, "%Y-%m"), months.indices)


def _keys_of(home: Home, name: str, table: DeltaTable, fsync: Fsync) -> KeySet:
    """The key set of a table, made anew from the table when it is missing or broken."""
    folder = home.keys / name
    keys = KeySet.load(folder, committed=_committed(table), fsync=fsync)
    if keys is not None:
        return keys
    keys = KeySet(folder, fsync=fsync)
    folder.mkdir(parents=True, exist_ok=True)
    keys.start()
    for path in data_files(table):
        with pq.ParquetFile(path) as file:
            for rows in file.iter_batches(1_000_000, columns=["source", "message_id"]):
                digests = digests_of(
                    name, rows["source"].to_pylist(), rows["message_id"].to_pylist()
                )
                keys.add(digests[keys.unseen(digests)])
    return keys
