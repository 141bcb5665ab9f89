"""Which facts make which periods."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from ledger_worlds import at, fact, link, world

from tenure.kit.sql_file import load

BERLIN = ZoneInfo("Europe/Berlin")


def periods(facts, links=(), time_zone="UTC", relation="subscription_period") -> list[dict]:
    with world(facts, links=links, time_zone=time_zone) as reader:
        rows = reader.rows(load("tenure.measure", relation))
    return sorted(rows, key=lambda row: (str(row["account_id"]), str(row["fact_id"])))


def start(when: str, version: str | None = "v1", **columns) -> dict:
    defaults = {"subscription_id": "s", "mrr_minor": 1000, "currency": "USD"}
    return fact("start", "ada", when, version_key=version, **{**defaults, **columns})


def end(when: str, version: str | None = "v1", **columns) -> dict:
    return fact("end", "ada", when, subscription_id="s", version_key=version, **columns)


def span(row: dict) -> tuple[str, str | None]:
    ends_on = row["ends_on"]
    return str(row["starts_on"]), ends_on and str(ends_on)


def test_a_version_ends_at_its_own_end():
    [found] = periods([start("2025-01-10"), end("2025-03-01")])

    assert span(found) == ("2025-01-10", "2025-03-01")
    assert (found["is_paying"], found["mrr_minor"], found["basis"]) == (True, 1000, "subscription")


def test_a_version_ends_where_the_next_one_starts():
    found = periods([start("2025-01-10"), start("2025-02-10", "v2"), end("2025-06-01", "v1")])

    assert [span(row) for row in found] == [("2025-01-10", "2025-02-10"), ("2025-02-10", None)]


def test_the_end_of_the_whole_subscription_ends_what_runs_then_and_nothing_later():
    found = periods(
        [start("2025-01-10"), end("2025-02-01", None), start("2025-03-01", "v2")],
    )

    assert [span(row) for row in found] == [("2025-01-10", "2025-02-01"), ("2025-03-01", None)]


def test_of_versions_that_start_in_one_instant_the_last_known_wins():
    found = periods(
        [
            start("2025-01-10", "v1", known_at="2025-01-12", mrr_minor=1),
            start("2025-01-10", "v2", known_at="2025-01-11", mrr_minor=2),
        ]
    )

    paid = [row["version_key"] for row in found if row["is_paying"]]
    assert paid == ["v1"]
    assert len(found) == 2


@pytest.mark.parametrize("version", ["v1", None])
@pytest.mark.parametrize("over_at", ["2025-01-09", "2025-01-10"])
def test_what_is_over_before_it_starts_was_never_there(version, over_at):
    [found] = periods([start("2025-01-10", version), end(over_at, version)])

    assert found["is_paying"] is False
    assert found["ends_at"] <= found["starts_at"]


def test_an_early_end_without_version_does_not_touch_a_subscription_that_ends_properly():
    [found] = periods([start("2025-01-10", None), end("2025-01-01", None), end("2025-02-01", None)])

    assert span(found) == ("2025-01-10", "2025-02-01")


def test_days_are_cut_in_the_companys_zone():
    """23:30 in London on the 31st is the 1st in Berlin."""
    facts = [start("2025-01-31T23:30:00+00:00"), end("2025-02-28T22:30:00+00:00")]

    [in_london] = periods(facts)
    [in_berlin] = periods(facts, time_zone="Europe/Berlin")

    assert span(in_london) == ("2025-01-31", "2025-02-28")
    assert span(in_berlin) == ("2025-02-01", "2025-02-28")
    assert in_berlin["starts_at"].astimezone(BERLIN) == datetime(2025, 2, 1, 0, 30, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("status", "mrr", "pays"),
    [
        ("active", 1000, True),
        (None, 1000, True),
        ("past_due", 1000, True),
        ("paused", 1000, True),
        ("trialing", 1000, False),
        ("free", 1000, False),
        ("active", 0, False),
        ("active", None, False),
        ("active", -5, False),
        ("unpaid", 1000, False),
    ],
)
def test_who_pays(status, mrr, pays):
    [found] = periods([start("2025-01-10", status=status, mrr_minor=mrr)])

    assert found["is_paying"] is pays
    assert found["mrr_minor"] == (mrr if pays else 0)
    assert found["priced_minor"] == mrr


def test_a_currency_that_is_not_stated_is_the_companys():
    [found] = periods([start("2025-01-10", currency=None)])

    assert found["currency"] == "USD"


def test_facts_of_merged_accounts_are_those_of_the_winner():
    [found] = periods([start("2025-01-10")], links=[link("ada", "lovelace")])

    assert found["account_id"] == "lovelace"


# Notices


def notice(when: str, ends: str | None, **columns) -> dict:
    return fact("notice", "ada", when, subscription_id="s", ends_at=ends, **columns)


def test_notice_is_the_last_that_was_said():
    [found] = periods([start("2025-01-10"), notice("2025-02-01", "2025-03-01")])

    assert found["notice_at"] == at("2025-02-01")


def test_a_notice_that_was_taken_back_is_none():
    facts = [start("2025-01-10"), notice("2025-02-01", "2025-03-01"), notice("2025-02-05", None)]

    [found] = periods(facts)

    assert found["notice_at"] is None


def test_a_notice_stands_through_a_change_of_plan_and_not_into_a_new_life():
    found = periods(
        [
            start("2025-01-10"),
            notice("2025-02-01", "2025-03-01"),
            start("2025-02-10", "v2"),
            end("2025-03-01", None),
            start("2025-05-01", "v3"),
        ]
    )

    assert [row["notice_at"] is not None for row in found] == [True, True, False]


# Invoice lines


def line(when: str, ends: str, mrr: int | None = 1000, **columns) -> dict:
    defaults = {"subscription_id": "s", "currency": "USD"}
    more = {**defaults, **columns}
    return fact("invoice_line", "ada", when, ends_at=ends, mrr_minor=mrr, **more)


def test_lines_count_where_subscriptions_carry_no_amount():
    found = periods([start("2025-01-01", mrr_minor=None), line("2025-01-01", "2025-02-01")])

    assert [(row["basis"], row["is_paying"]) for row in found] == [
        ("invoice_line", True),
        ("subscription", False),
    ]


def test_lines_do_not_count_beside_subscriptions_that_carry_one():
    found = periods([start("2025-01-01"), line("2025-01-01", "2025-02-01")])

    assert [row["basis"] for row in found] == ["subscription"]


@pytest.mark.parametrize(
    ("ends", "runs_to"),
    [
        ("2025-02-01T00:00:00", "2025-02-01"),
        ("2025-01-31T23:59:59", "2025-02-01"),
        ("2025-01-31T00:00:00", "2025-02-01"),
        ("2025-01-30T23:59:59", "2025-01-30"),
    ],
)
def test_consecutive_lines_join_without_a_gap(ends, runs_to):
    found = periods([line("2025-01-01", ends), line("2025-02-01", "2025-03-01")])

    assert [span(row) for row in found] == [("2025-01-01", runs_to), ("2025-02-01", "2025-03-01")]


def test_a_line_takes_from_the_subscription_what_it_does_not_say():
    facts = [
        start("2024-12-15", mrr_minor=None, plan="Pro", quantity=3, region="north"),
        start("2025-01-20", "v2", mrr_minor=None, plan="Basic"),
        line("2025-01-01", "2025-02-01"),
        line("2025-02-01", "2025-03-01", plan="Special"),
    ]

    january, february = (row for row in periods(facts) if row["basis"] == "invoice_line")

    assert (january["plan"], january["quantity"]) == ("Pro", 3)
    assert january["attributes"] == '{"region": "north"}'
    assert (february["plan"], february["quantity"]) == ("Special", None)


def test_lines_without_an_amount_a_month_are_no_mrr():
    assert periods([line("2025-01-01", "2025-02-01", None)]) == []


# Pauses


def test_a_pause_lasts_until_it_is_resumed_or_until_its_own_end():
    facts = [
        fact("pause", "ada", "2025-01-10", subscription_id="s"),
        fact("resume", "ada", "2025-01-20", subscription_id="s"),
        fact("pause", "ada", "2025-02-10", subscription_id="s", ends_at="2025-02-15"),
        fact("pause", "ada", "2025-03-10", subscription_id="s"),
    ]

    found = periods(facts, relation="pause_span")

    assert [(row["pauses_on"], row["resumes_on"]) for row in found] == [
        (date(2025, 1, 10), date(2025, 1, 20)),
        (date(2025, 2, 10), date(2025, 2, 15)),
        (date(2025, 3, 10), None),
    ]
