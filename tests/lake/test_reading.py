from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_worlds import (
    NOON,
    PACKAGES,
    PROBES,
    append_rows,
    at,
    event_row,
    fact_row,
    relation_file,
    relations,
)
from test_refresh import START, arrive, batches, link

from tenure.base.errors import BadDefinition, Unavailable
from tenure.base.home import Home
from tenure.kit.sql_file import load, read_sql_file
from tenure.lake import tables
from tenure.lake.engine import Engine
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.lake.relations import STORED, stored_partitions, write_identity_links
from tenure.lake.tables import folder_of

EVENT = load("tenure.lake", "event")
FACT = load("tenure.lake", "billing_fact")


def query(text: str, reads: str = "nothing", params: str = "none"):
    """A SQL file as if somebody had written it."""
    header = f"-- q: x.\n--\n-- Grain  x\n-- Reads  {reads}\n-- Params  {params}\n"
    return read_sql_file("tests", "q", f"{header}-- Columns  a  bigint\n-- Rule  x\n{text}")


def ids(home: Home, **how: object) -> list[str]:
    with reading(home, packages=PACKAGES, **how) as reader:
        return sorted(row["message_id"] for row in reader.rows(EVENT))


def test_instants_come_back_aware_and_in_utc_and_tables_as_arrow(home):
    append_rows(home, 1, [event_row("e", NOON, user_id="ann")])

    with reading(home, packages=PACKAGES) as reader:
        [row] = reader.rows(EVENT)
        table = reader.arrow(EVENT)

    assert row["occurred_at"] == NOON and row["occurred_at"].tzinfo is UTC
    assert row["sent_at"] is None
    assert isinstance(table, pa.Table) and table["user_id"].to_pylist() == ["ann"]
    assert str(table.schema.field("occurred_at").type) == "timestamp[us, tz=UTC]"


def test_the_companys_zone_and_currency_fill_themselves_in(home):
    home.settings_file.write_text('[company]\ntime_zone = "Asia/Tokyo"\ncurrency = "JPY"\n')
    sql = query(
        "select $time_zone as a, $currency as b", params="$time_zone varchar, $currency varchar"
    )

    with reading(home, packages=PACKAGES) as reader:
        assert reader.rows(sql) == [{"a": "Asia/Tokyo", "b": "JPY"}]
        assert reader.rows(sql, currency="EUR") == [{"a": "Asia/Tokyo", "b": "EUR"}]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, r"q\.sql needs \$day"),
        ({"day": date(2025, 1, 1), "dya": 1}, r"has no \$dya; its header names \['day'\]"),
        ({"day": datetime(2025, 1, 1)}, r"\$day is .* without a time zone; use UTC"),  # noqa: DTZ001
    ],
)
def test_parameters_that_are_missing_unknown_or_naive_are_refused(home, params, message):
    sql = query("select $day as a", params="$day date")

    with reading(home, packages=PACKAGES) as reader, pytest.raises(ValueError, match=message):
        reader.rows(sql, **params)


def test_a_relation_that_is_not_there_is_named_with_those_that_are(home):
    with (
        reading(home, packages=PACKAGES) as reader,
        pytest.raises(BadDefinition, match="reads 'evnt', .* billing_fact, event"),
    ):
        reader.rows(query("select 1 as a from evnt", reads="evnt"))


def test_a_naive_as_of_is_refused(home):
    naive = datetime(2025, 1, 1)  # noqa: DTZ001

    with pytest.raises(ValueError, match="without a time zone"), reading(home, naive):
        pass


def test_a_reader_sees_the_published_state_until_it_asks_for_fresh_rows(home):
    append_rows(home, 1, [event_row("e1", NOON)])
    assert ids(home) == ["e1"], "before the first refresh there is only the newest state"
    refresh(home, NOON, packages=PACKAGES)

    append_rows(home, 2, [event_row("e2", NOON)])

    assert ids(home) == ["e1"]
    assert ids(home, fresh=True) == ["e1", "e2"]


@pytest.mark.parametrize(
    "statement",
    [
        "select content from read_text('/etc/hostname')",
        "select * from read_csv('/etc/passwd')",
        "copy (select 1) to '/tmp/tenure-leak.csv'",
        "attach '/tmp/tenure-leak.db'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set threads = 8",
        "select * from 'https://example.com/x.parquet'",
    ],
)
def test_the_engine_reaches_nothing_outside_the_lake(tmp_path, statement):
    engine = Engine(tmp_path)

    with pytest.raises(duckdb.Error):
        engine.rows(statement)
    engine.close()


def test_a_question_that_needs_too_much_memory_says_so(tmp_path):
    engine = Engine(tmp_path / "no", threads=1, memory_limit="20MB")
    (tmp_path / "no").write_text("a file, so that nothing can be spilled")

    with pytest.raises((Unavailable, duckdb.IOException)):
        engine.rows("select list(md5(x::varchar)) from range(3000000) t(x)")
    engine.close()


def test_the_last_word_on_a_fact_is_the_last_received_then_of_the_later_batch(home):
    early, late = at("2025-03-01"), at("2025-03-05")
    append_rows(
        home,
        1,
        facts=[
            fact_row("a", "acme", NOON, plan="old", received_at=early),
            fact_row("a", "acme", NOON, plan="new", received_at=late, message_id="a2"),
            fact_row("b", "acme", NOON, plan="first", received_at=early),
            fact_row("c", "acme", NOON, plan="before", received_at=early, known_at=early),
            fact_row(
                "c", "acme", NOON, plan="after", received_at=early, message_id="0", known_at=late
            ),
        ],
    )
    append_rows(home, 2, facts=[fact_row("b", "acme", NOON, plan="second", received_at=early)])

    with reading(home, packages=PACKAGES) as reader:
        plans = {row["fact_key"]: row["plan"] for row in reader.rows(FACT)}

    assert plans == {"a": "new", "b": "second", "c": "after"}


def test_as_of_a_time_a_correction_that_came_later_does_not_count(home):
    append_rows(home, 1, [event_row("e1", at("2025-01-10"))])
    append_rows(
        home, 2, [event_row("e2", at("2025-01-11"), corrects="e1", known_at=at("2025-02-01"))]
    )

    assert ids(home) == ["e2"]
    assert ids(home, as_of=at("2025-01-31")) == ["e1"]
    assert ids(home, as_of=at("2025-02-01")) == ["e2"]
    assert ids(home, as_of=at("2025-01-09")) == []


def test_as_of_a_time_a_notice_of_a_later_end_is_known_already(home):
    append_rows(home, 1, facts=[fact_row("f", "acme", at("2025-06-01"), known_at=at("2025-03-01"))])

    with reading(home, at("2025-03-01"), packages=PACKAGES) as reader:
        assert len(reader.rows(FACT)) == 1
    with reading(home, at("2025-02-28"), packages=PACKAGES) as reader:
        assert reader.rows(FACT) == []


def test_as_of_a_time_a_visitor_was_not_yet_known_to_be_ann(home):
    append_rows(home, 1, [event_row("e", at("2025-01-10"), anonymous_id="x")])
    known = {**link("person", "anon:x", "ann"), "changed_at": at("2025-02-01")}
    write_identity_links(home, [known], now=NOON)
    write_identity_links(home, [], now=at("2025-03-01"))

    def who(as_of: datetime | None) -> str:
        return relations(home, as_of=as_of)["event_day"][0][1]

    assert [who(at("2025-01-15")), who(at("2025-02-01")), who(at("2025-03-01")), who(None)] == [
        "anon:x",
        "ann",
        "anon:x",
        "anon:x",
    ]


def test_derived_relations_as_of_a_time_are_computed_from_what_was_known(home):
    append_rows(
        home,
        1,
        facts=[
            fact_row("f", "acme", at("2025-01-10")),
            fact_row("g", "beta", at("2025-02-10")),
        ],
    )
    refresh(home, NOON, packages=PACKAGES)

    seen = relations(home, as_of=at("2025-01-31"))

    assert [row[0] for row in seen["mrr_movement"]] == ["acme"]


def test_opening_names_the_tables_by_files_that_stay_what_they_are(home):
    append_rows(home, 1, [event_row("e1", NOON)])
    refresh(home, NOON, packages=PACKAGES)

    with reading(home, packages=PACKAGES) as reader:
        append_rows(home, 2, [event_row("e2", NOON)])
        refresh(home, NOON, packages=PACKAGES)
        assert [row["message_id"] for row in reader.rows(EVENT)] == ["e1"]
        assert reader.rows(relation_file("event_day"))
    assert ids(home) == ["e1", "e2"]


@pytest.mark.parametrize("name", ["it's", "a b", "zoë"])
def test_a_home_may_stand_in_a_folder_of_any_name(tmp_path, name):
    home = Home(tmp_path / name)
    home.root.mkdir()

    append_rows(home, 1, [event_row("e1", NOON)])
    refresh(home, NOON, packages=PACKAGES)

    assert ids(home) == ["e1"]


def without_later_rows(home: Home, copy: Home, as_of: datetime) -> None:
    """`copy` becomes a home into which nothing known or done after `as_of` ever came."""
    for name, schema in STORED.items():
        if not DeltaTable.is_deltatable(str(folder_of(home, name))):
            continue
        rows = DeltaTable(folder_of(home, name)).to_pyarrow_table().to_pylist()
        known = "changed_at" if name.endswith("_link") else "known_at"
        kept = [
            row
            for row in rows
            if row[known] <= as_of and not (name == "event" and row["occurred_at"] > as_of)
        ]
        table = tables.create(folder_of(copy, name), schema, stored_partitions(name))
        tables.append(table, pa.Table.from_pylist(kept, schema=schema))


@pytest.mark.slow
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    history=st.lists(batches, min_size=1, max_size=3),
    lags=st.lists(st.integers(0, 400), min_size=40, max_size=40),
    hours=st.integers(0, 24 * 45),
)
def test_deleting_everything_later_changes_nothing_as_of_a_time(
    tmp_path_factory, history, lags, hours
):
    home, copy = (Home(tmp_path_factory.mktemp(name)) for name in ("whole", "past"))
    as_of = START + timedelta(hours=hours)
    numbers: list[int] = []
    for number, batch in enumerate(history, start=1):
        for row, lag in zip(batch["events"] + batch["facts"], lags, strict=False):
            since = row.get("occurred_at") or row["effective_at"]
            row["known_at"] = since + timedelta(hours=lag)
        arrive(home, number, batch, numbers)

    without_later_rows(home, copy, as_of)

    assert relations(home, PROBES, as_of=as_of) == relations(copy, PROBES)
