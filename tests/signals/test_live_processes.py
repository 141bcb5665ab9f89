"""A running Tenure: an event reaches the collector, and seconds later its signal is there."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request

import pytest

from tenure.bench.processes import new_home_with_key, running

pytestmark = pytest.mark.slow

KILLS = 8
ACCOUNTS = 40


def post(port, key, path, said):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/{path}", data=json.dumps({"writeKey": key, **said}).encode()
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 200


def cancels(account, number=0):
    return {
        "event": "Cancel Page Viewed",
        "userId": f"u-{account}",
        "messageId": f"{account}-{number}",
        "context": {"groupId": account},
    }


def rows(root, sql):
    """From the state of a running Tenure; none while there is no state yet."""
    state = sqlite3.connect(f"file:{root / 'state.sqlite3'}?mode=ro", uri=True)
    try:
        return state.execute(sql).fetchall()
    finally:
        state.close()


def wait_for(happens, within_s):
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if found := happens():
            return found
        time.sleep(0.05)
    return happens()


def test_a_cancel_page_is_a_signal_within_five_seconds(tmp_path):
    root = tmp_path / "home"
    key = new_home_with_key(root)
    with running(root, "serve") as (port, _, _):
        # Somebody who is new is placed by the group call right before.
        post(port, key, "group", {"userId": "eve", "groupId": "new", "messageId": "g"})
        post(port, key, "track", {"event": "Cancel Page Viewed", "userId": "eve", "messageId": "c"})
        post(port, key, "track", cancels("acme"))
        posted = time.monotonic()
        found = wait_for(
            lambda: (
                len(rows(root, "select key from signals_signal where told_at is not null")) == 2
            ),
            within_s=20,
        )
        took_s = time.monotonic() - posted

    assert found
    # The first event after a start waits for the worker to come up, too.
    assert took_s < 5, f"{took_s:.1f} s"
    assert sorted(rows(root, "select account_id, kind from signals_signal")) == [
        ("acme", "cancel_intent"),
        ("new", "cancel_intent"),
    ]


def test_a_worker_that_is_killed_again_and_again_raises_each_signal_once(tmp_path):
    root = tmp_path / "home"
    key = new_home_with_key(root)
    draw = random.Random(3)
    command = [sys.executable, "-m", "tenure.app", "--home", str(root), "work"]

    def start():
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )

    with running(root, "web") as (port, _, _):
        worker, sent = start(), 0
        try:
            for _ in range(KILLS):
                # Long enough to come up, and then at any moment of the work.
                until = time.monotonic() + draw.uniform(2.0, 4.5)
                while time.monotonic() < until:
                    for account in (sent % ACCOUNTS, draw.randrange(ACCOUNTS)):
                        post(
                            port, key, "track", cancels(f"a{account:02}", number=draw.randrange(5))
                        )
                    sent += 1
                    time.sleep(0.05)
                os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
                worker = start()
            for account in range(ACCOUNTS):
                post(port, key, "track", cancels(f"a{account:02}"))
            told = "select count(*) from signals_signal where told_at is not null"
            wait_for(lambda: rows(root, told) == [(ACCOUNTS,)], within_s=60)
            wait_for(lambda: rows(root, "select count(*) from signals_waitingrow") == [(0,)], 5)
            time.sleep(3)  # whatever would come twice comes now
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()

    by_account = rows(root, "select account_id, count(*) from signals_signal group by 1")
    assert sorted(by_account) == [(f"a{n:02}", 1) for n in range(ACCOUNTS)]
    assert rows(root, "select count(*) from tasks_task where key like 'signal:%'") == [(ACCOUNTS,)]
    assert signal_events(root) == {f"a{n:02}": 1 for n in range(ACCOUNTS)}


def signal_events(root):
    """How many events of type signal the lake holds of each account, after the inbox is empty."""
    code = """
import os, sys, json, collections
from tenure.base.home import Home
from tenure.lake.inbox import open_inbox
from tenure.lake.shipping import ship
from tenure.lake.tables import open_table
from pathlib import Path
from tenure.base.clock import system_clock
from tenure.app.decoders import DECODERS
home = Home(Path(sys.argv[1]))
inbox = open_inbox(home)
ship(home, inbox, DECODERS, lambda batch, rows: None, system_clock())
inbox.close()
table = open_table(home, "event").to_pyarrow_table(columns=["type", "name", "account_key"])
kept = [r for r in table.to_pylist() if r["type"] == "signal" and r["name"] == "cancel_intent"]
print(json.dumps(collections.Counter(r["account_key"] for r in kept)), flush=True)
os._exit(0)  # Arrow's threads sometimes abort an interpreter that ends
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
