"""kill -9 of a real worker at every stage, and several at once, on SQLite and PostgreSQL: the host
makes each change once, none is lost, and what is unsure is settled by reading."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from billing_worlds import TERMS, Host, host_running, only, sleeps

pytest_plugins = ["postgres"]
PROGRAM = Path(__file__).with_name("billing_process.py")


class HostOfMany(Host):
    """One subscription for each change, so that none waits for another."""

    def make(self, asked_for: dict) -> None:
        with self.lock:
            held = self.of.setdefault(asked_for["subscription"], dict(TERMS))
            self.terms = held
        super().make(asked_for)
        with self.lock:
            self.of[asked_for["subscription"]] = self.terms

    def __init__(self) -> None:
        super().__init__()
        self.of: dict[str, dict] = {}
        self.before = self.turn_to

    def turn_to(self, asked_for: dict) -> None:
        if asked_for["kind"] == "read_back":
            self.terms = self.of.get(asked_for["subscription"], TERMS)


@dataclass
class Programs:
    home: Path
    url: str

    def start(self, *words: str) -> subprocess.Popen:
        environment = os.environ | {
            "TENURE_HOME": str(self.home),
            "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
        }
        command = [sys.executable, PROGRAM, *words]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def run(self, *words: str) -> None:
        with self.start(*words) as process:
            assert process.wait(60) == 0

    def rows(self, query: str) -> list[tuple]:
        """Read past Django."""
        if self.url:
            with psycopg.connect(self.url) as state:
                return state.execute(query).fetchall()
        with closing(sqlite3.connect(self.home / "state.sqlite3")) as state:
            return state.execute(query).fetchall()

    def statuses(self) -> dict[str, int]:
        return dict(self.rows("select status, count(*) from billing_billingchange group by 1"))


@pytest.fixture(params=["sqlite", "postgres"])
def programs(request, migrated_home) -> Programs:
    url = request.getfixturevalue("migrated_url") if request.param == "postgres" else ""
    return Programs(migrated_home, url)


@pytest.fixture
def on_sqlite(migrated_home) -> Programs:
    return Programs(migrated_home, "")


def run_until(process: subprocess.Popen, word: str) -> None:
    for line in process.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"the worker ended with {process.wait()} before it said {word}")


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["begun", "answered", "reading"])
def test_a_worker_killed_at_a_stage(on_sqlite, stage):
    on_sqlite.run("prepare", "4")
    with host_running(HostOfMany()) as host:
        process = on_sqlite.start("work", host.url, stage, "0")
        run_until(process, "here")
        kill(process)
        held = on_sqlite.rows("select status from billing_billingchange where claimed_until > '2'")
        on_sqlite.run("work", host.url, "nowhere", "5")

    assert held == [("done" if stage == "reading" else "sent",)]
    assert on_sqlite.statuses() == {"done": 4}
    assert host.effects == {f"k{n}": 1 for n in range(4)}
    unshown = "select key from billing_billingchange where read_back_at is null or differs <> '[]'"
    assert on_sqlite.rows(unshown) == []
    # Only what was not done before the kill is asked for again.
    times = Counter(each["id"] for each in host.requests if each["kind"] != "read_back")
    assert times == {f"k{n}": 1 for n in range(4)}


@pytest.mark.slow
def test_a_worker_killed_while_the_host_is_at_it(on_sqlite):
    on_sqlite.run("prepare", "3")
    with host_running(HostOfMany()) as host:
        host.after = only("discount", sleeps(5.0))
        process = on_sqlite.start("work", host.url, "held", "0")
        run_until(process, "here")
        until = time.monotonic() + 5
        while not host.effects["k1"] and time.monotonic() < until:
            time.sleep(0.01)
        kill(process)
        host.after = lambda asked: None
        on_sqlite.run("work", host.url, "nowhere", "5")

    assert on_sqlite.statuses() == {"done": 3}
    assert host.effects == {f"k{n}": 1 for n in range(3)}
    assert [each["kind"] for each in host.requests].count("discount") == 1


@pytest.mark.slow
def test_workers_at_once_ask_for_each_change_once(programs):
    programs.run("prepare", "30")
    with host_running(HostOfMany()) as host:
        pair = [programs.start("work", host.url, "nowhere", "0") for _ in range(2)]
        programs.run("work-by-threads", host.url)
        for process in pair:
            assert process.wait(60) == 0
            process.stdout.close()

    asked_for = Counter(each["id"] for each in host.requests if each["kind"] != "read_back")
    assert asked_for == {f"k{n}": 1 for n in range(30)}
    assert programs.statuses() == {"done": 30}


@pytest.mark.slow
def test_six_pages_at_once_make_one_change(programs):
    programs.run("prepare", "0")
    with host_running() as host:
        programs.run("accept-by-threads", host.url)

    assert host.kinds().count("refund") == 1
    assert programs.statuses() == {"done": 1}
