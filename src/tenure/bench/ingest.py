"""How many events a second are accepted, on disk, and then shipped and deduplicated?"""

import asyncio
import os
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
import zstandard

from tenure.app.decoders import DECODERS
from tenure.base.clock import Clock
from tenure.base.home import Home
from tenure.bench.load import EVENTS_A_BATCH, LoadResult, batch_bodies, keep_busy
from tenure.bench.processes import new_home_with_key, running
from tenure.bench.rows import Row
from tenure.lake.inbox import open_inbox
from tenure.lake.key_set import KeySet
from tenure.lake.shipping import ship

ACCEPT_FLOOR, SHIP_FLOOR = 60_000, 30_000
KNOWN_IDS = 20_000_000
DIGESTS_A_RUN = 1_000_000
BODIES_A_COMMIT = 8  # as many as the client has connections


def measure_ingest(root: Path, clock: Clock, *, bodies: int, known_ids: int) -> list[Row]:
    """Two rows: accepted events/s over HTTP, and shipped events/s against `known_ids` ids."""
    home = Home(root)
    key = new_home_with_key(root)
    load = batch_bodies(bodies, clock().isoformat())
    with running(root, "web") as (port, _, _):
        accepted = _accept(port, key, load)
    if accepted.refused_requests:
        raise RuntimeError(f"{accepted.refused_requests} requests were refused")
    limit = parse_and_sync(root, load)
    _plant_known_ids(home, known_ids)
    shipped_per_s = _ship_all(home, clock)
    return [
        Row(
            "accept events over HTTP, durable",
            accepted.events_per_s,
            "events/s",
            ACCEPT_FLOOR,
            limit,
            "parse and fsync alone",
        ),
        Row(
            f"ship and deduplicate against {known_ids / 1e6:g} M ids",
            shipped_per_s,
            "events/s",
            SHIP_FLOOR,
            limit,
            "parse and fsync alone",
        ),
    ]


def parse_and_sync(root: Path, load: list[bytes]) -> float:
    """Events/s when the same bytes are only parsed, compressed and fsynced to one file."""
    decode = msgspec.json.Decoder().decode
    compress = zstandard.ZstdCompressor(level=1).compress
    started = time.perf_counter()
    with tempfile.TemporaryFile(dir=root) as file:
        for first in range(0, len(load), BODIES_A_COMMIT):
            for body in load[first : first + BODIES_A_COMMIT]:
                decode(body)
                file.write(compress(body))
            file.flush()
            os.fsync(file.fileno())
    return len(load) * EVENTS_A_BATCH / (time.perf_counter() - started)


def _accept(port: int, key: str, load: list[bytes]) -> LoadResult:
    warm_up = batch_bodies(50, "2025-01-01T00:00:00Z")
    asyncio.run(keep_busy(port, key, warm_up))
    return asyncio.run(keep_busy(port, key, load))


def _plant_known_ids(home: Home, count: int) -> None:
    """Fill the permanent key set with random digests, as years of shipping would have."""
    random = np.random.default_rng(7)
    keys = KeySet(home.keys / "event")
    keys.start()
    for first in range(0, count, DIGESTS_A_RUN):
        size = min(DIGESTS_A_RUN, count - first)
        keys.add(random.integers(0, 2**64, (size, 2), dtype=np.uint64))


def _ship_all(home: Home, clock: Clock) -> float:
    """Events/s from a full inbox to a lake that is on disk."""
    inbox = open_inbox(home)
    events = 0
    started = time.perf_counter()
    while True:
        shipped = ship(home, inbox, DECODERS, _no_rejects, clock())
        events += shipped.events
        if shipped.is_caught_up:
            break
    took_s = time.perf_counter() - started
    inbox.close()
    return events / took_s


def _no_rejects(batch: int, rows: list[object]) -> None:
    if rows:
        raise RuntimeError(f"batch {batch} rejected {len(rows)} events: {rows[0]}")
