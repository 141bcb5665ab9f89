import json
import os
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from arrivals import NOON, event, lake_ids
from deltalake import DeltaTable

from tenure.base.errors import Unavailable
from tenure.lake.schema import EVENT
from tenure.lake.tables import (
    CHECKPOINT_EVERY,
    append,
    compact,
    create,
    delete,
    folder_of,
    mend,
    open_table,
    replace,
    seal,
    vacuum,
)


def rows(*ids: str, month: str = "2025-03", **columns: object) -> pa.Table:
    """Events as the shipper hands them over."""
    made = [
        event(each, **columns)
        | {
            "source": "web",
            "received_at": NOON,
            "properties": "{}",
            "context": "{}",
            "batch": 1,
            "occurred_month": month,
        }
        for each in ids
    ]
    return pa.Table.from_pylist(made, schema=EVENT)


def log_of(folder: Path) -> list[Path]:
    return sorted((folder / "_delta_log").glob("*.json"))


def read_actions(folder: Path) -> list[dict]:
    return [json.loads(line) for entry in log_of(folder) for line in entry.read_text().splitlines()]


def data_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("part-*.parquet"))


@pytest.fixture
def table(home) -> DeltaTable:
    return open_table(home, "event")


@pytest.fixture
def folder(home) -> Path:
    return folder_of(home, "event")


def test_a_table_opened_twice_is_made_once(home):
    assert open_table(home, "event").version() == 0
    assert open_table(home, "event").version() == 0


def test_the_log_names_no_person_not_even_in_its_statistics(table, folder):
    append(table, rows("m1", user_id="ann@example.com", account_key="Acme GmbH"))

    log = "".join(path.read_text() for path in log_of(folder))
    assert "ann@example.com" not in log
    assert "Acme" not in log
    (added,) = [action["add"] for action in read_actions(folder) if "add" in action]
    assert sorted(json.loads(added["stats"])["minValues"]) == [
        "known_at",
        "occurred_at",
        "received_at",
    ]


def test_a_table_without_statistics_keeps_none(tmp_path):
    table = create(tmp_path / "derived", pa.schema([("account_id", pa.string())]))

    append(table, pa.table({"account_id": ["acme"]}))

    assert "acme" not in "".join(path.read_text() for path in log_of(tmp_path / "derived"))


def test_an_application_transaction_is_told_by_every_later_handle(home, table):
    append(table, rows("a"), transaction=("inbox", 41))

    assert table.transaction_version("inbox") == 41
    assert open_table(home, "event").transaction_version("inbox") == 41
    assert open_table(home, "event").transaction_version("other") is None


def test_a_stale_handle_cannot_commit_the_batch_that_another_has_committed(home, table):
    stale = open_table(home, "event")
    append(table, rows("a"), transaction=("inbox", 1))

    with pytest.raises(Exception, match="(?i)transaction"):
        append(stale, rows("a"), transaction=("inbox", 1))

    assert lake_ids(home) == ["a"]


def test_the_batch_number_survives_checkpoints_compaction_and_a_shortened_log(home, table, folder):
    for n in range(1, 2 * CHECKPOINT_EVERY + 2):
        append(table, rows(f"{n:03}"), transaction=("inbox", n))
    compact(table)
    vacuum(table)

    reopened = open_table(home, "event")
    assert reopened.transaction_version("inbox") == 2 * CHECKPOINT_EVERY + 1
    assert len(lake_ids(home)) == 2 * CHECKPOINT_EVERY + 1
    assert len(log_of(folder)) < CHECKPOINT_EVERY


def test_compacting_makes_one_file_a_month_and_says_that_no_data_changed(home, table, folder):
    for n in range(6):
        append(table, rows(f"march{n}"))
        append(table, rows(f"april{n}", month="2025-04"))
    before = lake_ids(home)

    compacted = compact(table)

    assert (compacted.files_before, compacted.files_after) == (12, 2)
    assert lake_ids(home) == before
    last = [json.loads(line) for line in log_of(folder)[-1].read_text().splitlines()]
    assert {a["add"]["dataChange"] for a in last if "add" in a} == {False}


def test_compacting_leaves_a_month_with_few_files_alone(table):
    for n in range(6):
        append(table, rows(f"march{n}"))
    append(table, rows("april", month="2025-04"))
    append(table, rows("april2", month="2025-04"))

    compacted = compact(table, least_files=5)

    assert (compacted.files_before, compacted.files_after) == (6, 1)
    assert compact(table, least_files=5).files_before == 0


def test_vacuum_keeps_what_published_versions_and_readers_need(home, table, folder):
    append(table, rows("a"))
    published = append(table, rows("b"))
    append(table, rows("c"))
    compact(table)

    vacuum(table, keep_versions=[published])

    assert sorted(
        DeltaTable(folder, version=published).to_pyarrow_table()["message_id"].to_pylist()
    ) == ["a", "b"]
    assert lake_ids(home) == ["a", "b", "c"]
    vacuum(table)
    assert len(data_files(folder)) == 1


def test_vacuum_takes_away_what_a_killed_writer_left(table, folder):
    append(table, rows("a"))
    stray = folder / "occurred_month=2025-03" / "part-00000-stray.parquet"
    stray.write_bytes(b"half a file")

    vacuum(table)

    assert not stray.exists()


def test_deleted_rows_leave_the_newest_version_and_after_vacuum_the_disk(home, table, folder):
    append(table, rows("a", user_id="ann"))
    append(table, rows("b", user_id="bob"))

    assert delete(table, "user_id = 'ann'") == 1
    vacuum(table)

    assert lake_ids(home) == ["b"]
    for path in folder.rglob("*"):
        assert not path.is_file() or b"ann" not in path.read_bytes(), path


def test_replace_stands_for_the_rows_of_one_day_and_leaves_the_others(home, table):
    append(table, rows("old", occurred_at=NOON - timedelta(days=1)))
    append(table, rows("older", month="2025-02"))

    replace(table, rows("new"), where="occurred_month = '2025-03'")

    assert lake_ids(home) == ["new", "older"]


def test_a_kill_before_sealing_is_healed_by_looking(home, table, folder):
    append(table, rows("a"))
    append(table, rows("b"))
    (folder / "_delta_log" / "_sealed").write_text("1")

    assert mend(folder) == []
    assert lake_ids(home) == ["a", "b"]
    assert (folder / "_delta_log" / "_sealed").read_text() == "2"


def test_versions_torn_by_a_power_cut_are_taken_back_from_the_first_torn_one(home, table, folder):
    for each in "abcd":
        append(table, rows(each), transaction=("inbox", ord(each)))
    (folder / "_delta_log" / "_sealed").write_text("2")
    torn = read_actions(folder)
    path = next(a["add"]["path"] for a in reversed(torn) if "add" in a)
    third = [a["add"]["path"] for a in torn if "add" in a][2]
    assert path != third
    (folder / third).write_bytes(bytes((folder / third).stat().st_size))

    assert mend(folder) == [3, 4]

    assert lake_ids(home) == ["a", "b"]
    assert open_table(home, "event").transaction_version("inbox") == ord("b")


def test_a_torn_checkpoint_is_left_out_and_the_log_read_instead(home, table, folder):
    for n in range(CHECKPOINT_EVERY):
        append(table, rows(f"{n:03}"))
    (checkpoint,) = (folder / "_delta_log").glob("*.checkpoint.parquet")
    checkpoint.write_bytes(bytes(1000))
    (folder / "_delta_log" / "_sealed").write_text(str(CHECKPOINT_EVERY - 1))

    assert mend(folder) == []

    assert len(lake_ids(home)) == CHECKPOINT_EVERY


def test_a_torn_version_whose_old_files_are_gone_is_not_papered_over(home, table, folder):
    append(table, rows("a"))
    append(table, rows("b"))
    before = data_files(folder)
    compact(table)
    (folder / "_delta_log" / "_sealed").write_text("2")
    for path in data_files(folder):
        path.write_bytes(b"") if path not in before else path.unlink()

    with pytest.raises(Unavailable, match="restore the last backup"):
        mend(folder)


def test_sealing_syncs_each_new_file_once(table, folder):
    synced: list[str] = []

    def fsync(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        os.fsync(handle)

    append(table, rows("a"), fsync=fsync)
    append(table, rows("b", month="2025-04"), fsync=fsync)
    seal(table, fsync=fsync)

    for path in data_files(folder) + log_of(folder)[1:]:
        assert synced.count(str(path)) == 1
    for month in ("2025-03", "2025-04"):
        assert str(folder / f"occurred_month={month}") in synced
