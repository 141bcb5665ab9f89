"""Every SQL file keeps the promises of its header, and means the same on every engine."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

import tenure
from tenure.base.home import Home
from tenure.collect.files.kinds import DUCKDB_TYPES, KINDS
from tenure.kit.sql_file import SqlFile, load, sql_files
from tenure.kit.wide_relation import wide_relations
from tenure.lake.engine import Engine
from tenure.lake.given import given_columns, given_names
from tenure.lake.portability import unportable
from tenure.lake.reading import derived_relations, reading, standing_params
from tenure.lake.relations import STORED
from tenure.lake.views import ROW

FLOOR = Path(tenure.__file__).parent
FOLDERS = [folder.parent.relative_to(FLOOR.parent) for folder in sorted(FLOOR.rglob("sql"))]
PACKAGES = tuple(".".join(folder.parts) for folder in FOLDERS)
EVERY = [*sql_files(PACKAGES), *wide_relations(PACKAGES)]
SAMPLES = {
    "varchar": "x",
    "bigint": 1,
    "integer": 1,
    "boolean": True,
    "double": 1.0,
    "date": date(2025, 1, 1),
    "timestamptz": datetime(2025, 1, 1, tzinfo=UTC),
    "timestamp": datetime(2025, 1, 1),  # noqa: DTZ001
}
# Relations that a program makes for the moment, beside those that another SQL file gives.
PASSING = {
    "reason_subject": {
        "subject": "bigint",
        "account_id": "varchar",
        "until_at": "timestamptz",
        "from_28_at": "timestamptz",
        "from_112_at": "timestamptz",
        "from_180_at": "timestamptz",
        "from_400_at": "timestamptz",
    },
    "touched_account": {"account_id": "varchar"},
    "touched_other_person": {"person_id": "varchar"},
    "published": {"account_id": "varchar", "person_id": "varchar", "day": "date"},
    "followed_account": {"account_id": "varchar", "since_on": "date"},
    "asked_span": {
        "account_id": "varchar",
        "at_days": "integer",
        "from_on": "date",
        "until_on": "date",
    },
    "asked_day": {"ask_id": "bigint", "account_id": "varchar", "day": "date"},
    "watched_commitment": {
        "commitment_id": "bigint",
        "account_id": "varchar",
        "event": "varchar",
        "promised_at": "timestamptz",
    },
    "kept_commitment": {
        "commitment_id": "bigint",
        "event": "varchar",
        "happened_at": "timestamptz",
    },
    "matched_case": {
        "case_id": "bigint",
        "account_id": "varchar",
        "subscription_id": "varchar",
        "day": "date",
    },
    "matched_other": {"account_id": "varchar", "from_on": "date"},
    "matched_stage": {
        "account_id": "varchar",
        "stage": "varchar",
        "from_on": "date",
        "until_on": "date",
    },
}


@pytest.fixture(params=EVERY, ids=lambda sql: sql.path)
def sql(request) -> SqlFile:
    return request.param


def test_a_file_reads_what_its_header_says_and_nothing_else(sql):
    tree = sqlglot.parse_one(sql.text, read="duckdb")
    read = {
        source.name
        for scope in traverse_scope(tree)
        for source in scope.sources.values()
        if isinstance(source, exp.Table)
    }

    assert read == set(sql.reads)


def test_a_file_names_the_parameters_of_its_header_and_no_others(sql):
    tree = sqlglot.parse_one(sql.text, read="duckdb")

    assert {node.name for node in tree.find_all(exp.Parameter, exp.Placeholder)} == set(sql.params)
    assert all(type_ for type_ in sql.params.values()), "give each parameter its type"


def test_a_file_is_one_statement_in_lower_case(sql):
    bare = re.sub(r"--[^\n]*|'[^']*'", "", sql.text)

    assert bare == bare.lower()
    assert ";" not in bare
    assert sql.made_from or max(map(len, sql.text.splitlines())) <= 100


def test_a_file_means_the_same_on_every_engine(sql):
    assert [str(each) for each in unportable(sql)] == []


def test_dates_until_which_a_file_holds_are_there(sql):
    stored = {other.name: other for other in EVERY if other.is_stored}
    types = {
        until: {column.name: column.type for column in stored[until.relation].columns}
        for until in sql.holds_until
    }

    assert {until.relation for until in sql.holds_until} <= set(sql.reads)
    assert all(types[until][until.column] in ("date", "timestamptz") for until in types)
    assert all("account_id" in types[until] for until in types)


def test_a_derived_relation_is_named_by_no_other_file(sql):
    same = [other.path for other in EVERY if other.name == sql.name]

    assert sql.refresh is None or same == [sql.path]


def test_a_file_gives_the_columns_of_its_header(sql, home, tmp_path):
    if sql.package == "tenure.collect.files":
        pytest.skip("it reads what an import stages; tests/collect runs it there")
    engine = Engine(tmp_path)
    for name in sql.reads:
        listed = ", ".join(
            f"null::{type_} as {column}" for column, type_ in columns_of(name, sql).items()
        )
        engine.create_view(name, f"select {listed} where false")
    params = {name: sample(type_) for name, type_ in sql.params.items()} | {
        name: value
        for name, value in standing_params(home, SAMPLES["date"]).items()
        if name in sql.params
    }

    engine.rows(sql.text, params)

    assert engine.columns() == [(column.name, column.type) for column in sql.columns]
    engine.close()


@pytest.mark.django_db
def test_every_relation_of_an_empty_home_is_there_and_empty(home: Home):
    with reading(home, packages=PACKAGES) as reader:
        for name in (*STORED, *derived_relations(PACKAGES)):
            sql = derived_relations(PACKAGES).get(name) or load("tenure.lake", name)
            assert reader.rows(sql) == []
            assert reader.columns() == [(column.name, column.type) for column in sql.columns]


def sample(type_: str) -> object:
    return [SAMPLES[type_[:-2]]] if type_.endswith("[]") else SAMPLES[type_]


def columns_of(name: str, reader: SqlFile) -> dict[str, str]:
    """The columns of a relation: stored, derived, made in passing, or given by another file."""
    if name in PASSING:
        return PASSING[name]
    if name in given_names():
        return given_columns(name)
    if name == "mapped_row":
        return mapped_row(reader)
    lookup = name.removesuffix("_news").removesuffix(ROW)
    files = [file for file in EVERY if file.name == lookup and file.refresh]
    files += [file for file in EVERY if file.name == lookup and file.package == "tenure.lake"]
    in_package = [file for file in EVERY if file.package == reader.package]
    files += [file for file in in_package if file.name == lookup]
    files += [file for file in in_package if file.name.startswith(f"{lookup}_")]
    assert files, f"{reader.path} reads {name}, which nothing gives"
    columns = {column.name: column.type for column in files[0].columns}
    if lookup in STORED and name.endswith((ROW, "_news")) and lookup.endswith("_link"):
        columns |= {"changed_at": "timestamptz", "is_gone": "boolean", "snapshot": "bigint"}
    return columns


def mapped_row(reader: SqlFile) -> dict[str, str]:
    """What an import makes of a file's row; see collect/files/mapped_row.py."""
    kind = next(name for name in (*KINDS, "event") if reader.name.startswith(name))
    return {
        "position": "bigint",
        **dict.fromkeys(("account", "person", "anonymous", "subscription"), "varchar"),
        **{name: DUCKDB_TYPES[field.type] for name, field in KINDS[kind].fields.items()},
        "row_key": "varchar",
        "is_keyed": "boolean",
        "row_value": "varchar",
        "properties": "varchar",
        "end_properties": "varchar",
        "final_properties": "varchar",
        "has_final": "boolean",
    }
