"""How long does somebody at the way out wait for the next screen, while a product is in use?"""

import asyncio
import base64
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from pathlib import Path

import numpy as np

from tenure.base.clock import system_clock
from tenure.bench.alone import measured_alone
from tenure.bench.load import EVENTS_A_BATCH, batch_bodies
from tenure.bench.processes import running
from tenure.bench.rows import Row

P99_FLOOR_MS = 20.0
REQUESTS_PER_S, EVENTS_PER_S = 200, 5_000
STEPS = 3  # open, answer why, go on
CONNECTIONS = 24
SETTLE_S = 5.0
Post = Callable[[str, bytes], Awaitable[bytes]]


def measure_cancel(root: Path, *, seconds: float, accounts: int) -> list[Row]:
    """Two rows: p50 and p99 of a decided screen, from request to answer, everything on disk."""
    found = measured_alone(root, __name__, int(seconds * 1000), accounts)
    work = (
        f"decide a screen of leaving, {REQUESTS_PER_S} requests/s, "
        f"{EVENTS_PER_S:,} events/s arriving"
    )
    limit_is = "a request that asks nothing"
    return [
        Row(f"{work}, p50", found["p50"], "ms", P99_FLOOR_MS, found["idle_p50"], limit_is, True),
        Row(f"{work}, p99", found["p99"], "ms", P99_FLOOR_MS, found["idle_p99"], limit_is, True),
    ]


def measure(milliseconds: int, accounts: int) -> dict[str, float]:
    """Percentiles in ms, on the home that Django's settings name."""
    # Django is ready only now.
    from django.conf import settings

    from tenure.collect.write_keys import create_write_key

    tokens = _prepare(accounts, int(REQUESTS_PER_S / STEPS * milliseconds / 1000) + 50)
    write_key = create_write_key("bench", system_clock()).key
    with running(settings.TENURE_HOME.root, "serve") as (port, _, _):
        time.sleep(SETTLE_S)
        waits, idle = asyncio.run(_load(port, write_key, tokens, milliseconds / 1000))
    p50, p99 = np.percentile(waits, [50, 99])
    idle_p50, idle_p99 = np.percentile(idle, [50, 99])
    return {"p50": p50, "p99": p99, "idle_p50": idle_p50, "idle_p99": idle_p99}


def _prepare(accounts: int, count: int) -> list[str]:
    """A company with cards, and tokens for so many visits."""
    from tenure.card.models import AccountCard
    from tenure.offboard.keys import create_cancel_key
    from tenure.offboard.tokens import sign

    now = system_clock()
    renews_on = (now + timedelta(days=12)).date().isoformat()
    values = {
        "status": "paying", "plan": "Team", "billing_interval": "month", "mrr_minor": 29_000,
        "currency": "EUR", "renews_on": renews_on, "began_on": "2025-01-10", "stage": "active",
        "required_outcome": "Faster invoicing", "last_seen_on": now.date().isoformat(),
        "people_active_90_days": 7, "first_value_on": "2025-02-01",
    }  # fmt: skip
    AccountCard.objects.bulk_create(
        [
            AccountCard(account_id=f"a{n}", name=f"Account {n}", status="paying", values=values)
            for n in range(accounts)
        ],
        batch_size=1_000,
    )
    key = create_cancel_key("bench", now)
    exp = int((now + timedelta(hours=2)).timestamp())
    return [
        sign(
            {
                "account": f"a{n % accounts}",
                "subscription": f"s{n}",
                "mode": "live",
                "exp": exp,
                "nonce": f"bench-{n:012d}",
                "country": "US",
                "is_consumer": False,
            },
            key,
        )
        for n in range(count)
    ]


async def _load(
    port: int, write_key: str, tokens: list[str], seconds: float
) -> tuple[list[float], list[float]]:
    """Milliseconds of each screen, and of each request that asks nothing."""
    pool: asyncio.Queue[Post] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        pool.put_nowait(await _connection(port))
    for token in tokens[-20:]:  # what is read only once is read now
        await _visit(pool, token, [])
    waits: list[float] = []
    idle: list[float] = []
    stop_at = time.monotonic() + seconds
    await asyncio.gather(
        _track(port, write_key, stop_at),
        _visits(pool, tokens[:-20], stop_at, waits),
        _look(port, stop_at, idle),
    )
    return waits, idle


async def _visits(
    pool: "asyncio.Queue[Post]", tokens: Iterable[str], stop_at: float, waits: list[float]
) -> None:
    under_way = []
    next_at = time.monotonic()
    for token in tokens:
        if next_at >= stop_at:
            break
        await asyncio.sleep(max(0.0, next_at - time.monotonic()))
        under_way.append(asyncio.create_task(_visit(pool, token, waits)))
        next_at += STEPS / REQUESTS_PER_S
    await asyncio.gather(*under_way)


async def _visit(pool: "asyncio.Queue[Post]", token: str, waits: list[float]) -> None:
    """Opened, answered, looked through: three screens, a second apart."""
    reply = await _asked(pool, "open", {"token": token}, waits)
    for step in ({"action": "answer", "values": {"reason": "price_value"}}, {"action": "next"}):
        if reply["screen"]["name"] == "confirm":  # of who is held out; what comes then is no look
            return
        await asyncio.sleep(1.0)
        reply = await _asked(pool, "step", {"passage": reply["passage"], **step}, waits)


async def _asked(pool: "asyncio.Queue[Post]", what: str, said: dict, waits: list[float]) -> dict:
    body = json.dumps(said).encode()
    post = await pool.get()
    began = time.perf_counter()
    answer = await post(f"POST /v1/cancel/{what}", body)
    waits.append((time.perf_counter() - began) * 1000)
    pool.put_nowait(post)
    return json.loads(answer)


async def _look(port: int, stop_at: float, idle: list[float]) -> None:
    post = await _connection(port)
    while time.monotonic() < stop_at:
        began = time.perf_counter()
        await post("GET /healthz", b"")
        idle.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.05)


async def _track(port: int, write_key: str, stop_at: float) -> None:
    token = base64.b64encode(f"{write_key}:".encode()).decode()
    post = await _connection(port, f"Authorization: Basic {token}\r\n")
    every_s = EVENTS_A_BATCH / EVENTS_PER_S
    count = int((stop_at - time.monotonic()) / every_s) + 1
    bodies = batch_bodies(min(count, 400), system_clock().isoformat())
    next_at, number = time.monotonic(), 0
    while next_at < stop_at:
        await asyncio.sleep(max(0.0, next_at - time.monotonic()))
        await post("POST /v1/batch", bodies[number % len(bodies)])
        number, next_at = number + 1, next_at + every_s


async def _connection(port: int, headers: str = "") -> Post:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def post(line: str, body: bytes) -> bytes:
        head = (
            f"{line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"{headers}Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in answer.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        )
        said = await reader.readexactly(length)
        if answer[9:12] != b"200":
            raise RuntimeError(f"{line} was answered {answer[9:12].decode()}: {said[:200]!r}")
        return said

    return post
