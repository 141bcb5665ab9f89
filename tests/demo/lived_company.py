"""A simulated company as the lake would see it: written rows, read back by SQL."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa

from tenure.base.home import Home
from tenure.demo.installing import DemoSettings
from tenure.demo.telling import Told, tell_company
from tenure.lake.rows import decode_rows

NOW = datetime(2025, 6, 18, 9, 0, tzinfo=UTC)
UNTIL = date(2025, 6, 18)
STARTS_ON = date(2023, 6, 1)


class ListInbox:
    """Keeps arrivals in memory, in order."""

    def __init__(self):
        self.arrivals = []

    def append(self, arrivals):
        self.arrivals += arrivals

    def close(self):
        pass


@dataclass
class LivedCompany:
    events: pa.Table
    facts: pa.Table
    truth: dict
    told: Told

    def rows(self, sql, **params):
        """Rows of a query over `event` and `fact`; days are cut in UTC."""
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            connection.register("event", self.events)
            connection.register("fact", self.facts)
            return connection.execute(sql, params or None).fetchall()


def company(folder, *, accounts=400, months=24, seed=7, until=UNTIL, events_scale=1.0):
    home = Home(folder)
    home.root.mkdir(parents=True, exist_ok=True)
    inbox = ListInbox()
    starts_on = STARTS_ON if months == 24 else date(2025, 6 - months, 1)
    demo = DemoSettings(accounts, months, seed, starts_on, events_scale)
    told = tell_company(home, inbox, demo, until, NOW)
    decoded = decode_rows(inbox.arrivals)
    assert decoded.rejected == []
    return LivedCompany(
        decoded.events, decoded.billing_facts, json.loads(home.truth_file.read_text("utf-8")), told
    )
