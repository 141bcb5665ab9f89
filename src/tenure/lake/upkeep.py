"""Few files instead of many, and no file that nobody needs.

Shipping adds a file every few seconds and refreshing puts some rows beside the others; this puts
them together, publishes that, and removes what neither the manifest, nor a reader, nor the newest
version of a table needs.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deltalake import DeltaTable

from tenure.base.home import Home
from tenure.lake import tables
from tenure.lake.engine import SPILL
from tenure.lake.lease import Lease, lake_writer
from tenure.lake.manifest import read_manifest
from tenure.lake.readers import READS_AT_MOST, held_versions
from tenure.lake.refresh import fold, refresh
from tenure.lake.relations import STORED
from tenure.lake.snapshot import DERIVED, newest_version

WAIT_S = 60.0
SMALL_FILES = 12  # so many in one month are put together
FOLDED_ABOVE = 0.02  # of a derived relation's rows
# Other engines read the base tables too, and leave no note: what they may hold stays for a while.
BASE_HOURS = 1


@dataclass(frozen=True, slots=True)
class Maintained:
    """Tables that were compacted, and how many files were removed in all."""

    compacted: tuple[str, ...]
    files_removed: int


def maintain(
    home: Home, now: datetime, lease: Lease | None = None, packages: Sequence[str] | None = None
) -> Maintained:
    """Compact, publish and vacuum; readers that are under way keep what they read.

    Raises LeaseHeld when another process writes the lake for longer than a minute.
    """
    if not home.lake.is_dir():
        return Maintained((), 0)
    with lake_writer(home, "maintain", lease=lease, wait_seconds=WAIT_S) as held:
        compacted = tuple(name for name in STORED if _compact(home, name))
        if compacted:
            refresh(home, now, held, packages)
        fold(home, now, FOLDED_ABOVE, held, packages)
        removed = vacuum_lake(home, now, base_hours=BASE_HOURS)
        remove_spilled(home, now - READS_AT_MOST)
    return Maintained(compacted, removed)


def vacuum_lake(home: Home, now: datetime, *, base_hours: int) -> int:
    """How many files were removed from all tables. The caller holds the lake-writer lease."""
    manifest = read_manifest(home)
    removed = 0
    for name in _tables(home):
        folder = tables.folder_of(home, name)
        # A refresh that was killed has not looked whether what it wrote is whole.
        tables.mend(folder)
        if not DeltaTable.is_deltatable(str(folder)):
            continue  # torn while it was created: who needs it creates it anew
        table = DeltaTable(folder)
        # After opening: a reader that comes now sees this newest version, and we keep that.
        kept = set(held_versions(home, now).get(name, ()))
        if manifest and name in manifest.versions:
            kept.add(manifest.versions[name])
        elif name not in STORED and not kept:
            removed += _drop(folder)
            continue
        hours = base_hours if name in STORED else 0
        removed += tables.vacuum(table, keep_versions=sorted(kept), hours=hours)
    return removed


def remove_spilled(home: Home, before: datetime) -> None:
    """Remove what DuckDB had put on disk for want of memory and a killed process left there."""
    for path in (home.lake / SPILL).glob("*"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)


def _compact(home: Home, name: str) -> bool:
    if newest_version(home, name) is None:
        return False
    folder = tables.folder_of(home, name)
    tables.mend(folder)
    done = tables.compact(DeltaTable(folder), least_files=SMALL_FILES)
    return done.files_before > 0


def _tables(home: Home) -> list[str]:
    """Every table that is on disk: the stored ones, and derived ones of any layout."""
    names = [name for name in STORED if newest_version(home, name) is not None]
    derived = sorted((home.lake / DERIVED).glob(f"*/*/{tables.LOG}"))
    return names + [str(log.parent.relative_to(home.lake)) for log in derived]


def _drop(folder: Path) -> int:
    """Remove a derived table whose layout nobody asks for any more."""
    files = len(list(folder.rglob("*.parquet")))
    shutil.rmtree(folder)
    return files
