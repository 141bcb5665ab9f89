"""Rows on a stream, in the four formats."""

import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest

from tenure.base.errors import BadUsage
from tenure.kit.output import print_rows

ROWS = [
    {"month": date(2025, 1, 1), "name": 'Ada, "the\nfirst"', "share": 0.5, "count": 3},
    {"month": date(2025, 2, 1), "name": None, "share": None, "count": 12},
]
COLUMNS = ["month", "name", "share", "count"]


def printed(fmt: str, rows=ROWS, columns=COLUMNS) -> str:
    stream = io.StringIO()
    print_rows(rows, columns, fmt, stream)
    return stream.getvalue()


def test_a_table_is_aligned_and_on_one_line_a_row():
    assert printed("table").splitlines() == [
        "month       name               share  count",
        '2025-01-01  Ada, "the first"  0.5000      3',
        "2025-02-01  -                      -     12",
    ]


def test_csv_quotes_what_needs_it_and_leaves_nothing_for_nothing():
    assert printed("csv") == (
        'month,name,share,count\n2025-01-01,"Ada, ""the\nfirst""",0.5,3\n2025-02-01,,,12\n'
    )


def test_json_is_a_list_with_the_columns_in_their_order():
    found = json.loads(printed("json"))

    assert [list(row) for row in found] == [COLUMNS, COLUMNS]
    assert found[0] == {
        "month": "2025-01-01",
        "name": 'Ada, "the\nfirst"',
        "share": 0.5,
        "count": 3,
    }
    assert found[1]["name"] is None


def test_fractions_are_exact_where_a_program_reads_them():
    row = {"share": 1 / 3}

    assert json.loads(printed("json", [row], ["share"])) == [row]
    assert float(printed("csv", [row], ["share"]).splitlines()[1]) == 1 / 3


@pytest.mark.parametrize(
    ("fmt", "expected"), [("table", ""), ("csv", "month,name\n"), ("json", "[]\n")]
)
def test_no_rows(fmt, expected):
    assert printed(fmt, [], ["month", "name"]) == expected


def test_only_the_columns_that_were_asked_for():
    assert printed("csv", ROWS, ["count", "month"]) == "count,month\n3,2025-01-01\n12,2025-02-01\n"


def test_instants_truths_and_lists():
    row = {"at": datetime(2025, 1, 1, 12, tzinfo=UTC), "yes": True, "many": [1, "a"]}

    assert printed("csv", [row], list(row)) == (
        'at,yes,many\n2025-01-01T12:00:00+00:00,true,"[1, ""a""]"\n'
    )
    assert json.loads(printed("json", [row], list(row)))[0]["many"] == [1, "a"]


def test_parquet_goes_to_a_file_with_its_types(tmp_path):
    code = (
        "from datetime import date\n"
        "from tenure.kit.output import print_rows\n"
        "print_rows([{'m': date(2025, 1, 1), 'n': 3, 'x': None}], ['m', 'n', 'x'], 'parquet')"
    )
    path = tmp_path / "rows.parquet"

    with path.open("wb") as file:
        subprocess.run([sys.executable, "-c", code], stdout=file, check=True)

    assert pq.read_table(path).to_pylist() == [{"m": date(2025, 1, 1), "n": 3, "x": None}]


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(BadUsage, match="use table, csv, json, parquet"):
        printed("xml")
