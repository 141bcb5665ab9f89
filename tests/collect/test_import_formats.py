"""How values are written: every format ends in the same instants, amounts and truth values."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from import_world import ImportWorld, totals
from tenure.base.errors import InvalidInput
from tenure.collect.models import RejectedRow

pytestmark = pytest.mark.django_db

EVENT = """
source = "shop"
time_zone = "{zone}"
[formats]
{formats}
[[file]]
match = "use*"
kind = "event"
[file.columns]
account = "who"
name = {{ value = "Opened" }}
occurred_at = {day}
"""


@pytest.fixture
def world(home, tmp_path) -> ImportWorld:
    return ImportWorld(home, tmp_path / "files")


def instants(world, texts, *, zone="UTC", formats="", day='"day"') -> list[str | None]:
    """What each text is read as, `None` for those that were refused."""
    lines = "\n".join(f'a{number},"{text}"' for number, text in enumerate(texts))
    world.write("use.csv", f"who,day\n{lines}")
    world.bring(EVENT.format(zone=zone, formats=formats, day=day))
    read = {row["account_key"]: row["occurred_at"] for row in world.events()}
    found = [read.get(f"a{number}") for number in range(len(texts))]
    return [at and at.strftime("%Y-%m-%dT%H:%M:%S") for at in found]


def test_iso_8601_is_read_without_being_told(world):
    texts = [
        "2024-01-31", "2024-01-31 10:20", "2024-01-31T10:20:30", "2024-01-31 10:20:30.5",
        "2024-01-31T10:20:30Z", "2024-01-31T10:20:30+02:00", "2024-01-31 10:20:30-0530", "2024-01",
    ]  # fmt: skip

    assert instants(world, texts) == [
        "2024-01-31T00:00:00", "2024-01-31T10:20:00", "2024-01-31T10:20:30", "2024-01-31T10:20:30",
        "2024-01-31T10:20:30", "2024-01-31T08:20:30", "2024-01-31T15:50:30", "2024-01-01T00:00:00",
    ]  # fmt: skip


def test_what_is_no_time_is_refused(world):
    texts = [
        "2024-02-30",
        "31.01.2024",
        "infinity",
        "now",
        "2024",
        "10:20",
        "20240131",
        "0024-01-01",
    ]

    assert instants(world, texts) == [None] * len(texts)
    rejected = RejectedRow.objects.get(value="31.01.2024")
    assert (rejected.field, rejected.code, rejected.source_ref) == (
        "day",
        "unreadable",
        "use.csv:3",
    )
    assert "file[1].columns.occurred_at" in rejected.remedy
    assert json.loads(rejected.raw) == {"who": "a1", "day": "31.01.2024"}


def test_a_date_that_means_no_end_is_refused_with_the_way_to_say_so(world):
    assert instants(world, ["9999-12-31", "2999-12-31 00:00:00", "x"]) == [None] * 3

    remedies = dict(RejectedRow.objects.values_list("value", "remedy"))
    assert "add the text to nulls in file[1].columns.occurred_at" in remedies["9999-12-31"]
    assert "add the text to nulls" in remedies["2999-12-31 00:00:00"]
    assert "nulls" not in remedies["x"]
    told = '{ column = "day", nulls = ["9999-12-31", "2999-12-31 00:00:00"] }'
    assert instants(world, ["2024-01-01", "9999-12-31"], day=told) == ["2024-01-01T00:00:00", None]
    assert RejectedRow.objects.filter(code="missing").exists()


def test_an_event_in_the_future_or_before_computers_is_refused(world):
    texts = ["2025-06-02 07:59", "2025-06-02 08:01", "2099-01-01", "1969-12-31", "1970-01-01"]

    assert instants(world, texts) == [
        "2025-06-02T07:59:00", None, None, None, "1970-01-01T00:00:00",
    ]  # fmt: skip
    codes = dict(RejectedRow.objects.values_list("value", "code"))
    assert codes["2099-01-01"] == "in_the_future"
    assert codes["1969-12-31"] == "too_early"


def test_times_without_a_zone_are_in_the_zone_of_the_map(world):
    texts = ["2024-01-31", "2024-07-31", "2024-03-31 02:30:00", "2024-10-27 02:30:00"]

    assert instants(world, texts, zone="Europe/Berlin") == [
        "2024-01-30T23:00:00",
        "2024-07-30T22:00:00",
        "2024-03-31T01:30:00",  # clocks skipped it: moved on by the hour
        "2024-10-27T01:30:00",  # clocks showed it twice: the later
    ]


@pytest.mark.parametrize(
    ("format_", "text", "instant"),
    [
        ("%d.%m.%Y", "31.01.2024", "2024-01-31T00:00:00"),
        ("%m/%d/%Y %I:%M %p", "01/31/2024 02:05 PM", "2024-01-31T14:05:00"),
        ("%Y%m%d", "20240131", "2024-01-31T00:00:00"),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2024-01-31T10:00:00.250000+0200", "2024-01-31T08:00:00"),
        ("unix", "1706695200", "2024-01-31T10:00:00"),
        ("unix_ms", "1706695200123", "2024-01-31T10:00:00"),
        ("%b %d, %Y", "Jan 31, 2024", "2024-01-31T00:00:00"),
    ],
)
def test_a_format_can_be_given(world, format_, text, instant):
    day = f'{{ column = "day", format = "{format_}" }}'

    assert instants(world, [text, "2024-01-31 xx"], day=day) == [instant, None]


def test_several_formats_are_tried_in_order(world):
    formats = 'dates = ["%d.%m.%Y", "%Y-%m-%d"]'

    assert instants(world, ["02.03.2024", "2024-03-02", "3/2/2024"], formats=formats) == [
        "2024-03-02T00:00:00", "2024-03-02T00:00:00", None,
    ]  # fmt: skip


LINES = """
source = "shop"
time_zone = "UTC"
currency = "EUR"
[formats]
{formats}
[[file]]
match = "lines.csv"
kind = "invoice_line"
[file.columns]
line = "id"
account = "who"
starts_at = {{ value = "2024-01-01" }}
billing_interval = {{ value = "month" }}
amount = {amount}
currency = "currency"
"""


def amounts(world, rows, *, formats="", amount='"amount"') -> list[int | None]:
    lines = "\n".join(f'{number},a,"{a}",{c}' for number, (a, c) in enumerate(rows))
    world.write("lines.csv", f"id,who,amount,currency\n{lines}")
    world.bring(LINES.format(formats=formats, amount=amount))
    read = {row["fact_key"].split("/")[2]: row["amount_minor"] for row in world.facts()}
    return [read.get(str(number)) for number in range(len(rows))]


def test_whole_units_become_minor_units_of_each_currency(world):
    rows = [("4.572", "USD"), ("1.005", ""), ("-0.605", "eur"), ("1234", "JPY"), ("1.2345", "KWD")]

    assert amounts(world, rows) == [457, 101, -61, 1234, 1235]


def test_minor_units_are_taken_as_they_are(world):
    minor = '{ column = "amount", unit = "minor" }'

    assert amounts(world, [("1999", "USD"), ("500", "JPY")], amount=minor) == [1999, 500]


def test_decimal_commas_and_thousands_are_read_where_the_map_says_so(world):
    formats = 'decimal = ","\nthousands = "."'

    rows = [("1.234,50", "EUR"), ("12,5", "EUR"), ("1.23,4", "EUR"), ("1,234.50", "EUR")]
    assert amounts(world, rows, formats=formats) == [123450, 1250, None, None]


def test_what_is_no_amount_is_refused(world):
    rows = [(text, "EUR") for text in ("", "1_000", "NaN", "inf", "1e400", "12,50", "$5", "0x10")]

    assert amounts(world, rows) == [None] * len(rows)
    assert RejectedRow.objects.get(value="12,50").remedy.endswith("write it as 1234.50")


def test_an_unknown_currency_is_refused(world):
    assert amounts(world, [("1", "Euro"), ("1", "EUR")]) == [None, 100]


SUBS = """
source = "shop"
time_zone = "UTC"
[formats]
nulls = ["$null$", "n/a"]
[[file]]
match = "subs.csv"
kind = "subscription"
[file.columns]
account = "who"
subscription = "id"
starts_at = {{ value = "2024-01-01" }}
{more}
"""


def test_truth_values_statuses_and_intervals_have_their_words(world):
    more = """
    is_trial = "trial"
    status = { column = "status", map = { gone = "ended", ok = "active" } }
    billing_interval = { column = "each", map = { biweekly = "week" } }
    amount = "price"
    ends_at = "end"
    """
    world.write(
        "subs.csv",
        "id,who,trial,status,each,price,end\n"
        "1,a,TRUE,ok,Monthly,10,$null$\n2,a,no,ok,annual,10,n/a\n3,a,0,gone,month,10,\n"
        "4,a,0,Past Due,biweekly,10,\n5,a,maybe,ok,month,1,\n6,a,0,what,month,1,\n7,a,0,ok,often,1,",
    )

    run = world.bring(SUBS.format(more=more))

    said = {row["subscription_id"]: (row["kind"], row["status"]) for row in world.facts()}
    assert said == {
        "1": ("start", "trialing"),
        "2": ("start", "active"),
        "3": ("end", None),
        "4": ("start", "past_due"),
    }
    assert totals(run) == {"new": 4, "rejected": 3}
    assert {row.field for row in RejectedRow.objects.all()} == {"trial", "status", "each"}


def test_an_inclusive_end_is_the_first_instant_after_it(world):
    more = 'ends_at = { column = "end", inclusive = true }'
    world.write("subs.csv", "id,who,end\n1,a,2024-02-29\n2,a,2024-02-29 23:59:59")

    world.bring(SUBS.format(more=more))

    ends = {row["effective_at"] for row in world.facts() if row["kind"] == "end"}
    assert ends == {datetime(2024, 3, 1, tzinfo=UTC)}


def test_columns_that_no_field_names_are_kept_and_numbers_stay_what_they_were(world):
    world.write(
        "use.csv",
        'who,day,seats,zip,ratio,flag,note,gone\na,2024-01-01,12,00123,0.50,True,"say ""hi""; ä",',
    )

    world.bring(EVENT.format(zone="UTC", formats="", day='"day"'))

    assert json.loads(world.events()[0]["properties"]) == {
        "seats": 12, "zip": "00123", "ratio": 0.5, "flag": True, "note": 'say "hi"; ä',
    }  # fmt: skip


def test_json_lines_and_parquet_are_read_like_csv(world):
    rows = [{"who": "a", "day": "2024-01-01", "n": 1.5, "deep": {"x": True}}, {"who": "b"}]
    (world.folder / "use.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\nnot json\n")
    at = datetime(2024, 1, 2, 3, tzinfo=UTC)
    table = pa.table({"who": ["c"], "day": [at], "n": pa.array([2], pa.int8())})
    pq.write_table(table, world.folder / "use.parquet")

    run = world.bring(EVENT.format(zone="Asia/Tokyo", formats="", day='"day"'))

    said = {row["account_key"]: row for row in world.events()}
    assert json.loads(said["a"]["properties"]) == {"n": 1.5, "deep.x": True}
    assert said["a"]["occurred_at"] == datetime(2023, 12, 31, 15, tzinfo=UTC)
    assert (said["c"]["occurred_at"], said["c"]["source_ref"]) == (at, "use.parquet:1")
    assert totals(run) == {"new": 2, "rejected": 2}
    assert {row.code for row in RejectedRow.objects.all()} == {"missing", "not_json"}


def test_a_first_line_in_another_encoding_is_said(world):
    (world.folder / "use.csv").write_bytes("who,day,größe\na,2024-01-01,1\n".encode("latin-1"))

    with pytest.raises(InvalidInput, match="first line is not utf-8-sig; set csv.encoding"):
        world.bring(EVENT.format(zone="UTC", formats="", day='"day"'))


def test_latin_1_is_read_where_the_map_says_so_and_refused_where_not(world):
    (world.folder / "use.csv").write_bytes(
        "who,day\nZürich,2024-01-01\nBern,2024-01-01\n".encode("latin-1")
    )
    plain = EVENT.format(zone="UTC", formats="", day='"day"')

    assert totals(world.bring(plain)) == {"new": 1, "rejected": 1}
    assert RejectedRow.objects.get().code == "wrong_encoding"

    told = plain.replace('match = "use*"', 'match = "use*"\ncsv = { encoding = "latin-1" }')
    assert totals(world.bring(told)) == {"new": 1, "unchanged": 1}
    assert {row["account_key"] for row in world.events()} == {"Zürich", "Bern"}


def test_a_line_of_the_wrong_width_costs_only_itself(world):
    world.write("use.csv", 'who,day\na,2024-01-01\nb\nc,2024-01-01,more\n\n"d\nd",2024-01-01')

    run = world.bring(EVENT.format(zone="UTC", formats="", day='"day"'))

    assert totals(run) == {"new": 2, "rejected": 2}
    assert [row["source_ref"] for row in world.events()] == ["use.csv:2", "use.csv:6"]
    refs = RejectedRow.objects.order_by("position").values_list("source_ref", "code")
    assert list(refs) == [("use.csv:3", "wrong_width"), ("use.csv:4", "wrong_width")]
