"""How long does it take to replay a year of the demo company, for plays that ask for the most?"""

import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from tenure.base.clock import system_clock
from tenure.base.home import Home
from tenure.bench.alone import measured_alone
from tenure.bench.rows import Row

FLOOR_S, YEAR_DAYS = 60.0, 365
# Of those shipped the slowest of each kind of entry: a segment, a signal, a date.
PLAYS = ("stage_active", "near_limit_notice", "success_stories")
MORNINGS = 5  # read from nothing, for comparison
LINK = "https://www.example.com/"


def measure_replays(root: Path, *, days: int) -> list[Row]:
    """A row for each play: seconds for so many days that end today."""
    found = measured_alone(root, __name__, days)
    return [
        Row(
            f"{days} days of the demo company replayed: {name}",
            seconds,
            "s",
            FLOOR_S * days / YEAR_DAYS,
            found["alone_s"] * days,
            "the accounts of each morning read from nothing",
            lower_is_better=True,
        )
        for name, seconds in found["seconds"].items()
    ]


def measure(days: int) -> dict[str, object]:
    """Seconds of each play, and of one morning alone, in the home that Django's settings name."""
    # Django is ready only now.
    from django.conf import settings

    from tenure.plays.in_force import play_named
    from tenure.plays.replaying import replay

    home, now = settings.TENURE_HOME, system_clock()
    subprocess.run(
        [sys.executable, "-m", "tenure.app", "--home", str(home.root), "demo"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    today, seconds = now.date(), {}
    for name in PLAYS:
        _add(name, now)
        started = time.perf_counter()
        replay(home, play_named(name), today - timedelta(days=days), today)
        seconds[name] = time.perf_counter() - started
    return {"seconds": seconds, "alone_s": _morning_alone_s(home, now)}


def _add(name: str, now: datetime) -> None:
    from tenure.card.product import product
    from tenure.plays.library import files_of, is_of_product, made_for, marks_of
    from tenure.plays.library_commands import put_play_in_force

    marks = [mark for mark in marks_of(files_of(name)) if not is_of_product(mark)]
    put_play_in_force(made_for(name, product(), dict.fromkeys(marks, LINK)), now, "bench")


def _morning_alone_s(home: Home, now: datetime) -> float:
    from tenure.lake.reading import reading

    started = time.perf_counter()
    for number in range(MORNINGS):
        with reading(home, now - timedelta(days=1 + 7 * number)) as reader:
            reader.relation("card_stage")
    return (time.perf_counter() - started) / MORNINGS
