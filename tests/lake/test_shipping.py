import os
import random
from datetime import UTC, datetime, timedelta

import psycopg
import pyarrow as pa
import pytest
from arrivals import (
    NOON,
    Rejects,
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

from tenure.base.errors import LeaseHeld
from tenure.base.home import Home
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.lease import lake_writer
from tenure.lake.rows import pack_event_table
from tenure.lake.shipping import last_batch, ship
from tenure.lake.tables import compact, open_table

pytest_plugins = ["postgres"]


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


@pytest.mark.parametrize("folder", ["with space", "ünï 台北", "a#b?c&d", "q'uote\"*{}"])
def test_a_lake_in_any_folder_that_a_home_may_have_gives_its_keys_again(tmp_path, rejects, folder):
    home = Home(tmp_path / folder)
    home.root.mkdir()
    inbox = open_inbox(home)
    inbox.append(arrivals_of("abc"))
    ship(home, inbox, {}, rejects, NOON)
    (home.keys / "event" / "index.json").unlink()
    inbox.append(arrivals_of("cd"))

    ship(home, inbox, {}, rejects, NOON)
    inbox.close()

    assert lake_ids(home) == list("abcd")


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


def test_postgres_ships_under_its_own_lock_even_from_another_home(tmp_path, rejects, postgres_url):
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


def test_a_lease_whose_database_session_died_commits_nothing_more(tmp_path, rejects, postgres_url):
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
