"""kill -9 of a planner and several at once, on SQLite and PostgreSQL: nothing is let go twice or
lost, and nobody gets more than their allowance."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

pytest_plugins = ["postgres"]
PROGRAM = Path(__file__).with_name("planning_process.py")
PEOPLE = 120  # of whom a planner takes some at a time


def start(home: Path, url: str, *words: str) -> subprocess.Popen:
    environment = os.environ | {
        "TENURE_HOME": str(home),
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
    }
    command = [sys.executable, PROGRAM, *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def run(home: Path, url: str, *words: str) -> None:
    process = start(home, url, *words)
    process.communicate(timeout=120)
    assert process.returncode == 0


def kill_at(home: Path, url: str, stage: str) -> None:
    process = start(home, url, "release-until", stage)
    said = next((line for line in process.stdout if line.strip() == "here"), "")
    assert said, f"the planner ended before it was {stage}"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def ledger(home: Path, url: str) -> list[tuple[str, str]]:
    """Each key with its status, read past Django."""
    query = "select key, status from tenure_messages_message order by key"
    if url:
        with psycopg.connect(url) as state:
            return state.execute(query).fetchall()
    with closing(sqlite3.connect(home / "state.sqlite3")) as state:
        return state.execute(query).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_killed_planners_and_four_at_once_come_to_what_one_would(database, request, migrated_home):
    home = migrated_home
    url = request.getfixturevalue("migrated_url") if database == "postgres" else ""
    run(home, url, "prepare", str(PEOPLE))
    kill_at(home, url, "written")
    assert {status for _key, status in ledger(home, url)} == {"held"}
    run(home, url, "release-by-threads")

    stands = dict(ledger(home, url))
    assert len(stands) == 3 * PEOPLE  # what was intended, and nothing else
    wanted = {
        f"{n}/{place}": "ready" if place == 2 else "held"
        for n in range(PEOPLE)
        for place in range(3)
    }
    assert stands == wanted
