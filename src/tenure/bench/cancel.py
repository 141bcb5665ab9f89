"""How long does somebody at the way out wait for the next screen, while a product is in use?"""

import asyncio
import base64
import gc
import json
import os
import random
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from tenure.base.clock import system_clock
from tenure.bench.alone import measured_alone
from tenure.bench.cancel_world import PEOPLE, tokens_of, write_company
from tenure.bench.load import EVENTS_A_BATCH, batch_bodies
from tenure.bench.on_time import Lines, by_chance, evenly, until
from tenure.bench.processes import running
from tenure.bench.rows import Row

P99_FLOOR_MS = 20.0
REQUESTS_PER_S, EVENTS_PER_S = 200, 5_000
LOOKS_PER_S = 20
# Opened, answered, looked through; who is held out has seen all of it after the second.
STEPS_A_VISIT = 2.8
STEPS = ({"action": "answer", "values": {"reason": "price_value"}}, {"action": "next"})
STEP_S = 1.0  # from one step to the next
SETTLE_S = 5.0
LINES = 32
PAGE_BYTES = 16 * 1024
BODIES = 200
ID_BEGINS = b"00000000-0000-4000-8000-"  # of these; whatever is sent has another beginning


def measure_cancel(root: Path, *, seconds: float, accounts: int) -> list[Row]:
    """Two rows: p50 and p99 of a decided screen, from when it was due, everything on disk."""
    found = measured_alone(root, __name__, int(seconds * 1000), accounts)
    work = (
        f"decide a screen of leaving, {REQUESTS_PER_S} requests/s, "
        f"{EVENTS_PER_S:,} events/s arriving"
    )
    limit_is = "a request that asks nothing, and a page on the disk"
    return [
        Row(f"{work}, p50", found["p50"], "ms", P99_FLOOR_MS, found["idle_p50"], limit_is, True),
        Row(f"{work}, p99", found["p99"], "ms", P99_FLOOR_MS, found["idle_p99"], limit_is, True),
    ]


def measure(milliseconds: int, accounts: int) -> dict[str, float]:
    """Percentiles in ms, on the home that Django's settings name.

    Raises RuntimeError when fewer were asked for than the load is said to be.
    """
    # Django is ready only now.
    from django.conf import settings

    from tenure.collect.write_keys import create_write_key

    seconds, now = milliseconds / 1000, system_clock()
    write_company(settings.TENURE_HOME, accounts, now)
    visits = int(1.2 * REQUESTS_PER_S / STEPS_A_VISIT * seconds) + 100
    tokens = tokens_of(accounts, visits, now)
    write_key = create_write_key("product", now).key
    with running(settings.TENURE_HOME.root, "serve") as (port, _, _):
        time.sleep(SETTLE_S)
        load = _Load(port, write_key, accounts, settings.TENURE_HOME.root / "page")
        asyncio.run(load.run(tokens, seconds))
    if len(load.screens) < 0.95 * REQUESTS_PER_S * seconds:
        raise RuntimeError(f"only {len(load.screens)} screens were asked for in {seconds:g} s")
    p50, p99 = np.percentile(load.screens, [50, 99])
    idle_p50, idle_p99 = np.percentile(load.looks, [50, 99])
    return {"p50": p50, "p99": p99, "idle_p50": idle_p50, "idle_p99": idle_p99}


class _Load:
    """Visits, use of the product, and requests that ask nothing; milliseconds from when due."""

    def __init__(self, port: int, write_key: str, accounts: int, page: Path) -> None:
        token = base64.b64encode(f"{write_key}:".encode()).decode()
        self._authorization = f"Authorization: Basic {token}\r\n"
        self._lines = Lines(port)
        self._accounts = accounts
        self._page = os.open(page, os.O_CREAT | os.O_RDWR)
        self.screens: list[float] = []
        self.looks: list[float] = []

    async def run(self, tokens: list[str], seconds: float) -> None:
        await self._lines.open(LINES)
        bodies = _batches(self._accounts)
        await self._visits(tokens[-20:], iter([time.monotonic()] * 20))
        self.screens.clear()  # what is read only once has been read
        gc.collect()
        gc.freeze()
        begin = time.monotonic() + 0.5
        end = begin + seconds
        visits = by_chance(begin, end, REQUESTS_PER_S / STEPS_A_VISIT)
        await asyncio.gather(
            self._visits(tokens[:-20], visits),
            self._track(bodies, evenly(begin, end, EVENTS_PER_S / EVENTS_A_BATCH)),
            self._look(by_chance(begin, end, LOOKS_PER_S, seed=2)),
        )
        self._lines.close()
        os.close(self._page)

    async def _visits(self, tokens: Iterable[str], times: Iterator[float]) -> None:
        async with asyncio.TaskGroup() as under_way:
            for due, token in zip(times, tokens, strict=False):
                await until(due)
                under_way.create_task(self._visit(due, token))

    async def _visit(self, due: float, token: str) -> None:
        """Opened, answered, looked through, as the embed asks for it: three screens."""
        reply = await self._screen(due, "open", {"token": token})
        for step in STEPS:
            if reply["screen"]["name"] == "confirm":  # of who is held out; no look comes then
                return
            due += STEP_S
            await until(due)
            reply = await self._screen(due, "step", {"passage": reply["passage"], **step})

    async def _screen(self, due: float, what: str, said: dict[str, object]) -> dict:
        body = json.dumps({**said, "render": "html"}).encode()
        answer = await self._lines.ask(f"POST /v1/cancel/{what}", body)
        self.screens.append((time.monotonic() - due) * 1000)
        return json.loads(answer)

    async def _track(self, bodies: list[bytes], times: Iterator[float]) -> None:
        async with asyncio.TaskGroup() as under_way:
            for number, due in enumerate(times):
                # Every id is a new one: what has been there before is soon dropped.
                body = bodies[number % len(bodies)].replace(
                    ID_BEGINS, str(uuid.uuid4())[: len(ID_BEGINS)].encode()
                )
                await until(due)
                sent = self._lines.ask("POST /v1/batch", body, self._authorization)
                under_way.create_task(sent)

    async def _look(self, times: Iterator[float]) -> None:
        async with asyncio.TaskGroup() as under_way:
            for due in times:
                await until(due)
                under_way.create_task(self._one_look(due))

    def _write_page(self) -> None:
        """What every screen needs beside an answer: some bytes on the disk, here without a plan."""
        os.pwrite(self._page, os.urandom(PAGE_BYTES), 0)
        os.fdatasync(self._page)

    async def _one_look(self, due: float) -> None:
        await self._lines.ask("GET /healthz")
        await asyncio.to_thread(self._write_page)
        self.looks.append((time.monotonic() - due) * 1000)


def _batches(accounts: int) -> list[bytes]:
    """Bodies of tracking from all over the company, whose ids begin with `ID_BEGINS`."""
    chance = random.Random(3)
    bodies = []
    for body in batch_bodies(BODIES, system_clock().isoformat()):
        said = json.loads(body)
        for number, event in enumerate(said["batch"]):
            account = int(accounts * chance.random() ** 2)  # some are busier than others
            event["messageId"] = f"{ID_BEGINS.decode()}{number:012x}"
            event["userId"] = f"u{account}-{chance.randrange(PEOPLE)}"
            event["context"]["groupId"] = f"a{account}"
        bodies.append(json.dumps(said, separators=(",", ":")).encode())
    return bodies
