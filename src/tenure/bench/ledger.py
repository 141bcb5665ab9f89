"""How soon are the ledger and its charts there, for 100,000 accounts over 60 months?"""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tenure.base.home import Home
from tenure.base.months import Months
from tenure.bench.processes import new_home
from tenure.bench.rows import Row
from tenure.kit.sql_file import load
from tenure.lake.lease import lake_writer
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.lake.schema import BILLING_FACT, EVENT
from tenure.lake.tables import append, open_table
from tenure.measure.churn import churn_by_month
from tenure.measure.rules import load_rules

COLD_FLOOR_S, CHART_FLOOR_S, RULES_FLOOR_S = 2.0, 0.3, 1.0
FIRST = date(2020, 1, 1)
_DAY_US = 86_400_000_000
_START_US = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_PLANS = np.array(["Basic", "Pro", "Enterprise"])
_PRICES = np.array([2_900, 9_900, 49_900])
_COUNTRIES = np.array(["DE", "FR", "US", "GB", "JP", "BR", "IN", "AU"])


def measure_ledger(root: Path, *, accounts: int, months: int) -> list[Row]:
    """Rows for the cold ledger, the command, a chart after it, groups, and another rule set."""
    new_home(root)
    home = Home(root)
    facts = write_world(home, accounts, months, seed=7)
    span = Months(FIRST, _month_after(FIRST, months - 1))
    hand_s = _best(lambda: _by_hand(home))
    ledger_s = _best(lambda: _from_facts(home, span))
    refresh(home, datetime(2025, 1, 1, tzinfo=UTC))
    size = f"{accounts:,} accounts × {months} months, {facts:,} facts"

    def chart(**asked: object) -> Callable[[], None]:
        return lambda: _chart(home, span, **asked)

    bare_s = _best(lambda: _process("import django, deltalake, duckdb, pyarrow"))
    stripe = load_rules("stripe")
    return [
        _row(f"ledger and churn from facts: {size}", ledger_s, COLD_FLOOR_S, hand_s, "by hand"),
        _row(
            "`tenure churn` in a new process",
            _best(lambda: _command(home)),
            COLD_FLOOR_S,
            bare_s,
            "importing its libraries",
        ),
        _row("a chart of churn after that", _best(chart()), CHART_FLOOR_S, hand_s, "by hand"),
        _row("churn by country", _best(chart(by="country")), CHART_FLOOR_S, hand_s, "by hand"),
        _row("churn by plan", _best(chart(by="plan")), CHART_FLOOR_S, hand_s, "by hand"),
        _row("another rule set", _best(chart(rules=stripe)), RULES_FLOOR_S, hand_s, "by hand"),
    ]


def write_world(home: Home, accounts: int, months: int, seed: int) -> int:
    """How many facts there are, now in the lake: spells of accounts that join, change and leave."""
    home.lake.mkdir(parents=True, exist_ok=True)
    facts = drawn_facts(np.random.default_rng(seed), accounts, months)
    with lake_writer(home, "write the bench's world"):
        append(open_table(home, "billing_fact"), facts)
        append(open_table(home, "event"), _traits(np.random.default_rng(seed), accounts))
    return facts.num_rows


def drawn_facts(chance: np.random.Generator, accounts: int, months: int) -> pa.Table:
    """Versions of about nine months; two in three are followed by another, at once or later."""
    versions_each = 1 + chance.geometric(0.35, accounts).clip(max=12)
    account = np.repeat(np.arange(accounts), versions_each)
    number = np.arange(account.size) - np.repeat(
        np.cumsum(versions_each) - versions_each, versions_each
    )
    lasts = chance.exponential(270, account.size).astype(np.int64) + 1
    pauses = np.where(chance.random(account.size) < 0.15, chance.integers(1, 200, account.size), 0)
    joined = np.repeat(chance.integers(0, months * 30, accounts), versions_each)
    steps = np.where(number == 0, 0, np.roll(lasts, 1) + pauses)
    total = np.cumsum(steps)
    starts = joined + total - np.repeat(total[number == 0], versions_each)
    ends, before = starts + lasts, months * 30
    seen = starts < before
    account, number, starts, ends = account[seen], number[seen], starts[seen], ends[seen]
    plan = chance.integers(0, 3, account.size)
    started = _rows("start", account, number, starts)
    seats = chance.integers(1, 20, account.size)
    started |= {
        "status": pa.array(np.where(chance.random(account.size) < 0.05, "trialing", "active")),
        "plan": pa.array(_PLANS[plan]),
        "quantity": pa.array(seats),
        "mrr_minor": pa.array(_PRICES[plan] * seats),
        "currency": pa.array(np.where(account % 5 == 0, "EUR", "USD")),
    }
    over = ends < before
    ended = _rows("end", account[over], number[over], ends[over])
    return pa.concat_tables([_table(BILLING_FACT, started), _table(BILLING_FACT, ended)])


def _rows(kind: str, account: np.ndarray, number: np.ndarray, day: np.ndarray) -> dict:
    at = pa.array(_START_US + day * _DAY_US).cast(pa.timestamp("us", tz="UTC"))
    account_key = _keys("account-", account)
    subscription_id = _keys("sub-", account)
    version_key = pa.array(number.astype(str))
    fact_key = pc.binary_join_element_wise(subscription_id, version_key, kind, "/")
    return {
        "message_id": fact_key,
        "source": pa.array(np.full(account.size, "bench")),
        "fact_key": fact_key,
        "is_void": pa.array(np.zeros(account.size, bool)),
        "kind": pa.array(np.full(account.size, kind)),
        "account_key": account_key,
        "subscription_id": subscription_id,
        "version_key": version_key,
        "effective_at": at,
        "known_at": at,
        "received_at": at,
        "attributes": pa.array(np.full(account.size, "{}")),
        "source_ref": fact_key,
        "batch": pa.array(np.ones(account.size, np.int64)),
    }


def _traits(chance: np.random.Generator, accounts: int) -> pa.Table:
    country = _COUNTRIES[chance.integers(0, len(_COUNTRIES), accounts)]
    at = pa.array(np.full(accounts, _START_US)).cast(pa.timestamp("us", tz="UTC"))
    key = _keys("account-", np.arange(accounts))
    properties = pc.binary_join_element_wise('{"country": "', pa.array(country), '"}', "")
    same = {"source": "bench", "type": "group", "context": "{}", "occurred_month": "2020-01"}
    return _table(
        EVENT,
        {
            "message_id": key,
            **{name: pa.array(np.full(accounts, value)) for name, value in same.items()},
            "occurred_at": at,
            "known_at": at,
            "received_at": at,
            "account_key": key,
            "properties": properties,
            "batch": pa.array(np.ones(accounts, np.int64)),
        },
    )


def _keys(prefix: str, number: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(number).cast(pa.string()), "")


def _table(schema: pa.Schema, columns: dict) -> pa.Table:
    rows = len(columns["message_id"])
    arrays = [
        columns[field.name].cast(field.type)
        if field.name in columns
        else pa.nulls(rows, field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=schema)


def _from_facts(home: Home, span: Months) -> None:
    """Nothing is published yet, so the reader makes periods and movements from the facts."""
    with reading(home) as reader:
        assert churn_by_month(reader, span)


def _chart(home: Home, span: Months, **asked: object) -> None:
    with reading(home) as reader:
        assert churn_by_month(reader, span, **asked)


def _by_hand(home: Home) -> None:
    with reading(home) as reader:
        assert reader.rows(load("tenure.bench", "hand_ledger"))


def _command(home: Home) -> None:
    command = [sys.executable, "-m", "tenure.app", "--home", str(home.root), "churn"]
    subprocess.run([*command, "--format", "json"], check=True, capture_output=True)


def _process(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def _best(work: Callable[[], None], times: int = 3) -> float:
    """The least of some runs: what the work needs, without what else the machine does."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def _row(work: str, measured_s: float, floor_s: float, limit_s: float, limit_is: str) -> Row:
    return Row(work, measured_s, "s", floor_s, limit_s, limit_is, lower_is_better=True)


def _month_after(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)
