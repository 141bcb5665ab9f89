"""Rejected rows are kept with the way out, and settled by the import that brings them mended."""

import io
import json
from datetime import timedelta

import pytest

from import_world import MORNING, ImportWorld, totals
from tenure.collect.files.rejects_file import write_rejected_rows
from tenure.collect.models import RejectedRow

pytestmark = pytest.mark.django_db

KEYED = """
source = "shop"
time_zone = "UTC"
[[file]]
match = "use.csv"
kind = "event"
key = ["id"]
[file.columns]
account = "who"
name = "what"
occurred_at = "day"
[[file]]
match = "people.csv"
kind = "person"
[file.columns]
person = "id"
created_at = "since"
"""
UNKEYED = KEYED.replace('key = ["id"]\n', "", 1)
LATER = MORNING + timedelta(days=1)


@pytest.fixture
def world(home, tmp_path) -> ImportWorld:
    world = ImportWorld(home, tmp_path / "files")
    world.write("use.csv", "id,who,what,day\n1,a,Opened,2024-01-01\n2,b,Saved,soon\n3,,Saved,x")
    world.write("people.csv", "id,since,city\np1,2024-01-01,Bern\np2,yesterday,Genf")
    return world


def statuses() -> dict[str, str]:
    return dict(RejectedRow.objects.values_list("source_ref", "status"))


def exported() -> str:
    stream = io.StringIO()
    write_rejected_rows(RejectedRow.objects.filter(status="open").order_by("position"), stream)
    return stream.getvalue()


def test_the_good_part_is_loaded_and_the_rest_kept_with_reasons(world):
    run = world.bring(KEYED)

    assert totals(run) == {"new": 2, "rejected": 3}
    assert len(world.events()) == 2
    row = RejectedRow.objects.get(source_ref="use.csv:3")
    assert (row.import_id, row.field, row.value, row.code) == (run.id, "day", "soon", "unreadable")
    assert "write it as 2024-01-31" in row.remedy
    assert json.loads(row.raw) == {"id": "2", "who": "b", "what": "Saved", "day": "soon"}
    # Of several things wrong, the first is named.
    assert RejectedRow.objects.get(source_ref="use.csv:4").field == "day"


def test_the_same_files_again_keep_each_rejected_row_once(world):
    world.bring(KEYED)
    before = list(RejectedRow.objects.values("id", "status", "import_id"))

    again = world.bring(KEYED, now=LATER)

    assert totals(again) == {"unchanged": 2, "rejected": 3}
    assert list(RejectedRow.objects.values("id", "status", "import_id")) == before


@pytest.mark.parametrize("map_text", [KEYED, UNKEYED])
def test_a_row_mended_in_its_file_is_settled(world, map_text):
    world.bring(map_text)
    world.write(
        "use.csv", "id,who,what,day\n1,a,Opened,2024-01-01\n2,b,Saved,2024-01-02\n3,,Saved,x"
    )

    run = world.bring(map_text, now=LATER)

    assert totals(run) == {"new": 1, "unchanged": 2, "rejected": 2}
    assert statuses() == {"use.csv:3": "mended", "use.csv:4": "open", "people.csv:3": "open"}


def test_a_row_with_a_key_is_settled_wherever_it_stands(world):
    world.bring(KEYED)
    world.write("use.csv", "id,who,what,day\n9,c,Saved,2024-01-09\n2,b,Saved,2024-01-02")

    world.bring(KEYED, world.folder / "use.csv", now=LATER)

    assert statuses()["use.csv:3"] == "mended"
    assert statuses()["use.csv:4"] == "open"


def test_an_export_has_the_columns_of_every_file_and_what_is_wrong(world):
    world.bring(KEYED)

    lines = exported().splitlines()

    assert lines[0] == (
        "tenure_file,tenure_line,tenure_reject,tenure_problem,id,since,city,who,what,day"
    )
    assert lines[1].startswith("people.csv,3,") and "yesterday" in lines[1]
    assert len(lines) == 4


@pytest.mark.parametrize("map_text", [KEYED, UNKEYED])
def test_an_export_that_was_mended_is_imported_and_settles_its_rows(world, tmp_path, map_text):
    world.bring(map_text)
    mended = exported().replace("soon", "2024-01-02", 2).replace("'2024-01-02'", "'soon'")
    mended = mended.replace(",yesterday,", ",2024-01-05,")
    fixed = tmp_path / "fixed.csv"
    fixed.write_text(mended)

    run = world.bring(map_text, fixed, now=LATER)

    assert totals(run) == {"new": 2, "rejected": 1}
    assert statuses() == {"use.csv:3": "mended", "use.csv:4": "open", "people.csv:3": "mended"}
    said = {row["source_ref"]: row["name"] or row["user_id"] for row in world.events()}
    assert said == {
        "use.csv:2": "Opened", "use.csv:3": "Saved", "people.csv:2": "p1", "people.csv:3": "p2",
    }  # fmt: skip


def test_mending_the_file_after_its_export_was_mended_changes_nothing(world, tmp_path):
    world.bring(UNKEYED)
    fixed = tmp_path / "fixed.csv"
    fixed.write_text(exported().replace("soon", "2024-01-02"))
    world.bring(UNKEYED, fixed, now=LATER)
    before = world.events()
    world.write(
        "use.csv", "id,who,what,day\n1,a,Opened,2024-01-01\n2,b,Saved,2024-01-02\n3,,Saved,x"
    )

    run = world.bring(UNKEYED, now=LATER + timedelta(days=1))

    assert totals(run)["unchanged"] == 3 and "new" not in totals(run)
    assert world.events() == before


def test_a_row_that_comes_back_wrong_in_another_way_says_so(world, tmp_path):
    world.bring(KEYED)
    row = RejectedRow.objects.get(source_ref="use.csv:3")
    fixed = tmp_path / "fixed.csv"
    fixed.write_text(
        "tenure_file,tenure_line,tenure_reject,id,who,what,day\n"
        f"use.csv,3,{row.pk},2,,Saved,2024-01-02\n"
    )

    world.bring(KEYED, fixed, now=LATER)

    row.refresh_from_db()
    assert (row.status, row.field, row.code) == ("open", "who", "missing")
    assert RejectedRow.objects.count() == 3


def test_the_listing_as_csv_can_be_mended_and_imported_too(world, tmp_path):
    world.bring(KEYED)
    row = RejectedRow.objects.get(source_ref="use.csv:3")
    raw = row.raw.replace("soon", "2024-01-02").replace('"', '""')
    fixed = tmp_path / "listed.csv"
    fixed.write_text(f'id,status,source_ref,raw\n{row.pk},open,use.csv:3,"{raw}"\n')

    run = world.bring(KEYED, fixed, now=LATER)

    assert totals(run) == {"new": 1}
    assert statuses()["use.csv:3"] == "mended"


def test_a_dismissed_row_stays_dismissed_and_is_not_kept_again(world):
    world.bring(KEYED)
    RejectedRow.objects.filter(source_ref="use.csv:4").update(status="dismissed")

    world.bring(KEYED, now=LATER)

    assert RejectedRow.objects.count() == 3
    assert statuses()["use.csv:4"] == "dismissed"


def test_a_row_mended_elsewhere_is_not_brought_up_again_by_its_bad_file(world, tmp_path):
    world.bring(KEYED)
    fixed = tmp_path / "fixed.csv"
    fixed.write_text(exported().replace("soon", "2024-01-02"))
    world.bring(KEYED, fixed, now=LATER)

    world.bring(KEYED, now=LATER + timedelta(days=1))

    assert statuses()["use.csv:3"] == "mended"
    assert RejectedRow.objects.count() == 3
    assert {row["name"] for row in world.events()} == {"Opened", "Saved", None}
