"""Nobody who waits for an answer waits until SQLite's log has been put away.

The web process commits what arrives; SQLite would have it put the log into the file too, each time
the log is long, which takes as long as some hundred commits. The shipper does it when it lets a
batch go.
"""

import os

import pytest
from arrivals import NOON

from tenure.lake.inbox import Arrival
from tenure.lake.inbox_sqlite import LOG_PAGES, SqliteInbox

MB = 1_000_000
ALL = 1 << 40
PAGE = 16_384


@pytest.fixture
def at_the_door(home):
    inbox = SqliteInbox(home.inbox_file)
    yield inbox
    inbox.close()


@pytest.fixture
def shipper(home, at_the_door):
    inbox = SqliteInbox(home.inbox_file)
    yield inbox
    inbox.close()


def arrives(inbox: SqliteInbox, megabytes: int) -> None:
    for _ in range(megabytes):
        inbox.append([Arrival("segment", "web", NOON, os.urandom(MB), {})])


def is_shipped(inbox: SqliteInbox) -> None:
    batch = inbox.open_batch(after=0, now=NOON, max_bytes=ALL)
    inbox.release(batch.number, NOON)


def log_bytes(home) -> int:
    return home.inbox_file.with_name(home.inbox_file.name + "-wal").stat().st_size


def test_who_takes_in_writes_to_the_log_alone(home, at_the_door):
    before = home.inbox_file.stat().st_size

    arrives(at_the_door, 20)

    # SQLite's own measure, 1,000 pages, was reached on the way.
    assert log_bytes(home) > 1_000 * PAGE
    assert home.inbox_file.stat().st_size == before


def test_the_log_is_put_into_the_file_by_who_ships(home, at_the_door, shipper):
    arrives(at_the_door, 4)
    before = home.inbox_file.stat().st_size

    is_shipped(shipper)

    assert home.inbox_file.stat().st_size > before + 3 * MB


def test_the_log_begins_anew_and_does_not_grow_with_what_arrives(home, at_the_door, shipper):
    sizes = []
    for _ in range(12):
        arrives(at_the_door, 3)
        is_shipped(shipper)
        sizes.append(log_bytes(home))

    assert sizes[-1] == sizes[3], sizes
    assert sizes[-1] < LOG_PAGES * PAGE


def test_what_is_taken_in_after_a_release_waits_for_the_disk_as_before(at_the_door, shipper):
    arrives(at_the_door, 1)
    is_shipped(shipper)

    assert shipper.durability() == {"journal_mode": "wal", "synchronous": 2}
    assert shipper.is_empty()
