"""How soon is a signal there, and how many events a second can be watched?"""

import asyncio
import base64
import sqlite3
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa

from tenure.base.home import Home
from tenure.bench.alone import measured_alone
from tenure.bench.load import status_of
from tenure.bench.processes import new_home_with_key, running
from tenure.bench.rows import Row
from tenure.lake.decoding import EVENT_ROWS

LIVE_FLOOR_S, WATCH_FLOOR = 5.0, 30_000
EVENTS_A_BATCH = 100
ROWS_A_BATCH = 50_000
SETTLE_S = 3.0
LOST_AFTER_S = 30.0


def measure_signals(root: Path, *, seconds: float, accounts: int, batches: int) -> list[Row]:
    """Three rows: p50 and p99 from an event's POST to its signal, and rows watched a second."""
    key = new_home_with_key(root)
    with running(root, "serve") as (port, _, _):
        time.sleep(SETTLE_S)
        waits = asyncio.run(_waits(root, port, key, seconds=seconds, events_per_s=1_000))
    p50, p99 = np.percentile(waits, [50, 99])
    live = "cancel page posted to signal, 1,000 events/s arriving"
    watched = measured_alone(root.parent / "watched", __name__, accounts, batches)
    return [
        Row(f"{live}, p50", p50, "s", LIVE_FLOOR_S, lower_is_better=True),
        Row(f"{live}, p99", p99, "s", LIVE_FLOOR_S, lower_is_better=True),
        Row(f"watch use, {accounts:,} accounts", watched, "events/s", WATCH_FLOOR),
    ]


async def _waits(
    root: Path, port: int, key: str, *, seconds: float, events_per_s: int
) -> list[float]:
    """Seconds from each posted cancel page to its row, while other events arrive."""
    posted: dict[str, float] = {}
    seen: dict[str, float] = {}
    stop_at = time.monotonic() + seconds
    await asyncio.gather(
        _load(port, key, stop_at, events_per_s),
        _intents(port, key, stop_at, posted),
        _look(root, stop_at, posted, seen),
    )
    lost = posted.keys() - seen.keys()
    if lost:
        raise RuntimeError(f"{len(lost)} of {len(posted)} signals did not come")
    return [seen[account] - at for account, at in posted.items()]


async def _load(port: int, key: str, stop_at: float, events_per_s: int) -> None:
    every_s, number = EVENTS_A_BATCH / events_per_s, 0
    post = await _connection(port, key)
    next_at = time.monotonic()
    while next_at < stop_at:
        await asyncio.sleep(max(0.0, next_at - time.monotonic()))
        batch = [
            _event("Report Exported", f"a{number + n}", str(uuid.uuid4()))
            for n in range(EVENTS_A_BATCH)
        ]
        await post("batch", {"batch": batch})
        number = (number + EVENTS_A_BATCH) % 20_000
        next_at += every_s


async def _intents(port: int, key: str, stop_at: float, posted: dict[str, float]) -> None:
    post, number = await _connection(port, key), 0
    while time.monotonic() < stop_at:
        account = f"leaver-{number}"
        await post("track", _event("Cancel Page Viewed", account, account))
        posted[account] = time.monotonic()
        number += 1
        await asyncio.sleep(0.25)


async def _look(
    root: Path, stop_at: float, posted: dict[str, float], seen: dict[str, float]
) -> None:
    state = sqlite3.connect(f"file:{root / 'state.sqlite3'}?mode=ro", uri=True)
    try:
        while time.monotonic() < stop_at or (
            posted.keys() - seen.keys() and time.monotonic() < stop_at + LOST_AFTER_S
        ):
            rows = state.execute("select account_id from signals_signal").fetchall()
            for (account,) in rows:
                seen.setdefault(account, time.monotonic())
            await asyncio.sleep(0.03)
    finally:
        state.close()


async def _connection(port: int, key: str):
    token = base64.b64encode(f"{key}:".encode()).decode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    encode = msgspec.json.Encoder().encode

    async def post(path: str, said: dict[str, object]) -> None:
        body = encode(said)
        head = (
            f"POST /v1/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        code = await status_of(reader)
        if code != 200:
            raise RuntimeError(f"a request was answered with {code}")

    return post


def _event(name: str, account: str, id: str) -> dict[str, object]:
    return {
        "type": "track",
        "event": name,
        "userId": f"u-{account}",
        "messageId": id,
        "context": {"groupId": account},
    }


def measure(accounts: int, batches: int) -> float:
    """Rows a second through the watch; the accounts are known from the batches before.

    Nothing is shipped. Needs Django set up, and an empty home.
    """
    from django.conf import settings

    from tenure.lake.shipping import LastBatch, note_batch
    from tenure.signals.watch import Watcher

    home: Home = settings.TENURE_HOME
    home.lake.mkdir()
    watcher = Watcher(home)
    random = np.random.default_rng(1)
    took = 0.0
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    for number in range(1, 2 * batches + 1):
        rows = _use(random, number, accounts, now)
        note_batch(home, LastBatch(number, now, now))
        watcher.take(number - 1, number, rows, None)
        started = time.perf_counter()
        watcher.watch(now)
        if number > batches:
            took += time.perf_counter() - started
        now += timedelta(seconds=2)
    started = time.perf_counter()
    while not watcher.watch(now).is_caught_up:
        pass
    took += time.perf_counter() - started
    return batches * ROWS_A_BATCH / took


def _use(random: np.random.Generator, number: int, accounts: int, now: datetime) -> pa.Table:
    who = random.integers(0, accounts, ROWS_A_BATCH)
    person = random.integers(0, 3, ROWS_A_BATCH)
    name = random.integers(0, 12, ROWS_A_BATCH)
    columns = {
        "message_id": [f"{number}-{n}" for n in range(ROWS_A_BATCH)],
        "source": ["product"] * ROWS_A_BATCH,
        "type": ["track"] * ROWS_A_BATCH,
        "name": [f"Feature {n} Used" for n in name],
        "user_id": [f"u{a}-{p}" for a, p in zip(who, person, strict=True)],
        "account_key": [f"a{a}" for a in who],
        "properties": ['{"rows":7,"format":"csv"}'] * ROWS_A_BATCH,
        "context": ['{"library":{"name":"bench"}}'] * ROWS_A_BATCH,
    }
    instants = dict.fromkeys(("occurred_at", "known_at", "received_at"), [now] * ROWS_A_BATCH)
    return pa.table(
        [
            pa.array((columns | instants).get(field.name, [None] * ROWS_A_BATCH), field.type)
            for field in EVENT_ROWS
        ],
        schema=pa.schema([field.with_nullable(True) for field in EVENT_ROWS]),
    )
