"""examples/ravenstack on the real files, against counts made by the csv module alone."""

import json
from collections import Counter, defaultdict
from datetime import date

import pytest

from example_imports import example  # noqa: F401
from raw_files import raw_rows

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture(scope="module")
def raw(shared_data) -> dict[str, list[dict]]:
    names = ("accounts", "churn_events", "feature_usage", "subscriptions", "support_tickets")
    folder = shared_data / "ravenstack"
    return {name: raw_rows(folder / f"ravenstack_{name}.csv.gz") for name in names}


@pytest.fixture(scope="module")
def brought(example):  # noqa: F811
    return example("ravenstack")


@pytest.fixture(scope="module")
def events(brought):
    return brought[0].events()


@pytest.fixture(scope="module")
def facts(brought):
    return brought[0].facts()


def test_every_row_is_read_and_none_is_rejected(brought, raw):
    run = brought[1]

    read = {row["file"]: row["read"] for row in run.counts}
    assert read == {f"ravenstack_{name}.csv.gz": len(rows) for name, rows in raw.items()}
    assert (run.rows_rejected, run.rows_repeated) == (0, 0)


def test_events_are_as_many_as_the_rows_that_say_them(events, raw):
    counts = Counter((row["type"], row["name"]) for row in events)

    expected = Counter({("group", None): 2 * len(raw["accounts"])})  # one of them final state
    expected["system", "Final State Recorded"] = len(raw["subscriptions"])
    expected["reason", "Reason Given"] = len(raw["churn_events"])
    expected["ticket", "Ticket Opened"] = len(raw["support_tickets"])
    expected["ticket", "Ticket Closed"] = sum(bool(r["closed_at"]) for r in raw["support_tickets"])
    expected += Counter(("track", f"Used {r['feature_name']}") for r in raw["feature_usage"])
    assert counts == expected


def test_use_belongs_to_the_account_of_its_subscription(events, raw):
    owner = {row["subscription_id"]: row["account_id"] for row in raw["subscriptions"]}

    use = Counter(
        (row["account_key"], f"{row['occurred_at']:%Y-%m-%d}")
        for row in events
        if row["type"] == "track"
    )

    assert use == Counter(
        (owner[r["subscription_id"]], r["usage_date"]) for r in raw["feature_usage"]
    )


def test_facts_are_a_start_for_each_row_and_an_end_where_there_is_one(facts, raw):
    starts = {row["subscription_id"]: row for row in facts if row["kind"] == "start"}
    ends = {
        row["subscription_id"]: f"{row['effective_at']:%Y-%m-%d}"
        for row in facts
        if row["kind"] == "end"
    }

    assert len(facts) == len(starts) + len(ends)
    assert {
        key: (row["account_key"], f"{row['effective_at']:%Y-%m-%d}", row["plan"], row["quantity"],
              row["mrr_minor"], row["status"], row["billing_interval"], row["currency"])
        for key, row in starts.items()
    } == {
        r["subscription_id"]: (
            r["account_id"], r["start_date"], r["plan_tier"], int(r["seats"]),
            int(r["mrr_amount"]) * 100, "trialing" if r["is_trial"] == "True" else "active",
            {"monthly": "month", "annual": "year"}[r["billing_frequency"]], "USD",
        )
        for r in raw["subscriptions"]
    }  # fmt: skip
    assert ends == {
        r["subscription_id"]: r["end_date"] for r in raw["subscriptions"] if r["end_date"]
    }


def test_no_final_state_is_in_any_past_row(events, facts):
    final = {"churn_flag", "has_left", "is_trial", "seats", "upgrade_flag", "downgrade_flag"}
    for row in events:
        if row["context"] == "{}":
            assert not final & json.loads(row["properties"]).keys()
    assert not any(final & json.loads(row["attributes"]).keys() for row in facts)
    closing = {"resolution_time_hours", "satisfaction_score", "escalation_flag"}
    assert not any(
        closing & json.loads(row["properties"]).keys()
        for row in events
        if row["name"] == "Ticket Opened"
    )


def test_the_contradictions_are_counted_exactly(brought, raw):
    findings = {code: (each.count, each.of_count) for code, each in brought[2].items()}
    signed_up = {r["account_id"]: r["signup_date"] for r in raw["accounts"]}
    subs = {r["subscription_id"]: r for r in raw["subscriptions"]}
    use, tickets = raw["feature_usage"], raw["support_tickets"]

    before_start = sum(r["usage_date"] < subs[r["subscription_id"]]["start_date"] for r in use)
    before_sign_up = sum(
        r["usage_date"] < signed_up[subs[r["subscription_id"]]["account_id"]] for r in use
    )
    after_end = sum(
        bool(end := subs[r["subscription_id"]]["end_date"]) and r["usage_date"] > end for r in use
    )
    early_tickets = sum(r["submitted_at"] < signed_up[r["account_id"]] for r in tickets)
    twice = sum(n > 1 for n in Counter(r["usage_id"] for r in use).values())

    running, ends = defaultdict(int), defaultdict(list)
    for r in raw["subscriptions"]:
        running[r["account_id"]] += not r["end_date"]
        if r["end_date"]:
            ends[r["account_id"]].append(date.fromisoformat(r["end_date"]))
    wrong_flags = sum(
        (r["churn_flag"] == "True") != (running[r["account_id"]] == 0)
        for r in raw["accounts"]
        if r["account_id"] in running
    ) + sum((r["churn_flag"] == "True") != bool(r["end_date"]) for r in raw["subscriptions"])
    without_end = sum(
        not any(
            abs((day - date.fromisoformat(r["churn_date"])).days) <= 31
            for day in ends[r["account_id"]]
        )
        for r in raw["churn_events"]
    )

    assert findings == {
        "use_before_subscription": (before_start, len(use)),
        "use_before_sign_up": (before_sign_up, len(use)),
        "use_after_subscription": (after_end, len(use)),
        "ticket_before_sign_up": (early_tickets, len(tickets)),
        "one_key_two_rows": (twice, 500 + 600 + 24979 + 5000 + 2000),
        "final_state_contradicts": (wrong_flags, 5500),
        "left_without_end": (without_end, 600),
    }
    # What the data's own description says of it.
    assert round(before_start / len(use), 2) == 0.77
    assert round(early_tickets / len(tickets), 2) == 0.54


def test_a_finding_shows_where_both_sides_stand(brought, raw):
    shown = brought[2]["use_before_subscription"].examples[0]

    file, line = shown["source_ref"].split(":")
    use = raw["feature_usage"][int(line) - 2]
    assert file == "ravenstack_feature_usage.csv.gz"
    assert use["usage_date"] == shown["happened_on"]
    other_file, other_line = shown["other_ref"].split(":")
    subscription = raw["subscriptions"][int(other_line) - 2]
    assert other_file == "ravenstack_subscriptions.csv.gz"
    assert subscription["subscription_id"] == use["subscription_id"]
    assert subscription["start_date"] == shown["compared_on"]
