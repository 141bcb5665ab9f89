"""A map that is wrong says where, what, and what to do; nothing is read before it is right."""

import gzip

import pytest

from import_world import MORNING, ImportWorld
from tenure.base.errors import BadDefinition, BadUsage, Conflict
from tenure.collect.files.import_run import only_import
from tenure.collect.files.map_file import read_map
from tenure.collect.models import ImportRun, Source

pytestmark = pytest.mark.django_db

GOOD = """
source = "shop"
time_zone = "UTC"
[[file]]
match = "use.csv"
kind = "event"
[file.columns]
account = "who"
name = { value = "Opened" }
occurred_at = "day"
"""


def refusal(text: str) -> str:
    with pytest.raises(BadDefinition) as error:
        read_map(text, "map.toml", currency="USD")
    return error.value.message


@pytest.fixture
def world(home, tmp_path) -> ImportWorld:
    return ImportWorld(home, tmp_path / "files")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("source =", "sauce =", "map.toml: source: is missing"),
        ('"shop"', '"My Shop"', "map.toml: source: 'My Shop' is no slug; use small letters"),
        ('"UTC"', '"Mars/Olympus"', "map.toml: time_zone: 'Mars/Olympus' is no time zone"),
        ('"event"', '"evnt"', "map.toml: file[1].kind: 'evnt' is not one of"),
        ('"event"', '"evnt"', "did you mean 'event'?"),
        ("name =", "nam =", "map.toml: file[1].columns.nam: event has no such field"),
        ("name =", "nam =", "did you mean 'name'?"),
        ("occurred_at =", "person =", "file[1].columns.occurred_at: kind event needs it"),
        ('account = "who"', "", "file[1].columns.account: kind event needs to say who"),
        ('match = "use.csv"', "", "map.toml: file[1].match: is missing"),
        (
            'kind = "event"',
            'kind = "event"\nkeys = ["id"]',
            "file[1].keys: there is no such setting",
        ),
        ('kind = "event"', 'kind = "event"\nkeys = ["id"]', "did you mean 'key'?"),
        ('kind = "event"', 'kind = "event"\nat_end = ["x"]', "file[1].at_end: a row of kind event"),
        ('{ value = "Opened" }', "{ }", "file[1].columns.name: say exactly one of column, value"),
        ('{ value = "Opened" }', '{ value = "a", column = "b" }', "say exactly one of"),
        ('{ value = "Opened" }', '{ template = "Used" }', "'Used' names no column"),
        ('{ value = "Opened" }', "7", "file[1].columns.name: 7 is no column; a constant is"),
        ('"day"', '{ column = "day", format = "%Q" }', "'%Q' is no date format"),
        ('"day"', '{ column = "day", format = "%d.%m" }', "'%d.%m' is no date format"),
        ('"day"', '{ column = "day", fromat = "%Y" }', "columns.occurred_at.fromat: there is no"),
        ("time_zone", 'currency = "euro"\ntime_zone', "currency: 'euro' is no ISO 4217 code"),
        ("time_zone", 'mrr_from = "guess"\ntime_zone', "mrr_from: 'guess' is not one of"),
        ("[[file]]", '[csv]\ndelimiter = ";;"\n[[file]]', "csv.delimiter: ';;' is not one char"),
        ("[[file]]", '[csv]\nencoding = "utf-99"\n[[file]]', "'utf-99' is no encoding"),
        ("[[file]]", '[formats]\ndecimal = ";"\n[[file]]', "formats.decimal: ';' is not one of"),
        ("[[file]]", "[file]", "map.toml: file: write [[file]]"),
        ('"shop"', '"shop', "map.toml: this is not TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place(old, new, message):
    assert message in refusal(GOOD.replace(old, new, 1))


def test_a_map_without_files_says_so():
    assert "the map reads no file" in refusal('source = "a"\ntime_zone = "UTC"')


def test_two_entries_that_cannot_be_told_apart_need_an_id():
    twice = GOOD + GOOD[GOOD.index("[[file]]") :]

    assert "file[2].id: file[1] is known as 'use:event' as well" in refusal(twice)
    assert read_map(twice.replace('"use.csv"', '"use.csv"\nid = "again"', 1), "map.toml")


def test_an_amount_needs_its_interval_and_only_one_price_is_right():
    plans = """
    source = "shop"
    time_zone = "UTC"
    [[file]]
    match = "subs.csv"
    kind = "subscription"
    columns = { account = "a", subscription = "s", starts_at = "f", amount = "p" }
    """

    assert "columns.amount: an amount needs its billing_interval" in refusal(plans)
    assert "both amount and mrr" in refusal(plans.replace('"p" }', '"p", mrr = "m" }'))


def test_a_column_that_is_not_there_is_named_with_those_that_are(world):
    world.write("use.csv", "WHO,DAY\na,2024-01-01")

    with pytest.raises(BadDefinition) as error:
        world.bring(GOOD)

    assert error.value.message == (
        "map.toml: file[1].columns.account: no column 'who' in use.csv; it has WHO, DAY; "
        "did you mean 'WHO'?"
    )
    assert world.events() == []
    assert ImportRun.objects.get().status == "failed"


def test_a_lookup_that_is_not_there_is_named(world):
    found = GOOD.replace('"who"', '{ lookup = "subs.csv", on = "id", take = "account" }')
    world.write("use.csv", "id,day\n1,2024-01-01")
    with pytest.raises(BadDefinition, match=r"columns.account.lookup: no file 'subs.csv' in"):
        world.bring(found)

    world.write("subs.csv", "id,acount\n1,a")
    with pytest.raises(BadDefinition, match=r"take: no column 'account' in subs.csv; .*'acount'"):
        world.bring(found)


def test_a_path_that_the_map_does_not_read_is_bad_usage(world):
    with pytest.raises(BadUsage, match="there is no such file or folder"):
        world.bring(GOOD, world.folder / "gone.csv")
    with pytest.raises(BadUsage, match="map.toml reads nothing here; it reads use.csv"):
        world.bring(GOOD, world.write("other.csv", "who,day"))


def test_a_pattern_finds_gzipped_files_and_those_in_folders(world):
    (world.folder / "2024").mkdir()
    packed = gzip.compress(b"who,day\na,2024-01-01\n")
    (world.folder / "2024" / "use.csv.gz").write_bytes(packed)
    (world.folder / "use.csv").write_bytes(packed)  # packed under a plain name

    run = world.bring(GOOD)

    assert [(row["file"], row["read"]) for row in run.counts] == [
        ("2024/use.csv.gz", 1),
        ("use.csv", 1),
    ]
    assert len(world.events()) == 1


def test_a_file_is_described_in_one_way_only(world):
    world.write("use.csv", "who;day\na;2024-01-01")
    twice = GOOD.replace('"event"', '"event"\ncsv = { delimiter = ";" }') + (
        '[[file]]\nmatch = "use.csv"\nkind = "person"\ncolumns = { person = "who" }\n'
    )

    with pytest.raises(BadDefinition, match=r"file\[2\].csv: use.csv is described in two ways"):
        world.bring(twice)


def test_a_file_without_a_header_is_given_one(world):
    world.write("use.csv", "a,2024-01-01\nb,2024-01-02")
    told = GOOD.replace('"event"', '"event"\ncsv = { header = ["who", "day"] }')

    world.bring(told)

    assert [(row["account_key"], row["source_ref"]) for row in world.events()] == [
        ("a", "use.csv:1"),
        ("b", "use.csv:2"),
    ]


def test_a_source_of_the_tracking_api_is_not_an_imports(world):
    Source.objects.create(slug="shop", name="Shop", kind="api", created_at=MORNING)
    world.write("use.csv", "who,day\na,2024-01-01")

    with pytest.raises(Conflict, match="'shop' is a source of another kind"):
        world.bring(GOOD)


def test_only_one_import_runs_at_a_time(world):
    world.write("use.csv", "who,day\na,2024-01-01")

    with only_import(world.home), pytest.raises(Conflict, match="another import runs"):
        world.bring(GOOD)
