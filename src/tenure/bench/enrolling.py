"""How long does it take a million people to come into a play, and who waits meanwhile?"""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np

from tenure.base.clock import system_clock
from tenure.base.home import Home
from tenure.bench.alone import measured_alone
from tenure.bench.on_time import Lines, by_chance, until
from tenure.bench.processes import running
from tenure.bench.rows import Row

FLOOR_S, P99_FLOOR_MS = 120.0, 50.0
PEOPLE_AN_ACCOUNT = 10
ASKS_PER_S = 50  # of each: something told by a product, and a page that somebody opens
LINES = 16
ROWS_AT_ONCE = 10_000
NAME, EVENT = "announcement", "Announcement Asked For"
PLAY = f"""
title = "Announcement"
over = "person"
topic = "news"
[entry]
event = "{EVENT}"
[goal]
event = "Announcement Tried"
within_days = 30
[hold_out]
share = 0.1
[[step]]
name = "next_morning"
wait = {{ days = 1 }}
[[step]]
name = "tell"
mail = "01-tell"
"""
MAIL = '+++\nsubject = "What is new"\n+++\nHello.\n'


def measure_enrolling(root: Path, *, people: int) -> list[Row]:
    """Two rows: seconds until all are in, and what others waited for the web process meanwhile."""
    found = measured_alone(root, __name__, people)
    work = f"enrol {people:,} people in a play"
    return [
        Row(
            work,
            found["seconds"],
            "s",
            FLOOR_S * people / 1_000_000,
            found["bare_s"],
            "the same rows written without asking anything",
            lower_is_better=True,
        ),
        Row(
            f"a page or an event meanwhile, {2 * ASKS_PER_S} requests/s, p99",
            found["p99"],
            "ms",
            P99_FLOOR_MS,
            found["idle_p99"],
            "the same while nobody comes in",
            lower_is_better=True,
        ),
    ]


def measure(people: int) -> dict[str, float]:
    """Seconds and percentiles, on the home that Django's settings name.

    Raises RuntimeError when not everybody came in.
    """
    # Django is ready only now.
    from django.conf import settings

    from tenure.collect.write_keys import create_write_key
    from tenure.plays.models import Enrolment

    home, now = settings.TENURE_HOME, system_clock()
    _write_people(people, now)
    _switch_on(home, now)
    _everybody_asks(home, people)
    key, page = create_write_key("product", now).key, _page()
    with running(home.root, "web") as (port, _, _):
        web = _Web(port, key, page)
        asyncio.run(web.ask_for(10))
        idle = web.taken()
        seconds = asyncio.run(web.ask_while([sys.executable, "-m", __name__]))
        busy = web.taken()
    if (came := Enrolment.objects.count()) != people:
        raise RuntimeError(f"{came:,} of {people:,} people came in")
    return {
        "seconds": seconds,
        "bare_s": _write_again(),
        "p99": float(np.percentile(busy, 99)),
        "idle_p99": float(np.percentile(idle, 99)),
    }


class _Web:
    """Somebody tells events and opens a page, at times of chance; milliseconds from when due."""

    def __init__(self, port: int, write_key: str, page: str) -> None:
        self._lines = Lines(port)
        token = base64.b64encode(f"{write_key}:".encode()).decode()
        self._authorization = f"Authorization: Basic {token}\r\n"
        self._page = page
        self._waits: list[float] = []

    def taken(self) -> list[float]:
        """What has been measured since the last call."""
        waits, self._waits = self._waits, []
        return waits

    async def ask_for(self, seconds: float) -> None:
        await self._lines.open(LINES)
        await self._track()  # what is read only once has been read
        await self._open()
        self._waits.clear()
        begin = time.monotonic()
        await self._ask(begin, begin + seconds, asyncio.Event())
        self._lines.close()

    async def ask_while(self, command: list[str]) -> float:
        """The seconds that the command says it took, asking all the while."""
        await self._lines.open(LINES)
        over = asyncio.Event()
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        begin = time.monotonic()
        asking = asyncio.create_task(self._ask(begin, begin + 3_600, over))
        said, _ = await process.communicate()
        over.set()
        await asking
        self._lines.close()
        if process.returncode:
            raise RuntimeError(f"enrolling ended with {process.returncode}")
        return float(said)

    async def _ask(self, begin: float, end: float, over: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as under_way:
            for ask, seed in ((self._track, 1), (self._open, 2)):
                times = by_chance(begin, end, ASKS_PER_S, seed)
                under_way.create_task(self._each(times, ask, over))

    async def _each(self, times: Iterator[float], ask, over: asyncio.Event) -> None:  # type: ignore[no-untyped-def]
        async with asyncio.TaskGroup() as under_way:
            for due in times:
                await until(due)
                if over.is_set():
                    return
                under_way.create_task(self._timed(due, ask))

    async def _timed(self, due: float, ask) -> None:  # type: ignore[no-untyped-def]
        await ask()
        self._waits.append((time.monotonic() - due) * 1000)

    async def _track(self) -> None:
        body = {"userId": "u1", "event": "Report Exported", "messageId": str(uuid.uuid4())}
        await self._lines.ask("POST /v1/track", msgspec.json.encode(body), self._authorization)

    async def _open(self) -> None:
        await self._lines.ask(f"GET {self._page}")


def _write_people(people: int, now: datetime) -> None:
    """So many people in accounts of ten, as their own events would have told of them."""
    from tenure.customers.models import Account, Membership, Person

    since = now - timedelta(days=90)
    accounts = (
        Account(account_id=f"a{number}", name=f"Company {number}", created_at=since,
                first_seen_at=since)
        for number in range(-(-people // PEOPLE_AN_ACCOUNT))
    )  # fmt: skip
    Account.objects.bulk_create(accounts, batch_size=ROWS_AT_ONCE)
    Person.objects.bulk_create(
        (
            Person(person_id=f"u{number}", email=f"u{number}@example.com", created_at=since,
                   first_seen_at=since)
            for number in range(people)
        ),
        batch_size=ROWS_AT_ONCE,
    )  # fmt: skip
    Membership.objects.bulk_create(
        (
            Membership(raw_person_id=f"u{number}", raw_account_id=_account(number),
                       person_id=f"u{number}", account_id=_account(number), since_at=since,
                       known_at=since)
            for number in range(people)
        ),
        batch_size=ROWS_AT_ONCE,
    )  # fmt: skip


def _account(number: int) -> str:
    return f"a{number // PEOPLE_AN_ACCOUNT}"


def _switch_on(home: Home, now: datetime) -> None:
    from tenure.app.worker import run_once
    from tenure.definitions.folder_text import pack
    from tenure.definitions.store import put_in_force
    from tenure.plays.file import MAIN
    from tenure.plays.following import switch_on
    from tenure.plays.in_force import play_named
    from tenure.plays.replay_summary import note_replay
    from tenure.plays.replaying import replay

    run_once(home, now)  # what conditions are asked of is published
    files = pack({MAIN: PLAY, "01-tell.en.md": MAIL}, MAIN, f"plays/{NAME}")
    put_in_force("play", NAME, files, now=now, by="bench")
    play, today = play_named(NAME), now.date()
    note_replay(replay(home, play, today - timedelta(days=1), today), now)
    switch_on(home, NAME, now=now, by="bench")


def _everybody_asks(home: Home, people: int) -> None:
    """Each of them asks for it once, now; shipped, not heard of yet."""
    from tenure.app.worker import ship_all
    from tenure.lake.inbox import open_inbox
    from tenure.lake.recording import record

    now = system_clock()
    for start in range(0, people, ROWS_AT_ONCE):
        rows = [
            {
                "message_id": f"ask-{number}", "type": "track", "name": EVENT, "occurred_at": now,
                "account_key": _account(number), "user_id": f"u{number}",
            }
            for number in range(start, min(people, start + ROWS_AT_ONCE))
        ]  # fmt: skip
        record(home, "", rows, now)
    inbox = open_inbox(home)
    ship_all(home, inbox, now)
    inbox.close()


def _page() -> str:
    """Where somebody says which mail they want: a page that reads the database."""
    from django.conf import settings

    from tenure.messages.choice_link import PATH, ChoiceLink, choice_token

    return PATH + choice_token(ChoiceLink("u1", "news"), settings.SECRET_KEY)


def _write_again() -> float:
    """Seconds to write the rows that came out into a table like theirs, in one go each time."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        cursor.execute("select sql from sqlite_master where name = 'plays_enrolment'")
        (made,) = cursor.fetchone()
        cursor.execute(made.replace("plays_enrolment", "bench_enrolment"))
        cursor.execute("select * from plays_enrolment")
        rows = cursor.fetchall()
        insert = f"insert into bench_enrolment values ({', '.join(['%s'] * len(rows[0]))})"  # noqa: S608
        started = time.perf_counter()
        for start in range(0, len(rows), ROWS_AT_ONCE):
            with transaction.atomic():
                cursor.executemany(insert, rows[start : start + ROWS_AT_ONCE])
        return time.perf_counter() - started


if __name__ == "__main__":
    import django

    django.setup()

    from django.conf import settings

    from tenure.app import catching_up, worker
    from tenure.plays.following import follow_plays

    os.nice(worker.GIVES_WAY + catching_up.GIVES_WAY)
    began = time.perf_counter()
    follow_plays(settings.TENURE_HOME, system_clock())
    sys.stdout.write(json.dumps(time.perf_counter() - began))
