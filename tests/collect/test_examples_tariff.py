"""examples/tariff on the real files, against counts made by the csv module alone."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from example_imports import example  # noqa: F401
from raw_files import raw_rows

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
OPEN = "$null$"


@pytest.fixture(scope="module")
def raw(shared_data) -> dict[str, list[dict]]:
    names = ("Charges", "Suspended", "Tariff_plans_change")
    return {name: raw_rows(shared_data / "tariff" / f"{name}.csv.gz") for name in names}


@pytest.fixture(scope="module")
def brought(example):  # noqa: F811
    return example("tariff")


@pytest.fixture(scope="module")
def facts(brought):
    return brought[0].facts()


def second(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def midnight(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spells(raw) -> set[tuple]:
    """Plan spells; 57 rows stand in the file twice, word for word."""
    return {tuple(row.values()) for row in raw["Tariff_plans_change"]}


def test_every_row_is_read_and_what_stands_twice_counts_once(brought, raw):
    run = brought[1]

    read = {row["file"]: (row["read"], row["new"], row["repeated"]) for row in run.counts}
    repeated = len(raw["Tariff_plans_change"]) - len(spells(raw))
    assert repeated == 57
    assert read == {
        "Charges.csv.gz": (112_595, 112_595, 0),
        "Suspended.csv.gz": (4_063, 4_063, 0),
        "Tariff_plans_change.csv.gz": (12_344, 12_344 - repeated, repeated),
    }
    assert run.rows_rejected == 0


def test_facts_are_as_many_as_spells_suspensions_and_bills(brought, facts, raw):
    ended = sum(end != OPEN for _, _, _, end in spells(raw))
    resumed = sum(row["END_DT"] != OPEN for row in raw["Suspended"])

    assert Counter(row["kind"] for row in facts) == {
        "start": len(spells(raw)), "end": ended, "pause": 4_063, "resume": resumed,
        "invoice_line": 112_595,
    }  # fmt: skip
    assert brought[0].events() == []


def test_spells_keep_their_plan_and_end_when_the_next_begins(facts, raw):
    starts = Counter(
        (row["subscription_id"], row["plan"], row["effective_at"], row["mrr_minor"])
        for row in facts
        if row["kind"] == "start"
    )
    ends = Counter(
        (row["subscription_id"], row["version_key"], row["effective_at"])
        for row in facts
        if row["kind"] == "end"
    )

    assert starts == Counter(
        (who, f"Plan {plan}", second(start), None) for who, plan, start, _ in spells(raw)
    )
    assert ends == Counter(
        (who, start, second(end) + timedelta(seconds=1))
        for who, _, start, end in spells(raw)
        if end != OPEN
    )


def test_a_suspension_holds_on_both_its_days(facts, raw):
    spans = Counter(
        (row["kind"], row["subscription_id"], row["effective_at"])
        for row in facts
        if row["kind"] in ("pause", "resume")
    )

    expected = Counter(
        ("pause", r["SUBSCRIBER_ID"], midnight(r["START_DT"])) for r in raw["Suspended"]
    )
    expected += Counter(
        ("resume", r["SUBSCRIBER_ID"], midnight(r["END_DT"]) + timedelta(days=1))
        for r in raw["Suspended"]
        if r["END_DT"] != OPEN
    )
    assert spans == expected


def test_a_bill_is_a_month_of_service_and_its_amount_is_its_mrr(facts, raw):
    lines = Counter(
        (
            row["account_key"],
            row["effective_at"].date(),
            row["ends_at"].date(),
            row["amount_minor"],
            row["mrr_minor"],
        )
        for row in facts
        if row["kind"] == "invoice_line"
    )

    expected = Counter()
    for row in raw["Charges"]:
        month = date.fromisoformat(row["BILL_MONTH"])
        following = (month + timedelta(days=31)).replace(day=1)
        cents = int((Decimal(row["CHARGES"]) * 100).quantize(Decimal(1), ROUND_HALF_UP))
        expected[row["SUBSCRIBER_ID"], month, following, cents, cents] += 1
    assert lines == expected


def test_the_contradictions_are_counted_exactly(brought, raw):
    findings = {code: (each.count, each.of_count) for code, each in brought[2].items()}
    not_positive = sum(
        (Decimal(r["CHARGES"]) * 100).quantize(Decimal(1), ROUND_HALF_UP) <= 0
        for r in raw["Charges"]
    )
    overlapping = 0
    by_subscriber: dict[str, list] = {}
    for who, _, start, end in sorted(spells(raw), key=lambda spell: spell[2]):
        earlier = by_subscriber.setdefault(who, [])
        overlapping += any(other == OPEN or other >= start for other in earlier)
        earlier.append(end)

    expected = {"amount_not_positive": (not_positive, len(raw["Charges"]))}
    if overlapping:
        expected["overlapping_versions"] = (overlapping, len(spells(raw)))
    assert findings == expected
