"""A condition asked of one card at hand has DuckDB's answer, all three truths of it."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segments.condition_texts import conditions, rows_of
from segments.segment_worlds import ACCOUNTS, COLUMNS, TODAY, ZONE, condition, tables
from tenure.segments.of_one_card import asked_of_one_card, counts_events, requires
from tenure.segments.why import why

BERLIN = ZoneInfo(ZONE)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with tables(tmp_path_factory.mktemp("lake")) as found:
        yield found


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(data=st.data(), rows=st.lists(rows_of(COLUMNS), min_size=1, max_size=3))
def test_it_answers_as_duckdb_does(world, data, rows):
    accounts = [{**row, "account_id": f"a{n}"} for n, row in enumerate(rows)]
    world.accounts(accounts)
    world.uses([])
    for _ in range(6):
        text = data.draw(conditions(ACCOUNTS))
        read = condition(text)
        if counts_events(read):
            continue
        asked = asked_of_one_card(read)
        for row in accounts:
            by_duckdb = why(world, read, row["account_id"]).holds
            assert asked(row, TODAY, BERLIN) is by_duckdb, text


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("plan = 'Pro'", {"plan": None}, None),
        ("plan = 'Pro' and mrr_minor > 5", {"plan": None, "mrr_minor": 1}, False),
        ("plan = 'Pro' or mrr_minor > 5", {"plan": None, "mrr_minor": 9}, True),
        ("plan <> 'Pro'", {}, None),
        ("plan like '%r%o'", {"plan": "Prooo"}, True),
        ("plan like 'Pro%Pro'", {"plan": "Pro"}, False),
        ("plan like 'P__%'", {"plan": "Pr"}, False),
        ("plan ilike 'ÜN_'", {"plan": "ünï"}, True),
        ("notice_at = date '2026-03-01'", {"notice_at": datetime(2026, 2, 28, 23, 30, tzinfo=UTC)}, True),
        ("mrr_minor / 0 > 1", {"mrr_minor": 5}, None),
        ("renews_on - interval '1 month' = date '2026-02-28'", {"renews_on": datetime(2026, 3, 31, tzinfo=UTC).date()}, True),
        ("has(unused_features, 'x')", {"unused_features": ["x"]}, True),
        ("has(unused_features, 'x')", {}, None),
        ("mrr_minor between 1 and 2.5", {"mrr_minor": 2}, True),
    ],
)  # fmt: skip
def test_three_truths(text, row, expected):
    assert asked_of_one_card(condition(text))(row, TODAY, BERLIN) is expected


def test_what_counts_events_is_refused():
    for text in ("did('Invite Sent', 7) > 0", "plan = 'Pro' or last('Invite Sent') > 3"):
        assert counts_events(condition(text))
        with pytest.raises(ValueError, match="counts events"):
            asked_of_one_card(condition(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("renews_on is not null", True),
        ("plan = 'Pro' and (mrr_minor > 5 and renews_on is not null)", True),
        ("plan = 'Pro' or renews_on is not null", False),
        ("(plan = 'a' and renews_on is not null) or (renews_on is not null and plan = 'b')", True),
        ("renews_on is null", False),
    ],
)
def test_what_a_condition_requires(text, expected):
    def is_known_renewal(node):
        return node.op == "not" and node.parts[0].op == "is_null"

    assert requires(condition(text).tree, is_known_renewal) is expected


def test_a_pattern_of_many_wildcards_takes_no_time():
    asked = asked_of_one_card(condition("plan like '" + "%a" * 40 + "b'"))
    began = time.perf_counter()

    assert asked({"plan": "a" * 5000}, TODAY, BERLIN) is False
    assert time.perf_counter() - began < 0.5
