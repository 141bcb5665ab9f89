"""From a page to somebody who should act: the whole way, through web and worker."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest
from browser_world import visiting

from tenure.base.home import Home
from tenure.bench.processes import new_home, running

pytestmark = pytest.mark.slow
WITHIN_S = 5
RAISED = "select kind, account_id, person_id from signals_signal"


def test_a_cancel_page_seen_is_a_signal_within_five_seconds(browser, site, tmp_path):
    home = Home(tmp_path / "home")
    new_home(home.root)
    made = subprocess.run(
        [sys.executable, "-m", "tenure.app", "--home", home.root, "keys", "create", "Web app"],
        check=True,
        capture_output=True,
        text=True,
    )
    named = "web-app", made.stdout.split()[0]
    with running(home.root, "serve") as (port, _, _):
        tenure = f"http://127.0.0.1:{port}"
        with visiting(browser, site, tenure, None, named) as visit:
            page = visit.open(interval=5_000)
            page.evaluate("tenure.identify('u1'); tenure.group('acme')")
            page.evaluate("history.pushState({}, '', '/billing/cancel')")
            signals, began = [], time.monotonic()
            with closing(sqlite3.connect(f"file:{home.state_file}?mode=ro", uri=True)) as state:
                while not signals and time.monotonic() - began < 2 * WITHIN_S:
                    signals = state.execute(RAISED).fetchall()
                    time.sleep(0.05)
            took_s = time.monotonic() - began

    assert signals == [("cancel_intent", "acme", "u1")]
    assert took_s < WITHIN_S
