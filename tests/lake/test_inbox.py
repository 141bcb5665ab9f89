import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
from arrivals import NOON, arrival_of, arrivals_of, event

from tenure.base.errors import Unavailable
from tenure.lake.inbox import Arrival, GroupCommit, Inbox, open_inbox

pytest_plugins = ["postgres"]

ALL = 1 << 40  # bytes: a batch without a limit


class Gate:
    """An inbox whose disk waits for a sign, and which counts how often it was written."""

    database_url = ""

    def __init__(self, error: Exception | None = None) -> None:
        self.commits: list[int] = []
        self.error = error
        self.begun = threading.Event()
        self.opened = threading.Event()

    def append(self, arrivals: Sequence[Arrival]) -> None:
        self.begun.set()
        assert self.opened.wait(10)
        self.commits.append(len(arrivals))
        if self.error is not None:
            raise self.error


@pytest.fixture(params=["sqlite", "postgres"])
def inbox(request, home):
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    opened = open_inbox(home, url)
    yield opened
    opened.close()


def test_what_comes_out_is_what_went_in_in_order_of_arrival(inbox: Inbox):
    sent = [
        Arrival(
            "segment", "web", NOON, b'{"a": 1}' * 1000, {"ip": "10.0.0.1", "path": "/v1/batch"}
        ),
        Arrival("posthog", "app", NOON + timedelta(microseconds=7), b"\x00\xff", {}),
        Arrival("segment", "web", NOON, b"", {"user_agent": "größer"}),
    ]

    inbox.append(sent)

    batch = inbox.open_batch(after=0, now=NOON, max_bytes=ALL)
    assert batch.arrivals == 3
    assert inbox.arrivals(batch.number) == sent


def test_depth_tells_rows_bytes_and_the_oldest(inbox: Inbox):
    assert (inbox.depth().rows, inbox.depth().oldest_at, inbox.is_empty()) == (0, None, True)

    inbox.append([Arrival("segment", "web", NOON, b"12345", {})])
    inbox.append([Arrival("segment", "web", NOON - timedelta(hours=1), b"123", {})])

    depth = inbox.depth()
    assert (depth.rows, depth.bytes, depth.oldest_at) == (2, 8, NOON - timedelta(hours=1))
    assert not inbox.is_empty()


def test_an_unfinished_batch_is_given_again_with_the_same_members(inbox: Inbox):
    inbox.append(arrivals_of("ab"))
    first = inbox.open_batch(after=0, now=NOON, max_bytes=ALL)
    inbox.append(arrivals_of("c"))

    again = inbox.open_batch(after=0, now=NOON, max_bytes=ALL)

    assert again == first
    assert len(inbox.arrivals(again.number)) == 2


def test_release_forgets_the_members_and_nothing_else(inbox: Inbox):
    inbox.append(arrivals_of("ab"))
    first = inbox.open_batch(after=0, now=NOON, max_bytes=ALL)
    inbox.append(arrivals_of("c"))

    inbox.release(first.number, NOON)

    assert inbox.depth().rows == 1
    second = inbox.open_batch(after=0, now=NOON, max_bytes=ALL)
    assert second.number == first.number + 1
    assert inbox.arrivals(second.number) == arrivals_of("c")


def test_a_batch_ends_before_it_is_too_large_but_never_empty(inbox: Inbox):
    inbox.append([Arrival("segment", "web", NOON, b"x" * size, {}) for size in (900, 50, 40, 30)])

    sizes = []
    while (batch := inbox.open_batch(after=0, now=NOON, max_bytes=100)) is not None:
        sizes.append(batch.bytes)
        inbox.release(batch.number, NOON)

    assert sizes == [900, 90, 30]


def test_a_new_inbox_does_not_begin_below_what_the_lake_has_seen(inbox: Inbox):
    inbox.append(arrivals_of("a"))

    assert inbox.open_batch(after=500, now=NOON, max_bytes=ALL).number == 501


def test_scrubbing_leaves_what_still_waits(inbox: Inbox):
    inbox.append(arrivals_of("a"))
    released = inbox.open_batch(after=0, now=NOON, max_bytes=ALL)
    inbox.append(arrivals_of("b"))
    inbox.release(released.number, NOON)

    inbox.scrub()

    waiting = inbox.open_batch(after=0, now=NOON, max_bytes=ALL)
    assert inbox.arrivals(waiting.number) == arrivals_of("b")


def test_a_released_body_leaves_the_disk_when_the_inbox_is_scrubbed(home):
    inbox = open_inbox(home)
    inbox.append([Arrival("segment", "web", NOON, bytes(range(256)), {"ip": "198.51.100.77"})])
    inbox.release(inbox.open_batch(after=0, now=NOON, max_bytes=ALL).number, NOON)

    inbox.scrub()
    inbox.close()

    for path in home.root.iterdir():
        assert b"198.51.100.77" not in path.read_bytes()


def test_scrubbing_waits_for_a_reader_that_still_sees_the_old_bodies(home):
    inbox = open_inbox(home)
    inbox.append([Arrival("segment", "web", NOON, b"{}", {"ip": "198.51.100.77"})])
    reader = sqlite3.connect(home.inbox_file, isolation_level=None, check_same_thread=False)
    reader.execute("begin")
    reader.execute("select count(*) from arrival").fetchone()
    inbox.release(inbox.open_batch(after=0, now=NOON, max_bytes=ALL).number, NOON)
    later = threading.Timer(0.2, reader.close)
    later.start()

    inbox.scrub()
    later.join()
    inbox.close()

    for path in home.root.iterdir():
        assert b"198.51.100.77" not in path.read_bytes()


def test_the_file_is_synced_at_every_commit(home):
    inbox = open_inbox(home)

    assert inbox.durability() == {"journal_mode": "wal", "synchronous": 2}
    inbox.close()


def test_a_locked_or_broken_inbox_says_so_and_works_again_afterwards(home):
    inbox = open_inbox(home)
    with sqlite3.connect(home.inbox_file) as other:
        other.execute("alter table arrival rename to elsewhere")
        other.commit()

        with pytest.raises(Unavailable, match="inbox.sqlite3.*send it again"):
            inbox.append(arrivals_of("a"))

        other.execute("alter table elsewhere rename to arrival")
        other.commit()
    other.close()
    inbox.append(arrivals_of("a"))

    assert inbox.depth().rows == 1
    inbox.close()


def test_a_broken_connection_to_postgres_is_made_anew(home, postgres_url):
    import psycopg

    inbox = open_inbox(home, postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where pid <> pg_backend_pid() and datname = current_database()"
        )

    with pytest.raises(Unavailable, match="send it again"):
        inbox.append(arrivals_of("a"))
    inbox.append(arrivals_of("b"))

    assert inbox.depth().rows == 1
    inbox.close()


def test_a_row_that_commits_late_in_postgres_is_shipped_by_a_later_batch(home, postgres_url):
    import psycopg

    inbox = open_inbox(home, postgres_url)
    with psycopg.connect(postgres_url) as slow:
        slow.execute(
            "insert into inbox_arrival (kind, source, received_at, meta, size, body) "
            "values ('rows', 'slow', now(), '{}', 0, '\\x28b52ffd200000')"
        )
        inbox.append(arrivals_of("quick"))
        first = inbox.open_batch(after=0, now=NOON, max_bytes=ALL)
        first_sources = [each.source for each in inbox.arrivals(first.number)]
        slow.commit()
        inbox.release(first.number, NOON)

    second = inbox.open_batch(after=0, now=NOON, max_bytes=ALL)
    assert "slow" not in first_sources
    assert [each.source for each in inbox.arrivals(second.number)] == ["slow"]
    inbox.close()


def test_requests_that_come_while_the_disk_is_busy_share_one_commit():
    gate = Gate()
    group = GroupCommit(gate)

    async def requests():
        first = asyncio.create_task(group.append(arrival_of([event("first")])))
        await asyncio.to_thread(gate.begun.wait, 10)
        others = [asyncio.create_task(group.append(each)) for each in arrivals_of("abcdefgh")]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in (first, *others))
        gate.opened.set()
        await asyncio.gather(first, *others)

    asyncio.run(requests())
    group.close()

    assert gate.commits == [1, 8]


def test_an_error_of_the_commit_reaches_every_waiter_and_the_next_group_goes_on(home):
    gate = Gate(error=OSError("no space left on device"))
    gate.opened.set()
    group = GroupCommit(gate)

    async def requests():
        tasks = [asyncio.create_task(group.append(each)) for each in arrivals_of("abc")]
        return await asyncio.gather(*tasks, return_exceptions=True)

    errors = asyncio.run(requests())
    assert [type(each) for each in errors] == [Unavailable] * 3
    assert all("no space left" in str(each) for each in errors)

    gate.error = None
    assert asyncio.run(requests()) == [None, None, None]
    group.close()


def test_a_full_queue_refuses_at_once_instead_of_filling_the_memory():
    gate = Gate()
    group = GroupCommit(gate, max_bytes=100)

    async def requests():
        accepted = asyncio.create_task(group.append(Arrival("segment", "web", NOON, b"x" * 80, {})))
        await asyncio.to_thread(gate.begun.wait, 10)
        with pytest.raises(Unavailable, match="80 bytes wait.*100 are the limit"):
            await group.append(Arrival("segment", "web", NOON, b"x" * 40, {}))
        gate.opened.set()
        await accepted
        await group.append(Arrival("segment", "web", NOON, b"x" * 40, {}))

    asyncio.run(requests())
    group.close()


def test_a_disk_that_hangs_makes_later_requests_fail_quickly():
    gate = Gate()
    now = [0.0]
    group = GroupCommit(gate, max_seconds=5, monotonic=lambda: now[0])

    async def requests():
        accepted = asyncio.create_task(group.append(Arrival("segment", "web", NOON, b"x", {})))
        await asyncio.to_thread(gate.begun.wait, 10)
        now[0] = 6.0
        with pytest.raises(Unavailable, match="6 s behind"):
            await group.append(Arrival("segment", "web", NOON, b"x", {}))
        gate.opened.set()
        await accepted

    asyncio.run(requests())
    group.close()


def test_a_client_that_goes_away_disturbs_nobody_and_its_body_is_kept(home):
    inbox = open_inbox(home)
    group = GroupCommit(inbox)

    async def requests():
        gone = asyncio.create_task(group.append(arrival_of([event("gone")])))
        stays = asyncio.create_task(group.append(arrival_of([event("stays")])))
        await asyncio.sleep(0)
        gone.cancel()
        await stays

    asyncio.run(requests())
    group.close()

    assert inbox.depth().rows == 2
    inbox.close()


def test_an_event_loop_that_ended_early_does_not_end_the_writer(home):
    inbox = open_inbox(home)
    group = GroupCommit(inbox)
    gone = asyncio.new_event_loop()
    gone.create_task(group.append(arrival_of([event("gone")])))
    gone.run_until_complete(asyncio.sleep(0))
    for task in asyncio.all_tasks(gone):
        task.cancel()
    gone.run_until_complete(asyncio.sleep(0))
    gone.close()

    asyncio.run(group.append(arrival_of([event("stays")])))
    group.close()

    assert inbox.depth().rows == 2
    inbox.close()


def test_closing_writes_what_waits_and_refuses_what_comes_later(home):
    inbox = open_inbox(home)
    group = GroupCommit(inbox)

    async def requests():
        tasks = [asyncio.create_task(group.append(each)) for each in arrivals_of("abc")]
        await asyncio.sleep(0)
        await asyncio.to_thread(group.close)
        await asyncio.gather(*tasks)
        with pytest.raises(Unavailable, match="stopping"):
            await group.append(arrival_of([event("late")]))

    asyncio.run(requests())

    assert inbox.depth().rows == 3
    inbox.close()
