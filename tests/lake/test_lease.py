import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tenure.base.errors import LeaseHeld
from tenure.base.home import Home
from tenure.lake.lease import lake_writer

pytest_plugins = ["postgres"]

HOLDER = """
import sys, time
from pathlib import Path
from tenure.base.home import Home
from tenure.lake.lease import lake_writer
with lake_writer(Home(Path(sys.argv[1])), "compact", database_url=sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(params=["file", "postgres"])
def url(request) -> str:
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else ""


def test_a_second_writer_is_told_who_holds_the_lease_and_for_what(home, url):
    with (
        lake_writer(home, "refresh", database_url=url),
        pytest.raises(
            LeaseHeld, match=rf"ship needs to write the lake, but pid {os.getpid()}.*\(refresh\)"
        ),
        lake_writer(home, "ship", database_url=url),
    ):
        pass


def test_the_lease_is_free_again_after_its_block_even_when_that_fails(home, url):
    with pytest.raises(ZeroDivisionError), lake_writer(home, "refresh", database_url=url):
        raise ZeroDivisionError

    with lake_writer(home, "ship", database_url=url) as lease:
        assert lease.is_held
    assert not lease.is_held


def test_a_killed_holder_leaves_the_lease_free(home, url):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, home.root, url], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    with (
        pytest.raises(LeaseHeld, match=rf"pid {holder.pid}\b.*\(compact\)"),
        lake_writer(home, "ship", database_url=url),
    ):
        pass

    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdout.close()

    with lake_writer(home, "ship", database_url=url, wait_seconds=5) as lease:
        assert lease.is_held


def test_a_writer_waits_as_long_as_it_was_told(home):
    begun = threading.Event()

    def hold_for_a_moment() -> None:
        with lake_writer(home, "refresh"):
            begun.set()
            time.sleep(0.2)

    other = threading.Thread(target=hold_for_a_moment)
    other.start()
    assert begun.wait(5)

    with lake_writer(home, "ship", wait_seconds=5) as lease:
        assert lease.is_held
    other.join()


def test_a_step_inside_a_step_writes_under_the_lease_it_was_given(home):
    with lake_writer(home, "refresh") as outer:
        with lake_writer(home, "compact", lease=outer) as inner:
            assert inner is outer
        assert outer.is_held


def test_two_homes_without_a_database_do_not_wait_for_each_other(tmp_path):
    with (
        lake_writer(Home(tmp_path / "here"), "ship"),
        lake_writer(Home(tmp_path / "there"), "ship"),
    ):
        pass


def test_a_lease_of_another_home_is_a_mistake_of_ours(tmp_path):
    with (
        lake_writer(Home(tmp_path / "here"), "ship") as lease,
        pytest.raises(AssertionError, match="another home"),
        lake_writer(Home(tmp_path / "there"), "ship", lease=lease),
    ):
        pass


def test_shipping_goes_on_beside_a_refresh(home, url):
    with (
        lake_writer(home, "refresh", part="derived", database_url=url),
        lake_writer(home, "ship", part="stored", database_url=url) as lease,
    ):
        assert lease.is_held


@pytest.mark.parametrize("part", ["stored", "derived"])
def test_who_writes_everything_waits_for_both_parts(home, url, part):
    with (
        lake_writer(home, "work", part=part, database_url=url),
        pytest.raises(LeaseHeld, match=r"forget needs to write the lake, but pid .*\(work\)"),
        lake_writer(home, "forget", database_url=url),
    ):
        pass


def test_who_waits_for_both_parts_keeps_nobody_from_the_free_one(home, url):
    with lake_writer(home, "refresh", part="derived", database_url=url):
        with (
            pytest.raises(LeaseHeld),
            lake_writer(home, "maintain", database_url=url, wait_seconds=0.2),
        ):
            pass
        with lake_writer(home, "ship", part="stored", database_url=url) as lease:
            assert lease.is_held
