"""How soon do cards follow a day's news, for 100,000 accounts and 10 M events?"""

import json
import sqlite3
import statistics
from dataclasses import asdict
from pathlib import Path

import numpy as np

from tenure.base.home import Home
from tenure.bench.alone import measured_alone
from tenure.bench.card_world import DAYS, CardWorld, at_day, write_card_world, write_news
from tenure.bench.processes import seconds_of
from tenure.bench.rows import Row
from tenure.kit.sql_file import load
from tenure.lake.reading import reading

FULL_FLOOR_S, DAY_FLOOR_S, READ_FLOOR_MS, PAST_FLOOR_S = 60.0, 5.0, 10.0, 1.0
READS, PAST_READS = 2_000, 5


def measure_cards(root: Path, *, accounts: int, events: int) -> list[Row]:
    """Rows for everything from nothing, one day after it, a quiet day, one card, one past card.

    Run it in a process of its own: state is what `TENURE_HOME` names when Django reads it.
    """
    rows = measured_alone(root, __name__, accounts, events)
    return [Row(**row) for row in rows]


def measure(accounts: int, events: int) -> list[dict[str, object]]:
    """The rows as objects. Needs Django set up, and an empty home."""
    home = Home.from_env()
    world = write_card_world(home, accounts, events)
    size = f"{accounts:,} accounts, {events:,} events"
    full_s = seconds_of(lambda: _catch_up(home, DAYS))
    hand_s = seconds_of(lambda: _by_hand(home))
    bytes_s = seconds_of(lambda: _write_bytes(home))
    news = max(20, round(events * 0.0014)), max(3, round(accounts * 0.003))
    write_news(home, world, DAYS, *news)
    same_day_s = seconds_of(lambda: _catch_up(home, DAYS))
    write_news(home, world, DAYS + 1, *news)
    day_s = seconds_of(lambda: _catch_up(home, DAYS + 1))
    said = f"{news[0]:,} events, {news[1]:,} facts"
    rows = [
        _row(f"cards from nothing: {size}", full_s, FULL_FLOOR_S, hand_s + bytes_s),
        _row(f"cards after news within a day: {said}", same_day_s, DAY_FLOOR_S, None),
        _row(f"cards after a day's news, and the day: {said}", day_s, DAY_FLOOR_S, hand_s),
    ]
    return [asdict(row) for row in [*rows, *_reads(home, world)]]


def _reads(home: Home, world: CardWorld) -> list[Row]:
    from tenure.card.card_of import account_card

    chance, now = np.random.default_rng(3), at_day(DAYS + 1)
    ids = [f"account-{number}" for number in chance.integers(0, len(world.begins), READS)]
    taken = sorted(seconds_of(lambda id=id: account_card(home, id, now=now)) * 1000 for id in ids)
    past = [
        seconds_of(lambda id=id: account_card(home, id, now=now, as_of=at_day(DAYS - 60)))
        for id in ids[: 20 * PAST_READS]
        if world.begins[int(id.removeprefix("account-"))] < DAYS - 90
    ][:PAST_READS]
    bare = statistics.median(_bare_reads(home, ids))
    return [
        _row("one card, p50", taken[len(taken) // 2], READ_FLOOR_MS, bare, "one row", "ms"),
        _row("one card, p99", taken[len(taken) * 99 // 100], READ_FLOOR_MS, bare, "one row", "ms"),
        _row("one card of 60 days ago", statistics.median(past), PAST_FLOOR_S, None),
    ]


def _catch_up(home: Home, day: int) -> None:
    from tenure.card.refresh import refresh_lake_and_cards

    refresh_lake_and_cards(home, at_day(day))


def _by_hand(home: Home) -> None:
    """The windows that most columns rest on, over the same files, in one statement."""
    with reading(home) as reader:
        assert reader.rows(load("tenure.bench", "hand_cards"))


def _write_bytes(home: Home) -> None:
    """The same bytes of cards into a bare SQLite file, in one transaction."""
    from tenure.card.models import AccountCard

    rows = list(AccountCard.objects.values_list("account_id", "row_digest", "traits", "values"))
    lines = [(*row[:2], *map(json.dumps, row[2:])) for row in rows]
    with sqlite3.connect(home.root / "bytes.sqlite3") as bare:
        bare.execute("pragma journal_mode = wal")
        bare.execute("create table card (id text primary key, digest text, traits text, held text)")
        bare.executemany("insert into card values (?, ?, ?, ?)", lines)
    bare.close()


def _bare_reads(home: Home, ids: list[str]) -> list[float]:
    with sqlite3.connect(f"file:{home.state_file}?mode=ro", uri=True) as bare:
        statement = 'select "values" from card_accountcard where account_id = ?'
        return [
            seconds_of(lambda id=id: bare.execute(statement, (id,)).fetchone()) * 1000 for id in ids
        ]


def _row(
    work: str,
    measured: float,
    floor: float,
    limit: float | None,
    limit_is: str = "by hand, and the same bytes written",
    unit: str = "s",
) -> Row:
    return Row(work, measured, unit, floor, limit, limit_is, lower_is_better=True)
