"""Stopped at every single sync, with the power on and off: nothing is lost, nothing doubled."""

import os
from datetime import datetime
from pathlib import Path

import pytest
from arrivals import (
    NOON,
    Crash,
    Rejects,
    arrival_of_facts,
    arrivals_of,
    fact,
    lake_ids,
)

from tenure.base.home import Home
from tenure.lake.inbox import Inbox, open_inbox
from tenure.lake.shipping import ship


class CrashingInbox:
    """An inbox whose process dies before or after it releases a batch."""

    def __init__(self, inbox: Inbox, *, after: bool) -> None:
        self._inbox = inbox
        self._after = after

    def __getattr__(self, name: str):
        return getattr(self._inbox, name)

    def release(self, batch: int, now: datetime) -> None:
        if self._after:
            self._inbox.release(batch, now)
        raise Crash


def _unsynced(handle: int) -> None:
    """For what a test does before the moment that it is about."""


def _crashing_at(step: int):
    """An fsync that dies at its `step`-th call."""
    calls = 0

    def fsync(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == step:
            raise Crash

    return fsync


def test_a_crash_at_any_sync_neither_loses_nor_doubles_a_row_of_either_table(tmp_path):
    step = 0
    crashes = 0
    while True:
        step += 1
        home = Home(tmp_path / str(step))
        inbox = open_inbox(home)
        inbox.append(arrivals_of("ab") + [arrival_of_facts([fact("f"), fact("g")])])
        ship(home, inbox, {}, Rejects(), NOON, fsync=_unsynced)
        inbox.append(arrivals_of("bcd") + [arrival_of_facts([fact("g"), fact("h")])])
        try:
            ship(home, inbox, {}, Rejects(), NOON, fsync=_crashing_at(step))
        except Crash:
            crashes += 1
        else:
            inbox.close()
            break
        inbox.append(arrivals_of("de") + [arrival_of_facts([fact("h"), fact("i")])])

        ship(home, inbox, {}, Rejects(), NOON)

        assert lake_ids(home) == list("abcde"), f"events after a crash at sync {step}"
        assert lake_ids(home, "billing_fact") == list("fghi"), f"facts after a crash at sync {step}"
        assert inbox.is_empty()
        inbox.close()
    # Two tables, each with a run, a data file, a log entry, their folders, and an index.
    assert crashes >= 16


def _tear(home: Home, before: set[Path], synced: set[Path], damage: str) -> None:
    """Do to every new file that was not synced what a power cut may do."""
    for path in [*home.lake.rglob("*"), *home.keys.rglob("*")]:
        if not path.is_file() or path in before or path in synced:
            continue
        # A disk writes in an order of its own: the log may survive what it speaks of.
        if damage.startswith("data") and path.suffix != ".parquet":
            continue
        if damage.endswith("gone"):
            path.unlink()
        elif damage.endswith("empty"):
            path.write_bytes(b"")
        else:
            path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("damage", ["gone", "empty", "zeroed", "data gone", "data zeroed"])
def test_a_power_cut_at_any_sync_tears_nothing_that_the_lake_relies_on(tmp_path, damage):
    step = 0
    while True:
        step += 1
        home = Home(tmp_path / str(step))
        inbox = open_inbox(home)
        inbox.append(arrivals_of("ab") + [arrival_of_facts([fact("f")])])
        ship(home, inbox, {}, Rejects(), NOON, fsync=_unsynced)
        inbox.append(arrivals_of("bcd") + [arrival_of_facts([fact("g")])])
        before = {path for path in home.root.rglob("*") if path.is_file()}
        synced: set[Path] = set()
        crash = _crashing_at(step)

        def fsync(handle: int, synced=synced, crash=crash) -> None:
            crash(handle)
            path = Path(os.readlink(f"/proc/self/fd/{handle}"))
            synced |= {path, path.with_name(path.name.removesuffix(".new"))}

        try:
            ship(home, inbox, {}, Rejects(), NOON, fsync=fsync)
        except Crash:
            _tear(home, before, synced, damage)
        else:
            inbox.close()
            break

        ship(home, inbox, {}, Rejects(), NOON)

        assert lake_ids(home) == list("abcd"), f"after a power cut at sync {step}"
        assert lake_ids(home, "billing_fact") == ["f", "g"], f"after a power cut at sync {step}"
        inbox.close()
    assert step > 16


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_around_the_release_neither_loses_nor_doubles(home, inbox, rejects, after):
    inbox.append(arrivals_of("ab"))
    with pytest.raises(Crash):
        ship(home, CrashingInbox(inbox, after=after), {}, rejects, NOON)
    inbox.append(arrivals_of("bc"))

    ship(home, inbox, {}, rejects, NOON)

    assert lake_ids(home) == list("abc")


def test_everything_is_synced_before_the_inbox_forgets(home, inbox, rejects):
    synced: list[Path] = []

    def fsync(handle: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")))
        os.fsync(handle)

    released_after: list[int] = []

    class Watching(CrashingInbox):
        def release(self, batch: int, now: datetime) -> None:
            released_after.append(len(synced))
            self._inbox.release(batch, now)

    inbox.append(arrivals_of("a"))
    ship(home, Watching(inbox, after=False), {}, rejects, NOON, fsync=fsync)

    before = synced[: released_after[0]]
    table = home.lake / "event"
    data = [path for path in table.rglob("*.parquet")]
    entry = table / "_delta_log" / "00000000000000000001.json"
    assert len(data) == 1
    assert {*data, entry, data[0].parent, table, table / "_delta_log", home.keys / "event"} <= {
        *before
    }
    # A log entry that survives a power cut must not name a file that did not.
    assert before.index(data[0]) < before.index(entry)
    assert any(path.name.startswith("batch-") for path in before)
