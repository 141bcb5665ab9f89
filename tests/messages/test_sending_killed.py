"""kill -9 of a real sender at every stage: nothing arrives twice, and the unsure says so."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from smtp_sink import Sink, sink_running

PROGRAM = Path(__file__).with_name("sending_process.py")
FOLK = [f"ann-{n}@example.org" for n in range(6)]


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return kept | {"TENURE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "tenure.app.settings"}


def prepared(home: Path, addresses: list[str]) -> Path:
    command = [sys.executable, PROGRAM, "prepare", *addresses]
    subprocess.run(command, env=environment(home), check=True, timeout=60)
    return home


def sender(home: Path, port: int, stage: str, day: int) -> subprocess.Popen:
    command = [sys.executable, PROGRAM, "send", str(port), stage, str(day)]
    return subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE, text=True)


def run_until(process: subprocess.Popen, word: str) -> None:
    for line in process.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"the sender ended with {process.wait()} before it said {word}")


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def send_rest(home: Path, port: int, day: int = 1) -> None:
    process = sender(home, port, "nowhere", day)
    run_until(process, "done")
    process.wait()
    process.stdout.close()


def ledger_of(home: Path) -> dict[str, str]:
    """Each recipient's status, read past Django."""
    with closing(sqlite3.connect(home / "state.sqlite3")) as state:
        return dict(state.execute("select recipient, status from tenure_messages_message"))


@pytest.mark.parametrize(
    ("stage", "third_arrived", "third_is"),
    [("claimed", 1, "sent"), ("begun", 0, "unknown"), ("answered", 1, "unknown")],
)
def test_a_sender_killed_at_a_stage(migrated_home, stage, third_arrived, third_is):
    home = prepared(migrated_home, FOLK)
    with sink_running() as sink:
        process = sender(home, sink.port, stage, 0)
        run_until(process, "here")
        kill(process)
        send_rest(home, sink.port)

    ledger = ledger_of(home)
    third = FOLK[2]
    assert sink.received(third) == third_arrived
    assert ledger.pop(third) == third_is
    assert set(ledger.values()) == {"sent"}
    assert all(sink.received(address) == 1 for address in ledger)


def test_a_sender_killed_while_the_server_holds_the_mail(migrated_home):
    folk = ["ann-0@example.org", "ann-1@example.org", "held@example.org", "ann-3@example.org"]
    home = prepared(migrated_home, folk)
    with sink_running(Sink(slow_s=1.5)) as sink:
        process = sender(home, sink.port, "handed over", 0)
        run_until(process, "here")
        until = time.monotonic() + 10
        while not sink.received("held@example.org") and time.monotonic() < until:
            time.sleep(0.01)
        kill(process)
        send_rest(home, sink.port)

    assert Counter(to for to, _ in sink.taken) == dict.fromkeys(folk, 1)
    assert ledger_of(home) == dict.fromkeys(folk, "sent") | {"held@example.org": "unknown"}


@pytest.mark.slow
def test_two_senders_killed_at_any_moment_send_nothing_twice_and_lose_nothing(migrated_home):
    folk = [f"ann-{n}@example.org" for n in range(400)]
    home = prepared(migrated_home, folk)
    chance = random.Random(20250314)
    with sink_running() as sink:
        for day in range(6):
            pair = [sender(home, sink.port, "nowhere", day) for _ in range(2)]
            for process in pair:
                run_until(process, "ready")
            time.sleep(chance.uniform(0.02, 0.25))
            for process in pair:
                kill(process)
        arrived_before_the_last = len(sink.taken)
        send_rest(home, sink.port, day=7)

    ledger, arrived = ledger_of(home), Counter(to for to, _ in sink.taken)
    assert set(arrived.values()) == {1}, "a mail arrived twice"
    assert set(ledger) == set(folk)
    assert all(arrived[each] == 1 for each, status in ledger.items() if status == "sent")
    assert {each for each in folk if not arrived[each]} <= {
        each for each, status in ledger.items() if status == "unknown"
    }
    assert set(ledger.values()) <= {"sent", "unknown"}
    # Each killed sender leaves one message unsure at most.
    assert sum(status == "unknown" for status in ledger.values()) <= 12
    assert 0 < arrived_before_the_last < len(folk), "the kills came too early or too late"
