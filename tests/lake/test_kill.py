"""Accepted means on disk, and in the lake once: real processes, really killed, at any moment."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from arrivals import NOON, lake_ids

from tenure.base.home import Home
from tenure.lake.inbox import open_inbox
from tenure.lake.shipping import ship

pytest_plugins = ["postgres"]

PROGRAM = Path(__file__).with_name("killed_process.py")
KILLS = 12
SEED = 20250314


@contextmanager
def started(role: str, home: Home, url: str) -> Iterator[tuple[subprocess.Popen, list[str]]]:
    """A process, and the lines that it has printed so far; killed at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, PROGRAM, role, home.root, url], stdout=subprocess.PIPE, text=True
    )
    lines: list[str] = []
    reader = threading.Thread(target=lambda: [lines.append(line) for line in process.stdout])
    reader.start()
    try:
        yield process, lines
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        reader.join()
        process.stdout.close()


def run_until_printed(lines: list[str], process: subprocess.Popen) -> None:
    until = time.monotonic() + 20
    while not lines:
        assert process.poll() is None, f"the process ended with {process.returncode}"
        assert time.monotonic() < until, "the process does nothing"
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgres"])
def test_kill_9_at_any_moment_loses_no_acknowledged_event_and_doubles_none(store, home, request):
    url = request.getfixturevalue("postgres_url") if store == "postgres" else ""
    chance = random.Random(SEED)
    acknowledged: list[str] = []
    for _ in range(KILLS // 4):
        with started("writer", home, url) as (writer, written):
            for _ in range(4):
                with started("shipper", home, url) as (shipper, turns):
                    run_until_printed(turns, shipper)
                    time.sleep(chance.uniform(0, 0.15))
            run_until_printed(written, writer)
        # The last line may have been cut in the pipe; whole ones end in a line break.
        acknowledged += [line for line in written if line.endswith("\n")]

    inbox = open_inbox(home, url)
    shipped_before = len(lake_ids(home))
    ship(home, inbox, {}, lambda batch, rows: None, NOON, wait_seconds=5)
    inbox.close()

    events = [each for line in acknowledged for each in line.split()[:5]]
    bills = [line.split()[5] for line in acknowledged]
    in_lake, bills_in_lake = lake_ids(home), lake_ids(home, "billing_fact")
    assert len(in_lake) == len(set(in_lake)), "an event is in the lake twice"
    assert len(bills_in_lake) == len(set(bills_in_lake)), "a fact is in the lake twice"
    assert not set(events) - set(in_lake), "an acknowledged event is lost"
    assert not set(bills) - set(bills_in_lake), "an acknowledged fact is lost"
    # The test means something only if much was written and the killed ones shipped a part of it.
    assert len(events) > 500
    assert 0 < shipped_before < len(in_lake)
