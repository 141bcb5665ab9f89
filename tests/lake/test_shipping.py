import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from arrivals import (
    NOON,
    arrival_of,
    arrival_of_facts,
    arrivals_of,
    event,
    fact,
    lake_ids,
    lake_rows,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import postgres_cluster, postgres_url  # noqa: F401

from tenure.base.errors import InvalidInput, LeaseHeld
from tenure.base.home import Home
from tenure.lake.decoding import Decoded
from tenure.lake.inbox import Arrival, Inbox, open_inbox
from tenure.lake.lease import lake_writer
from tenure.lake.rejects import RejectedRow
from tenure.lake.rows import decode_rows, pack_event_table, pack_events
from tenure.lake.shipping import last_batch, ship
from tenure.lake.tables import compact, open_table


class Crash(BaseException):
    """The process is gone: nothing after this line runs."""


class Rejects:
    """A reject sink that keeps one row for each (batch, position)."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], RejectedRow] = {}

    def __call__(self, batch: int, rows: list[RejectedRow]) -> None:
        self.rows |= {(batch, row.position): row for row in rows}

    def __iter__(self):
        return iter(self.rows.values())


@pytest.fixture
def rejects() -> Rejects:
    return Rejects()


@pytest.fixture
def inbox(home: Home):
    opened = open_inbox(home)
    yield opened
    opened.close()


def test_events_and_facts_go_to_their_tables_with_batch_and_month(home, inbox, rejects):
    inbox.append([arrival_of([event("a", occurred_at=datetime(2025, 1, 31, 23, 59, tzinfo=UTC))])])
    inbox.append([arrival_of_facts([fact("f")])])

    shipped = ship(home, inbox, {}, rejects, NOON)

    assert (shipped.events, shipped.billing_facts, shipped.batches) == (1, 1, 1)
    (row,) = lake_rows(home).to_pylist()
    assert (row["batch"], row["occurred_month"], row["source"]) == (1, "2025-01", "web")
    (row,) = lake_rows(home, "billing_fact").to_pylist()
    assert (row["batch"], row["is_void"], row["attributes"]) == (1, False, "{}")
    assert inbox.is_empty()
    assert not list(rejects)


def test_an_id_is_taken_once_within_a_batch_between_batches_and_after_compaction(
    home, inbox, rejects
):
    inbox.append(arrivals_of("aab"))
    first = ship(home, inbox, {}, rejects, NOON)
    inbox.append(arrivals_of("abc"))
    second = ship(home, inbox, {}, rejects, NOON)
    compact(open_table(home, "event"))
    inbox.append(arrivals_of("cba"))
    third = ship(home, inbox, {}, rejects, NOON)

    assert [each.duplicates for each in (first, second, third)] == [1, 2, 3]
    assert lake_ids(home) == ["a", "b", "c"]


def test_one_id_of_two_sources_or_of_two_tables_is_two_rows(home, inbox, rejects):
    inbox.append([arrival_of([event("a")], source="web"), arrival_of([event("a")], source="app")])
    inbox.append([arrival_of_facts([fact("a")], source="web")])

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["a", "a"]
    assert lake_ids(home, "billing_fact") == ["a"]


def test_the_first_of_two_rows_with_one_id_is_kept(home, inbox, rejects):
    inbox.append([arrival_of([event("a", name="first")]), arrival_of([event("a", name="second")])])

    ship(home, inbox, {}, rejects, NOON)

    assert lake_rows(home)["name"].to_pylist() == ["first"]


def test_an_empty_inbox_ships_nothing_and_makes_no_table(home, inbox, rejects):
    assert ship(home, inbox, {}, rejects, NOON).batches == 0
    assert last_batch(home) is None


def test_the_last_batch_tells_up_to_when_arrivals_are_in_the_lake(home, inbox, rejects):
    inbox.append([arrival_of([event("a")], received_at=NOON + timedelta(minutes=3))])
    inbox.append([arrival_of([event("b")], received_at=NOON)])

    ship(home, inbox, {}, rejects, NOON + timedelta(minutes=4))

    assert last_batch(home).number == 1
    assert last_batch(home).received_at == NOON + timedelta(minutes=3)
    assert last_batch(home).shipped_at == NOON + timedelta(minutes=4)


def test_large_arrivals_go_in_several_batches_of_one_call(home, inbox, rejects):
    inbox.append(arrivals_of("abcdef"))

    shipped = ship(home, inbox, {}, rejects, NOON, max_bytes=300)

    assert shipped.batches > 1
    assert shipped.is_caught_up
    assert lake_ids(home) == list("abcdef")
    assert sorted(set(lake_rows(home)["batch"].to_pylist())) == list(range(1, shipped.batches + 1))


def test_a_call_that_runs_out_of_time_says_that_more_waits(home, inbox, rejects):
    inbox.append(arrivals_of("abcdef"))

    shipped = ship(home, inbox, {}, rejects, NOON, max_bytes=300, max_seconds=0)

    assert shipped.batches == 1
    assert not shipped.is_caught_up


def test_a_table_of_arrow_ships_like_rows(home, inbox, rejects):
    names = ["message_id", "type", "occurred_at", "known_at"]
    columns = pa.table([["a", "b"], ["track"] * 2, [NOON] * 2, [NOON] * 2], names=names)
    inbox.append([Arrival("rows", "import", NOON, pack_event_table(columns), {})])

    ship(home, inbox, {}, rejects, NOON)

    rows = lake_rows(home).to_pylist()
    assert [row["message_id"] for row in rows] == ["a", "b"]
    assert {(row["source"], row["properties"], row["received_at"]) for row in rows} == {
        ("import", "{}", NOON)
    }


def test_a_body_that_breaks_its_decoder_is_kept_and_its_neighbours_are_shipped(
    home, inbox, rejects
):
    inbox.append(
        [*arrivals_of("ab"), Arrival("rows", "web", NOON, b"E\xc1poison", {}), *arrivals_of("cd")]
    )

    shipped = ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == list("abcd")
    assert shipped.rejected == 1
    (row,) = rejects
    assert (row.code, row.source, row.raw) == ("undecodable", "web", "base64:RcFwb2lzb24=")
    assert inbox.is_empty()


def test_a_decoder_that_speaks_plainly_is_quoted(home, inbox, rejects):
    def refuse(arrivals: Sequence[Arrival]) -> Decoded:
        raise InvalidInput("batch is not a list")

    inbox.append([Arrival("segment", "web", NOON, b'{"batch": 1}', {})])

    ship(home, inbox, {"segment": refuse}, rejects, NOON)

    (row,) = rejects
    assert (row.raw, row.field) == ('{"batch": 1}', "body")
    assert "batch is not a list" in row.remedy


def test_an_arrival_that_nothing_decodes_is_kept_to_be_replayed(home, inbox, rejects):
    inbox.append([Arrival("fax", "web", NOON, b"beep", {}), *arrivals_of("a")])

    ship(home, inbox, {}, rejects, NOON)

    assert [(row.code, row.raw) for row in rejects] == [("unknown_kind", "beep")]
    assert lake_ids(home) == ["a"]


@pytest.mark.parametrize(
    ("columns", "code", "field"),
    [
        ({"occurred_at": datetime(1969, 12, 31, tzinfo=UTC)}, "out_of_range", "occurred_at"),
        ({"occurred_at": NOON + timedelta(days=1, seconds=1)}, "in_the_future", "occurred_at"),
        ({"occurred_at": None}, "missing", "occurred_at"),
        ({"known_at": None}, "missing", "known_at"),
        ({"type": None}, "missing", "type"),
        ({"message_id": ""}, "missing", "message_id"),
        ({"message_id": None}, "missing", "message_id"),
        ({"name": 5}, "wrong_type", "name"),
        ({"occurred_at": "yesterday"}, "wrong_type", "occurred_at"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_alone_with_a_remedy(
    home, inbox, rejects, columns, code, field
):
    bad = event("bad", source_ref="usage.csv:7") | columns
    inbox.append([arrival_of([event("good"), bad, event("better")])])

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["better", "good"]
    (row,) = rejects
    assert (row.code, row.field, row.source_ref) == (code, field, "usage.csv:7")
    assert row.received_at == NOON
    assert field in row.remedy
    assert '"usage.csv:7"' in row.raw


@pytest.mark.parametrize("column", ["occurred_at", "known_at", "sent_at"])
def test_an_instant_that_no_calendar_holds_stops_nobody(home, inbox, rejects, column):
    wild = pa.array([2**60, 0], pa.timestamp("us", tz="UTC"))
    plain = pa.array([0, 0], pa.timestamp("us", tz="UTC"))
    columns = pa.table(
        {
            "message_id": ["wild", "plain"],
            "type": ["track", "track"],
            **{name: plain for name in ("occurred_at", "known_at", "sent_at")},
            column: wild,
        }
    )
    inbox.append([Arrival("rows", "import", NOON, pack_event_table(columns), {})])

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["plain"]
    (row,) = rejects
    assert (row.code, row.field) == ("out_of_range", column)


def test_text_that_is_not_unicode_is_refused_with_its_arrival(home, inbox, rejects):
    broken = pa.array([b"\xff\xfe"], pa.binary()).view(pa.string())
    columns = pa.table(
        [["a"], ["track"], [NOON], [NOON], broken],
        names=["message_id", "type", "occurred_at", "known_at", "name"],
    )
    inbox.append(
        [Arrival("rows", "import", NOON, pack_event_table(columns), {}), *arrivals_of("b")]
    )

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["b"]
    assert [row.code for row in rejects] == ["undecodable"]


def test_a_refused_body_with_a_nul_can_be_stored_in_any_database(home, inbox, rejects):
    inbox.append([Arrival("fax", "web", NOON, b"be\0ep", {})])

    ship(home, inbox, {}, rejects, NOON)

    assert [row.raw for row in rejects] == ["be\\u0000ep"]


def test_a_refused_row_can_be_mended_and_sent_again_under_its_id(home, inbox, rejects):
    inbox.append([arrival_of([event("a", occurred_at=datetime(1900, 1, 1, tzinfo=UTC))])])
    ship(home, inbox, {}, rejects, NOON)
    inbox.append([arrival_of([event("a")])])

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["a"]


def test_a_clock_an_hour_ahead_is_forgiven(home, inbox, rejects):
    inbox.append([arrival_of([event("a", occurred_at=NOON + timedelta(hours=1))])])

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == ["a"]


def test_positions_of_refused_rows_are_unique_in_their_batch_and_stable(home, inbox, rejects):
    bad = [event(each, occurred_at=datetime(1900, 1, 1, tzinfo=UTC)) for each in "abc"]
    inbox.append(
        [arrival_of(bad[:2]), Arrival("fax", "web", NOON, b"beep", {}), arrival_of(bad[2:])]
    )

    def forgetful(batch: int, rows: list[RejectedRow]) -> None:
        rejects(batch, rows)
        raise Crash

    with pytest.raises(Crash):
        ship(home, inbox, {}, forgetful, NOON)
    before = dict(rejects.rows)
    ship(home, inbox, {}, rejects, NOON)

    assert sorted(position for _, position in before) == [0, 1, 2, 3]
    assert rejects.rows == before


def test_only_one_process_ships(home, inbox, rejects):
    inbox.append(arrivals_of("a"))

    with (
        lake_writer(home, "refresh"),
        pytest.raises(LeaseHeld, match=rf"pid {os.getpid()} \(refresh\)"),
    ):
        ship(home, inbox, {}, rejects, NOON, wait_seconds=0)

    assert ship(home, inbox, {}, rejects, NOON).events == 1


def test_a_caller_that_holds_the_lease_ships_under_it(home, inbox, rejects):
    inbox.append(arrivals_of("a"))

    with lake_writer(home, "refresh") as lease:
        assert ship(home, inbox, {}, rejects, NOON, lease=lease).events == 1
    with pytest.raises(LeaseHeld, match="has ended"):
        ship(home, inbox, {}, rejects, NOON, lease=lease)


class CrashingInbox:
    """An inbox whose process dies before or after it releases a batch."""

    def __init__(self, inbox: Inbox, *, after: bool) -> None:
        self._inbox = inbox
        self._after = after

    def __getattr__(self, name: str):
        return getattr(self._inbox, name)

    def release(self, batch: int, now: datetime) -> None:
        if self._after:
            self._inbox.release(batch, now)
        raise Crash


def _unsynced(handle: int) -> None:
    """For what a test does before the moment that it is about."""


def _crashing_at(step: int):
    """An fsync that dies at its `step`-th call."""
    calls = 0

    def fsync(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            raise Crash

    return fsync


def test_a_crash_at_any_sync_neither_loses_nor_doubles_a_row_of_either_table(tmp_path):
    step = 0
    crashes = 0
    while True:
        step += 1
        home = Home(tmp_path / str(step))
        inbox = open_inbox(home)
        inbox.append(arrivals_of("ab") + [arrival_of_facts([fact("f"), fact("g")])])
        ship(home, inbox, {}, Rejects(), NOON, fsync=_unsynced)
        inbox.append(arrivals_of("bcd") + [arrival_of_facts([fact("g"), fact("h")])])
        try:
            ship(home, inbox, {}, Rejects(), NOON, fsync=_crashing_at(step))
        except Crash:
            crashes += 1
        else:
            inbox.close()
            break
        inbox.append(arrivals_of("de") + [arrival_of_facts([fact("h"), fact("i")])])

        ship(home, inbox, {}, Rejects(), NOON)

        assert lake_ids(home) == list("abcde"), f"events after a crash at sync {step}"
        assert lake_ids(home, "billing_fact") == list("fghi"), f"facts after a crash at sync {step}"
        assert inbox.is_empty()
        inbox.close()
    # Two tables, each with a run, a data file, a log entry, their folders, and an index.
    assert crashes >= 16


def _tear(home: Home, before: set[Path], synced: set[Path], damage: str) -> None:
    """Do to every new file that was not synced what a power cut may do."""
    for path in [*home.lake.rglob("*"), *home.keys.rglob("*")]:
        if not path.is_file() or path in before or path in synced:
            continue
        # A disk writes in an order of its own: the log may survive what it speaks of.
        if damage.startswith("data") and path.suffix != ".parquet":
            continue
        if damage.endswith("gone"):
            path.unlink()
        elif damage.endswith("empty"):
            path.write_bytes(b"")
        else:
            path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("damage", ["gone", "empty", "zeroed", "data gone", "data zeroed"])
def test_a_power_cut_at_any_sync_tears_nothing_that_the_lake_relies_on(tmp_path, damage):
    step = 0
    while True:
        step += 1
        home = Home(tmp_path / str(step))
        inbox = open_inbox(home)
        inbox.append(arrivals_of("ab") + [arrival_of_facts([fact("f")])])
        ship(home, inbox, {}, Rejects(), NOON, fsync=_unsynced)
        inbox.append(arrivals_of("bcd") + [arrival_of_facts([fact("g")])])
        before = {path for path in home.root.rglob("*") if path.is_file()}
        synced: set[Path] = set()
        crash = _crashing_at(step)

        def fsync(handle: int, synced=synced, crash=crash) -> None:
            crash(handle)
            path = Path(os.readlink(f"/proc/self/fd/{handle}"))
            synced |= {path, path.with_name(path.name.removesuffix(".new"))}

        try:
            ship(home, inbox, {}, Rejects(), NOON, fsync=fsync)
        except Crash:
            _tear(home, before, synced, damage)
        else:
            inbox.close()
            break

        ship(home, inbox, {}, Rejects(), NOON)

        assert lake_ids(home) == list("abcd"), f"after a power cut at sync {step}"
        assert lake_ids(home, "billing_fact") == ["f", "g"], f"after a power cut at sync {step}"
        inbox.close()
    assert step > 16


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_around_the_release_neither_loses_nor_doubles(home, inbox, rejects, after):
    inbox.append(arrivals_of("ab"))
    with pytest.raises(Crash):
        ship(home, CrashingInbox(inbox, after=after), {}, rejects, NOON)
    inbox.append(arrivals_of("bc"))

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == list("abc")


def test_a_lost_inbox_begins_above_the_batches_of_the_lake(home, inbox, rejects):
    for each in "abc":
        inbox.append(arrivals_of(each))
        ship(home, inbox, {}, rejects, NOON)
    inbox.close()
    for path in home.root.glob("inbox.sqlite3*"):
        path.unlink()

    anew = open_inbox(home)
    anew.append(arrivals_of("cd"))
    ship(home, anew, {}, rejects, NOON)
    anew.close()

    assert lake_ids(home) == list("abcd")


def test_a_lost_or_broken_key_set_is_made_anew_from_the_lake(home, inbox, rejects):
    inbox.append(arrivals_of("abc"))
    ship(home, inbox, {}, rejects, NOON)
    (home.keys / "event" / "index.json").unlink()
    inbox.append(arrivals_of("cd"))
    ship(home, inbox, {}, rejects, NOON)
    next((home.keys / "event").glob("*.run")).write_bytes(b"12345678" * 2)
    inbox.append(arrivals_of("de"))

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == list("abcde")


def test_everything_is_synced_before_the_inbox_forgets(home, inbox, rejects):
    synced: list[Path] = []

    def fsync(handle: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")))
        os.fsync(handle)

    released_after: list[int] = []

    class Watching(CrashingInbox):
        def release(self, batch: int, now: datetime) -> None:
            released_after.append(len(synced))
            self._inbox.release(batch, now)

    inbox.append(arrivals_of("a"))
    ship(home, Watching(inbox, after=False), {}, rejects, NOON, fsync=fsync)

    before = synced[: released_after[0]]
    table = home.lake / "event"
    data = [path for path in table.rglob("*.parquet")]
    entry = table / "_delta_log" / "00000000000000000001.json"
    assert len(data) == 1
    assert {*data, entry, data[0].parent, table, table / "_delta_log", home.keys / "event"} <= {
        *before
    }
    # A log entry that survives a power cut must not name a file that did not.
    assert before.index(data[0]) < before.index(entry)
    assert any(path.name.startswith("batch-") for path in before)


def test_months_out_of_all_reason_make_no_folders(home, inbox, rejects):
    wild = [
        event(str(year), occurred_at=datetime(year, 1, 1, tzinfo=UTC)) for year in range(1, 9999, 7)
    ]
    inbox.append([arrival_of([*wild, event("sane")])])

    ship(home, inbox, {}, rejects, NOON)

    years = {int(path.name[15:19]) for path in (home.lake / "event").glob("occurred_month=*")}
    assert min(years) >= 1970
    assert max(years) <= 2025
    assert len(list(rejects)) + len(lake_ids(home)) == len(wild) + 1


IDS = st.lists(st.sampled_from("abcdefgh"), max_size=12)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ids=IDS, seed=st.integers(0, 2**16), cuts=st.integers(1, 5))
def test_order_duplication_and_grouping_of_arrivals_change_nothing_in_the_lake(
    tmp_path_factory, ids, seed, cuts
):
    chance = random.Random(seed)
    home = Home(tmp_path_factory.mktemp("home"))
    inbox = open_inbox(home)
    shuffled = ids + chance.choices(ids, k=5) if ids else []
    chance.shuffle(shuffled)
    for first in range(cuts):
        inbox.append([arrival_of([event(each) for each in shuffled[first::cuts]])])
        if chance.random() < 0.5:
            ship(home, inbox, {}, Rejects(), NOON, max_bytes=chance.choice([1, 300, 10**6]))

    ship(home, inbox, {}, Rejects(), NOON)
    inbox.close()

    assert lake_ids(home) == sorted(set(ids))


def test_postgres_ships_under_its_own_lock_even_from_another_home(tmp_path, rejects, postgres_url):  # noqa: F811
    here, there = Home(tmp_path / "here"), Home(tmp_path / "there")
    inbox = open_inbox(here, postgres_url)
    inbox.append(arrivals_of("ab"))

    with (
        lake_writer(there, "forget", database_url=postgres_url),
        pytest.raises(LeaseHeld, match=rf"pid {os.getpid()} on .* \(forget\)"),
    ):
        ship(here, inbox, {}, rejects, NOON, wait_seconds=0)
    shipped = ship(here, inbox, {}, rejects, NOON)

    assert shipped.events == 2
    assert lake_ids(here) == ["a", "b"]
    inbox.close()


def test_a_lease_whose_database_session_died_commits_nothing_more(tmp_path, rejects, postgres_url):  # noqa: F811
    home = Home(tmp_path / "home")
    inbox = open_inbox(home, postgres_url)
    inbox.append(arrivals_of("ab"))

    with lake_writer(home, "work", database_url=postgres_url) as lease:
        pid = lease.session.info.backend_pid
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("select pg_terminate_backend(%s)", (pid,))
        with pytest.raises(LeaseHeld, match="is gone"):
            ship(home, inbox, {}, rejects, NOON, lease=lease)

    assert ship(home, inbox, {}, rejects, NOON).events == 2
    inbox.close()


def test_packing_refuses_what_the_lake_has_no_column_for():
    with pytest.raises(ValueError, match="user_name: no such column"):
        pack_events([event("a", user_name="Ann")])
    with pytest.raises(ValueError, match="occurred_at.*no time zone"):
        pack_events([event("a") | {"occurred_at": datetime(2025, 1, 1)}])  # noqa: DTZ001


def test_the_decoder_of_rows_is_pure():
    arrivals = [arrival_of([event("a"), event("b", name=7)]), arrival_of_facts([fact("f")])]

    once, twice = decode_rows(arrivals), decode_rows(arrivals)

    assert once.events.equals(twice.events)
    assert once.rejected == twice.rejected
