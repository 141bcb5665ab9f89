"""What a charge is per month of service, against base.money and a calculation by hand."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.money import MONTHS_PER_INTERVAL, monthly_minor
from tenure.billing.facts_from_rows import fact_parts
from tenure.collect.files.kinds import DUCKDB_TYPES, KINDS

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect(":memory:") as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def parts(engine, kind: str, rows: list[dict], **params: str) -> list[dict]:
    """The facts of rows of `kind`, whose other fields are null."""
    fields = {name: DUCKDB_TYPES[field.type] for name, field in KINDS[kind].fields.items()}
    fields |= {"position": "bigint", "properties": "varchar", "end_properties": "varchar"}
    columns = ", ".join(f"{name} {type_}" for name, type_ in fields.items())
    engine.execute(f"create or replace temp table mapped_row ({columns})")
    for position, row in enumerate(rows):
        known = {
            "position": position,
            "account": "a",
            "subscription": "s",
            "properties": "{}",
        } | row
        names = ", ".join(known)
        marks = ", ".join("?" for _ in known)
        engine.execute(f"insert into mapped_row ({names}) values ({marks})", list(known.values()))
    made = engine.execute(fact_parts(KINDS[kind].parts).text, params)
    names = [column[0] for column in made.description]
    found = [dict(zip(names, row, strict=True)) for row in made.fetchall()]
    return [row for row in found if not row["is_absent"]]


@settings(max_examples=60, deadline=None)
@given(
    amount=st.integers(-(10**12), 10**12),
    interval=st.sampled_from(sorted(MONTHS_PER_INTERVAL)),
    count=st.integers(1, 60),
)
def test_a_price_per_interval_is_per_month_what_base_money_says(engine, amount, interval, count):
    row = {
        "amount": amount, "billing_interval": interval, "billing_interval_count": count,
        "starts_at": datetime(2024, 1, 1, tzinfo=UTC),
    }  # fmt: skip

    (start,) = parts(engine, "subscription", [row])

    assert start["mrr_minor"] == monthly_minor(amount, interval, count)


def at_midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), BERLIN)


@pytest.mark.parametrize(
    ("first", "end", "amount", "mrr"),
    [
        ("2024-01-01", "2024-02-01", 3100, 3100),  # a calendar month is a month
        ("2024-02-01", "2024-03-01", 3100, 3100),
        ("2024-03-15", "2024-04-15", 3100, 3100),  # across the change of clocks
        ("2024-01-31", "2024-02-29", 3100, 3100),  # a month ends where the next is too short
        ("2024-01-01", "2024-04-01", 3000, 1000),
        ("2024-01-01", "2025-01-01", 12000, 1000),
        ("2023-02-28", "2024-02-28", 1001, 83),
        ("2024-01-01", "2024-01-08", 700, 3042),  # 700 * 365 / (12 * 7) = 3041.67
        ("2024-01-01", "2024-01-31", 3000, 3042),  # 30 days are not January: 3000 * 365 / 360
        ("2024-01-10", "2024-01-11", -100, -3042),
        ("2024-01-01", "2024-01-01", 500, None),  # no time at all
        ("2024-02-01", "2024-01-01", 500, None),
    ],
)
def test_a_service_period_counts_whole_months_and_else_its_days(engine, first, end, amount, mrr):
    row = {"starts_at": at_midnight(first), "ends_at": at_midnight(end), "amount": amount}

    (line,) = parts(engine, "invoice_line", [row], time_zone="Europe/Berlin")

    assert (line["amount_minor"], line["mrr_minor"]) == (amount, mrr)
    assert line["ends_at"] == at_midnight(end)


@pytest.mark.parametrize(
    ("interval", "count", "end", "mrr"),
    [
        ("month", None, "2024-02-29", 1200),
        ("month", 3, "2024-04-30", 400),
        ("quarter", 1, "2024-04-30", 400),
        ("year", 1, "2025-01-31", 100),
        ("week", 2, "2024-02-14", 2607),  # 1200 * 365 / (12 * 14) = 2607.14
    ],
)
def test_without_an_end_the_service_period_is_a_billing_interval(engine, interval, count, end, mrr):
    row = {
        "starts_at": at_midnight("2024-01-31"), "amount": 1200,
        "billing_interval": interval, "billing_interval_count": count,
    }  # fmt: skip

    (line,) = parts(engine, "invoice_line", [row], time_zone="Europe/Berlin")

    assert (line["ends_at"], line["mrr_minor"]) == (at_midnight(end), mrr)


def test_tax_is_taken_off_and_a_single_charge_is_no_mrr(engine):
    period = {"starts_at": at_midnight("2024-01-01"), "ends_at": at_midnight("2024-02-01")}
    rows = [
        period | {"amount": 1190, "tax": 190},
        period | {"amount": 1190, "tax": 190, "is_recurring": False},
    ]

    lines = parts(engine, "invoice_line", rows, time_zone="Europe/Berlin")

    assert [(line["amount_minor"], line["mrr_minor"]) for line in lines] == [
        (1000, 1000), (1000, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "known"),
    [
        ({}, {"start": "01-01", "end": "03-01"}),
        ({"notice_at": "2024-02-01"}, {"start": "01-01", "end": "02-01", "notice": "02-01"}),
        ({"notice_at": "2024-04-01"}, {"start": "01-01", "end": "03-01", "notice": "04-01"}),
        ({"known_at": "2024-01-20"}, {"start": "01-20", "end": "03-01"}),
        ({"known_at": "2024-03-20"}, {"start": "03-20", "end": "03-20"}),
        ({"end_known_at": "2024-02-10"}, {"start": "01-01", "end": "02-10"}),
    ],
)
def test_an_end_is_known_at_notice_else_when_it_comes(engine, row, known):
    instants = {name: at_midnight(day) for name, day in row.items()}
    span = {"starts_at": at_midnight("2024-01-01"), "ends_at": at_midnight("2024-03-01")}

    facts = parts(engine, "subscription", [span | instants])

    said = {row["part"]: f"{row['known_at'].astimezone(BERLIN):%m-%d}" for row in facts}
    assert said == known
