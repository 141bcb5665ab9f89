"""Double clicks at the same moment, kill -9 at the worst ones, a state that is held by somebody
else: on SQLite and PostgreSQL, with real threads and processes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from billing.billing_worlds import Host, host_running
from own_process import printed_by

pytest_plugins = ["postgres"]
PROGRAM = Path(__file__).with_name("leaving_process.py")


@pytest.fixture
def host():
    with host_running(Host()) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def state(request, migrated_home, host):
    """(home, address of the database), with Acme in it."""
    home = migrated_home
    url = request.getfixturevalue("migrated_url") if request.param == "postgres" else ""
    printed_by(PROGRAM, home, "prepare", host.url, database_url=url)
    return home, url


def run(state, *words):
    home, url = state
    return json.loads(printed_by(PROGRAM, home, *words, database_url=url).splitlines()[-1])


def test_eight_windows_confirm_at_once_and_one_cancellation_is_made(state, host):
    found = run(state, "at_once", "leave")

    assert {each["status"] for each in found["answers"]} == {200}
    assert len({json.dumps(each, sort_keys=True) for each in found["answers"]}) == 1
    assert found["outcomes"] == ["canceled"]
    assert [kind for kind, _ in found["changes"]] == ["cancel_at_period_end"]
    assert sum(host.effects.values()) == 1


def test_eight_windows_accept_at_once_and_one_offer_is_given(state, host):
    found = run(state, "at_once", "accept")

    assert {each["status"] for each in found["answers"]} == {200}
    assert {each["outcome"] for each in found["answers"]} == {"saved"}
    assert (found["outcomes"], found["concessions"], found["saves"]) == (["saved"], 1, ["save"])
    assert sum(host.effects.values()) == 1


@pytest.mark.parametrize("where", ["before_event", "before_billing"])
def test_killed_after_the_outcome_the_worker_does_the_rest_once(state, host, where):
    home, url = state
    environment = os.environ | {
        "TENURE_HOME": str(home),
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tenure.app.settings",
        "PYTHONPATH": str(PROGRAM.parents[1]),
    }
    died = subprocess.run([sys.executable, PROGRAM, "killed", where], env=environment, timeout=60)
    assert died.returncode == -signal.SIGKILL
    assert sum(host.effects.values()) == 0

    found = run(state, "after")
    again = run(state, "after")

    assert found["before"]["outcomes"] == ["canceled"]
    assert found["before"]["changes"] == [["cancel_at_period_end", "intended"]]
    assert found["after"]["changes"] == [["cancel_at_period_end", "done"]]
    assert found["after"]["visits"] == [["canceled", "done"]]
    assert found["after"]["confirmed"] == 1
    assert found["after"]["saves"] == ["left"]
    assert again["after"] == found["after"]
    assert sum(host.effects.values()) == 1


def test_a_state_that_is_held_is_said_soon_and_the_next_click_is_taken(state):
    found = run(state, "locked")

    assert found["refused"] == {
        "status": 503,
        "code": "unavailable",
        "cancel_url": "https://app.example.com/cancel",
    }
    assert found["took_s"] < 4
    assert found["done"] == "canceled"
