"""Loading files again: what changed is corrected, and nothing else is touched."""

import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from import_world import MORNING, ImportWorld, totals
from tenure.base.home import Home

pytestmark = pytest.mark.django_db

SUBSCRIPTIONS = """
source = "shop"
time_zone = "UTC"
[[file]]
match = "subs*.csv"
kind = "subscription"
[file.columns]
account = "who"
subscription = "id"
starts_at = "from"
ends_at = "to"
mrr = "mrr"
"""
USE = """
source = "shop"
time_zone = "UTC"
[[file]]
match = "use*.csv"
kind = "event"
key = ["id"]
[file.columns]
account = "who"
name = "what"
occurred_at = "day"
"""
USE_WITHOUT_KEY = USE.replace('key = ["id"]\n', "")


@pytest.fixture
def world(home, tmp_path) -> ImportWorld:
    return ImportWorld(home, tmp_path / "files")


def test_the_same_files_again_change_nothing(world):
    world.write("use.csv", "id,who,what,day\n1,a,Opened,2024-01-01\n2,b,Opened,2024-01-02")
    world.bring(USE)
    before = world.events()

    again = world.bring(USE, now=MORNING + timedelta(days=1))

    assert totals(again) == {"unchanged": 2}
    assert world.events() == before


def test_a_row_that_says_something_else_corrects_the_earlier_one(world):
    world.write("use.csv", "id,who,what,day\n1,a,Opened,2024-01-01\n2,b,Opened,2024-01-02")
    world.bring(USE)
    world.write("use.csv", "id,who,what,day\n1,a,Closed,2024-01-01\n2,b,Opened,2024-01-02")

    run = world.bring(USE, now=MORNING + timedelta(days=1))

    assert totals(run) == {"corrected": 1, "unchanged": 1}
    assert [row["name"] for row in world.events()] == ["Closed", "Opened"]


def test_a_row_that_goes_there_and_back_ends_where_it_began(world):
    said = []
    for day, name in enumerate(["Opened", "Closed", "Opened", "Closed", "Opened"]):
        world.write("use.csv", f"id,who,what,day\n1,a,{name},2024-01-01")
        world.bring(USE, now=MORNING + timedelta(days=day))
        said.append([row["name"] for row in world.events()])

    assert said == [["Opened"], ["Closed"], ["Opened"], ["Closed"], ["Opened"]]


def test_a_fact_that_goes_there_and_back_ends_where_it_began(world):
    said = []
    for day, mrr in enumerate(["10", "20", "10"]):
        world.write("subs.csv", f"id,who,from,to,mrr\ns1,a,2024-01-01,,{mrr}")
        world.bring(SUBSCRIPTIONS, now=MORNING + timedelta(days=day))
        said.append([row["mrr_minor"] for row in world.facts()])

    assert said == [[1000], [2000], [1000]]


def test_an_end_that_is_taken_out_of_the_file_is_taken_back(world):
    ends = []
    for day, end in enumerate(["", "2024-05-01", "", "2024-06-01"]):
        world.write("subs.csv", f"id,who,from,to,mrr\ns1,a,2024-01-01,{end},10")
        world.bring(SUBSCRIPTIONS, now=MORNING + timedelta(days=day))
        ends.append(
            [f"{row['effective_at']:%m-%d}" for row in world.facts() if row["kind"] == "end"]
        )

    assert ends == [[], ["05-01"], [], ["06-01"]]


def test_a_correction_is_known_when_it_arrives_and_not_before(world):
    world.write("subs.csv", "id,who,from,to,mrr\ns1,a,2024-01-01,,10")
    world.bring(SUBSCRIPTIONS)
    world.write("subs.csv", "id,who,from,to,mrr\ns1,a,2024-01-01,,20")
    world.bring(SUBSCRIPTIONS, now=MORNING + timedelta(days=1))

    def mrr_known(at: datetime) -> list[int]:
        return [row["mrr_minor"] for row in world.facts(as_of=at)]

    assert mrr_known(datetime(2024, 2, 1, tzinfo=UTC)) == [1000]
    assert mrr_known(MORNING + timedelta(days=2)) == [2000]


def test_a_restated_import_corrects_what_was_known_then(world):
    world.write("subs.csv", "id,who,from,to,mrr\ns1,a,2024-01-01,,10")
    world.bring(SUBSCRIPTIONS)
    world.write("subs.csv", "id,who,from,to,mrr\ns1,a,2024-01-01,,20")
    world.bring(SUBSCRIPTIONS, now=MORNING + timedelta(days=1), is_restated=True)

    known = world.facts(as_of=datetime(2024, 2, 1, tzinfo=UTC))

    assert [row["mrr_minor"] for row in known] == [2000]


def test_equal_rows_without_a_key_are_as_many_as_there_are(world):
    world.write("use.csv", "who,what,day\na,Opened,2024-01-01\na,Opened,2024-01-01")
    first = world.bring(USE_WITHOUT_KEY)
    world.write("use.csv", "who,what,day" + "\na,Opened,2024-01-01" * 3)
    second = world.bring(USE_WITHOUT_KEY, now=MORNING + timedelta(days=1))

    assert (totals(first), totals(second)) == ({"new": 2}, {"unchanged": 2, "new": 1})
    assert len(world.events()) == 3


def test_files_one_by_one_and_a_folder_at_once_are_the_same(world, tmp_path):
    world.write("use-1.csv", "who,what,day\na,Opened,2024-01-01\na,Opened,2024-01-01")
    world.write("use-2.csv", "who,what,day\na,Opened,2024-01-01\nb,Closed,2024-01-02")
    for name in ("use-2.csv", "use-1.csv"):
        world.bring(USE_WITHOUT_KEY, world.folder / name)

    whole = world.bring(USE_WITHOUT_KEY, now=MORNING + timedelta(days=1))

    assert totals(whole) == {"unchanged": 3, "repeated": 1}
    assert len(world.events()) == 3


def test_rows_of_one_key_that_differ_are_all_loaded_whatever_their_order(world):
    rows = ["1,a,Opened,2024-01-01", "1,b,Closed,2024-01-02", "1,c,Saved,2024-01-03"]
    world.write("use.csv", "\n".join(["id,who,what,day", *rows]))
    world.bring(USE)
    before = world.events()
    world.write("use.csv", "\n".join(["id,who,what,day", *reversed(rows)]))

    again = world.bring(USE, now=MORNING + timedelta(days=1))

    assert totals(again) == {"unchanged": 3}
    assert world.events() == before and len(before) == 3


def test_one_of_two_rows_of_a_key_can_be_mended(world):
    world.write("use.csv", "id,who,what,day\n1,a,Opened,2024-01-01\n1,b,Closed,2024-01-02")
    world.bring(USE)
    world.write("use.csv", "id,who,what,day\n1,a,Opened,2024-01-01\n1,b,Saved,2024-01-02")

    run = world.bring(USE, now=MORNING + timedelta(days=1))

    assert totals(run) == {"unchanged": 1, "corrected": 1}
    assert [row["name"] for row in world.events()] == ["Opened", "Saved"]


def test_two_subscriptions_of_one_id_keep_their_own_ends(world):
    world.write(
        "subs.csv",
        "id,who,from,to,mrr\ns1,a,2024-01-01,2024-02-01,10\ns1,a,2024-01-01,2024-03-01,10",
    )
    world.bring(SUBSCRIPTIONS)

    facts = world.facts()

    assert len({row["fact_key"] for row in facts}) == 4
    ends = {
        row["version_key"]: f"{row['effective_at']:%m}" for row in facts if row["kind"] == "end"
    }
    assert sorted(ends.values()) == ["02", "03"] and None in ends


def test_a_better_map_corrects_rows_and_does_not_double_them(world):
    world.write("use.csv", "who,what,day\na,Opened,2024-01-01\nb,Opened,2024-01-02")
    world.bring(USE_WITHOUT_KEY)
    better = USE_WITHOUT_KEY.replace('name = "what"', 'name = { template = "Report {what}" }')

    run = world.bring(better, now=MORNING + timedelta(days=1), is_restated=True)

    assert totals(run) == {"corrected": 2}
    assert [row["name"] for row in world.events()] == ["Report Opened", "Report Opened"]


def test_final_state_is_known_at_the_import_and_not_before(world):
    map_text = """
    source = "shop"
    time_zone = "UTC"
    [[file]]
    match = "accounts.csv"
    kind = "account"
    final_state = ["flag"]
    [file.columns]
    account = "id"
    created_at = "since"
    """
    world.write("accounts.csv", "id,since,flag,city\na,2024-01-01,gone,Bern")
    world.bring(map_text)

    early = world.events(as_of=datetime(2024, 6, 1, tzinfo=UTC))
    late = world.events(as_of=MORNING)

    assert [json.loads(row["properties"]) for row in early] == [
        {"createdAt": "2024-01-01T00:00:00Z", "city": "Bern"}
    ]
    assert [json.loads(row["properties"]) for row in late][1] == {"flag": "gone"}


LINES = st.lists(
    st.tuples(st.sampled_from("1234"), st.sampled_from("ab"), st.sampled_from(["Opened", "Saved"])),
    max_size=12,
)


@pytest.mark.slow
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=LINES, seed=st.integers(0, 100))
def test_order_of_rows_and_files_and_repeated_rows_change_nothing(tmp_path_factory, lines, seed):
    rows = [f"{key},{who},{what},2024-01-0{key}" for key, who, what in lines]
    shuffled = rows + rows[: len(rows) // 2]
    random.Random(seed).shuffle(shuffled)
    half = len(shuffled) // 2
    header = "id,who,what,day"
    said = []
    for files in ([rows, []], [shuffled[:half], shuffled[half:]]):
        folder = tmp_path_factory.mktemp("order")
        (folder / "home").mkdir()
        world = ImportWorld(Home(folder / "home"), folder / "files")
        for number, lines_of_file in enumerate(files):
            world.write(f"use-{number}.csv", "\n".join([header, *lines_of_file]))
        world.bring(USE)
        said.append(sorted((r["message_id"], r["account_key"], r["name"]) for r in world.events()))

    assert said[0] == said[1]
