"""A small catalogue, and tables to ask conditions of, without a lake behind them."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from tenure.lake.engine import Engine, arrow_type
from tenure.segments.condition import Condition, read_condition
from tenure.segments.vocabulary import Vocabulary

TODAY = date(2026, 3, 1)
ZONE = "Europe/Berlin"


@dataclass(frozen=True)
class Column:
    type: str


COLUMNS = {
    "plan": Column("varchar"),
    "name": Column("varchar"),
    "stage": Column("varchar"),
    "currency": Column("varchar"),
    "mrr_minor": Column("bigint"),
    "days_since_seen": Column("bigint"),
    "people_active_30_days": Column("bigint"),
    "seats_used_share": Column("double"),
    "breadth_per_money": Column("double"),
    "is_annual": Column("boolean"),
    "has_champion": Column("boolean"),
    "renews_on": Column("date"),
    "left_on": Column("date"),
    "notice_at": Column("timestamptz"),
    "unused_features": Column("varchar[]"),
    "order": Column("bigint"),  # a word of SQL's own
}
PERSON_COLUMNS = {
    "account_id": Column("varchar"),
    "role": Column("varchar"),
    "days_since_seen": Column("bigint"),
    "first_seen_on": Column("date"),
    "is_champion": Column("boolean"),
}
EVENTS = frozenset({"Report Exported", "Invite Sent", "cancel_intent"})
ACCOUNTS = Vocabulary("account", COLUMNS, events=EVENTS)
PEOPLE = Vocabulary("person", PERSON_COLUMNS, COLUMNS, EVENTS)


def condition(text: str, vocabulary: Vocabulary = ACCOUNTS) -> Condition:
    return read_condition(text, vocabulary=vocabulary)


class Tables:
    """Reads as a reader of the lake does, from rows given here."""

    def __init__(self, engine: Engine, today: date = TODAY, zone: str = ZONE) -> None:
        self.engine = engine
        self.standing = {"today": today, "time_zone": zone, "currency": "EUR"}

    def fill(self, name: str, columns: dict, rows: list[dict]) -> None:
        fields = [pa.field(key, arrow_type(column.type)) for key, column in columns.items()]
        self.engine.register(name, pa.Table.from_pylist(rows, pa.schema(fields)))

    def accounts(self, rows: list[dict], columns: dict = COLUMNS) -> None:
        self.fill("account_card", {"account_id": Column("varchar"), **columns}, rows)

    def people(self, rows: list[dict], belongs: list[tuple[str, str]] = ()) -> None:
        self.fill("person_card", {"person_id": Column("varchar"), **PERSON_COLUMNS}, rows)
        links = [{"person_id": person, "account_id": account} for person, account in belongs]
        ids = {"person_id": Column("varchar"), "account_id": Column("varchar")}
        self.fill("membership_link", ids, links)

    def uses(self, rows: list[tuple[str, str, str, date, int]]) -> None:
        """(account, person, event, day, count)"""
        columns = {
            "account_id": Column("varchar"), "person_id": Column("varchar"),
            "name": Column("varchar"), "day": Column("date"), "events": Column("bigint"),
        }  # fmt: skip
        self.fill("event_day", columns, [dict(zip(columns, row, strict=True)) for row in rows])

    def rows(self, sql, /, **params):
        found = self.engine.rows(sql.text, self._bound(sql, params))
        names = [name for name, _ in self.engine.columns()]
        return [dict(zip(names, row, strict=True)) for row in found]

    def arrow(self, sql, /, **params):
        return self.engine.arrow(sql.text, self._bound(sql, params))

    def _bound(self, sql, params):
        standing = {name: self.standing[name] for name in self.standing if name in sql.params}
        assert {*standing, *params} == set(sql.params)
        return {**standing, **params}


@contextmanager
def tables(folder, **more):
    engine = Engine(folder, threads=1)
    try:
        yield Tables(engine, **more)
    finally:
        engine.close()
