"""The same scenario is the same company; telling more, or less, changes nothing told."""

from datetime import date, datetime, time
from time import process_time
from zoneinfo import ZoneInfo

import pyarrow.compute as pc
import pytest

from demo.lived_company import company

BERLIN = ZoneInfo("Europe/Berlin")


def ids(table):
    return set(table["message_id"].to_pylist())


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return company(tmp_path_factory.mktemp("small"), accounts=60, seed=3)


def test_twice_the_same_seed_is_the_same_company_to_the_last_row(small, tmp_path):
    again = company(tmp_path, accounts=60, seed=3)

    assert again.events.equals(small.events)
    assert again.facts.equals(small.facts)
    assert again.truth == small.truth


def test_another_seed_is_another_company(small, tmp_path):
    other = company(tmp_path, accounts=60, seed=4)

    assert not ids(other.events) & ids(small.events)
    assert other.truth["leavings"] != small.truth["leavings"]


@pytest.mark.parametrize("until", [date(2025, 6, 2), date(2024, 12, 30), date(2023, 6, 20)])
def test_telling_less_is_the_beginning_of_telling_more(small, tmp_path, until):
    less = company(tmp_path, accounts=60, seed=3, until=until)

    for before, after in ((less.events, small.events), (less.facts, small.facts)):
        known = pc.is_in(after["message_id"], value_set=before["message_id"].combine_chunks())
        common = after.filter(known).sort_by("message_id")
        assert common.equals(before.sort_by("message_id"))
        later = after.filter(pc.invert(known))
        assert pc.min(later["known_at"]).as_py() >= datetime.combine(until, time(), BERLIN)


def test_fewer_events_are_the_same_lives(small, tmp_path):
    thin = company(tmp_path, accounts=60, seed=3, events_scale=0.1)
    plain = thin.facts.drop_columns(["message_id"])

    assert plain.equals(small.facts.drop_columns(["message_id"]))
    assert thin.truth["leavings"] == small.truth["leavings"]
    thick = small.rows("select count(*) from event where name = 'Signed In'")[0][0]
    left = thin.rows("select count(*) from event where name = 'Signed In'")[0][0]
    assert 0.07 < left / thick < 0.13


def test_message_ids_are_unique_within_their_source(small):
    for table in ("event", "fact"):
        assert (
            small.rows(f"select source, message_id from {table} group by all having count(*) > 1")
            == []
        )


@pytest.mark.slow
def test_four_times_the_accounts_take_at_most_about_four_times_as_long(tmp_path):
    def seconds(accounts):
        started = process_time()
        company(tmp_path / f"{accounts}", accounts=accounts, events_scale=0.2)
        return process_time() - started

    seconds(20)

    assert seconds(800) / seconds(200) <= 4**1.15
