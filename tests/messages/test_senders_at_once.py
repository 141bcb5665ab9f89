"""Several senders, threads and processes, on SQLite and PostgreSQL: each mail arrives once."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from smtp_sink import sink_running

pytest_plugins = ["postgres"]
PROGRAM = Path(__file__).with_name("sending_process.py")


@dataclass
class Programs:
    """Starts programs of `sending_process.py` on one state."""

    home: Path
    url: str

    def start(self, *words: str, out: int = subprocess.DEVNULL) -> subprocess.Popen:
        environment = os.environ | {
            "TENURE_HOME": str(self.home),
            "DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
        }
        command = [sys.executable, PROGRAM, *words]
        return subprocess.Popen(command, env=environment, stdout=out, text=True)

    def run(self, *words: str) -> None:
        assert self.start(*words).wait(60) == 0

    def rows(self, query: LiteralString) -> dict[str, Any]:
        """The answer's two columns, read past Django."""
        if self.url:
            with psycopg.connect(self.url) as state:
                return dict(state.execute(query).fetchall())
        with closing(sqlite3.connect(self.home / "state.sqlite3")) as state:
            return dict(state.execute(query))

    def ledger(self) -> dict[str, str]:
        """Each recipient's status."""
        return self.rows("select recipient, status from tenure_messages_message")


@pytest.fixture(params=["sqlite", "postgres"])
def programs(request, migrated_home) -> Programs:
    url = request.getfixturevalue("migrated_url") if request.param == "postgres" else ""
    return Programs(migrated_home, url)


@pytest.mark.slow
def test_threads_send_each_mail_once_and_intend_each_key_once(programs):
    folk = [f"ann-{n}@example.org" for n in range(60)]
    programs.run("prepare", *folk)
    with sink_running() as sink:
        programs.run("send-by-threads", str(sink.port))
    programs.run("intend-by-threads", "one key")

    assert Counter(to for to, _ in sink.taken) == dict.fromkeys(folk, 1)
    assert programs.ledger() == dict.fromkeys(folk, "sent") | {"ann@example.org": "ready"}


@pytest.mark.slow
def test_six_workers_at_once_tell_each_thing_once(programs):
    programs.run("prepare")
    programs.run("tell-by-threads")

    assert programs.rows("select purpose, count(*) from tenure_messages_message group by 1") == {
        "at_once": 1,
        "digest": 1,
        "reminder": 1,
        "sign_in": 1,
    }


@pytest.mark.slow
def test_three_processes_one_of_them_killed(programs):
    folk = [f"ann-{n}@example.org" for n in range(90)]
    programs.run("prepare", *folk)
    with sink_running() as sink:
        port = str(sink.port)
        with programs.start("send", port, "answered", "0", out=subprocess.PIPE) as killed:
            assert [killed.stdout.readline() for _ in range(2)] == ["ready\n", "here\n"]
            others = [programs.start("send", port, "nowhere", "0") for _ in range(2)]
            assert [other.wait(60) for other in others] == [0, 0]
            killed.kill()
        programs.run("send", port, "nowhere", "1")

    arrived = Counter(to for to, _ in sink.taken)
    assert set(arrived.values()) == {1}
    assert Counter(programs.ledger().values()) == {"sent": 89, "unknown": 1}
    assert set(arrived) == set(folk)
