import json
import os
import shutil
from datetime import timedelta

import pytest
from lake_worlds import NOON, PACKAGES, append_rows, event_row, relations

from tenure.base.home import Home
from tenure.lake.manifest import read_manifest
from tenure.lake.readers import READS_AT_MOST, held_versions, holding
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh
from tenure.lake.snapshot import files_at, newest_version
from tenure.lake.upkeep import maintain, remove_spilled


def files(home: Home) -> int:
    return len(list(home.lake.rglob("part-*.parquet")))


def test_many_small_files_become_one_and_the_rows_stay(home):
    for batch in range(1, 14):
        append_rows(home, batch, [event_row(f"e{batch}", NOON, user_id="ann")])
    refresh(home, NOON, packages=PACKAGES)
    before = relations(home)

    done = maintain(home, NOON, packages=PACKAGES)

    assert done.compacted == ("event",)
    assert len(files_at(home, "event", newest_version(home, "event"))) == 1
    assert relations(home) == before


def test_a_vacuum_keeps_what_a_reader_holds_and_takes_it_when_the_reader_has_gone(home):
    for batch in range(1, 4):
        append_rows(home, batch, [event_row(f"e{batch}", NOON, user_id="ann")])
        refresh(home, NOON, packages=PACKAGES)

    with reading(home, packages=PACKAGES) as reader:
        append_rows(home, 9, [event_row("e9", NOON, user_id="ann")])
        refresh(home, NOON, packages=PACKAGES)
        maintain(home, NOON, packages=PACKAGES)
        with_reader = files(home)
        reader._views.need(["event_day"])
        assert reader._engine.rows("select sum(events) from event_day") == [(3,)]
    maintain(home, NOON, packages=PACKAGES)

    assert files(home) == with_reader - 1
    assert relations(home)["event_day"][0][5] == 4


def test_a_reader_that_died_or_hangs_too_long_holds_nothing(home):
    home.lake.mkdir()
    with holding(home, {"event": 3}, clock=lambda: NOON):
        assert held_versions(home, NOON) == {"event": {3}}
        assert held_versions(home, NOON + READS_AT_MOST) == {}
    note = {"pid": 1, "versions": {"event": 5}, "expires_at": "2999-01-01T00:00:00+00:00"}
    dead = home.lake / "readers" / "1-dead.json"
    dead.write_text(json.dumps(note))

    assert held_versions(home, NOON) == {}
    assert not dead.exists()


def test_a_derived_table_in_a_layout_that_nobody_asks_for_is_removed(home):
    append_rows(home, 1, [event_row("e", NOON, user_id="ann")])
    refresh(home, NOON, packages=PACKAGES)
    kept = relations(home)["event_day"]
    refresh(home, NOON, packages=["tenure.measure"])

    maintain(home, NOON, packages=["tenure.measure"])

    assert not (home.lake / "derived" / "event_day").is_dir() or not list(
        (home.lake / "derived" / "event_day").iterdir()
    )
    refresh(home, NOON, packages=PACKAGES)
    assert relations(home)["event_day"] == kept


@pytest.mark.parametrize("is_kept_up_first", [True, False])
def test_a_table_that_a_power_cut_tore_while_it_was_created_is_made_anew(home, is_kept_up_first):
    append_rows(home, 1, [event_row("e", NOON, user_id="ann")])
    refresh(home, NOON, packages=PACKAGES)
    kept = relations(home)["event_day"]
    [name] = [each for each in read_manifest(home).versions if "/event_day/" in each]
    shutil.rmtree(home.lake / name)
    (home.lake / name / "_delta_log").mkdir(parents=True)
    (home.lake / name / "_delta_log" / f"{0:020}.json").write_bytes(b"")
    (home.lake / "manifest.json").unlink()

    if is_kept_up_first:
        assert maintain(home, NOON, packages=PACKAGES).compacted == ()
    refresh(home, NOON, packages=PACKAGES)

    assert relations(home)["event_day"] == kept


def test_what_a_killed_process_spilled_is_removed_once_it_is_old(home):
    spill = home.lake / ".spill"
    spill.mkdir(parents=True)
    for name, age in (("old", timedelta(days=2)), ("young", timedelta(0))):
        (spill / name).write_text("x")
        stamp = (NOON - age).timestamp()
        os.utime(spill / name, (stamp, stamp))

    remove_spilled(home, NOON - timedelta(days=1))

    assert [path.name for path in spill.iterdir()] == ["young"]


def test_maintaining_an_empty_home_does_nothing(home):
    assert maintain(home, NOON, packages=PACKAGES).files_removed == 0
