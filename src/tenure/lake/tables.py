"""The lake's Delta tables: create, open, append, replace, compact, vacuum; each durable on return,
but for a `replace` that is to be sealed later.

delta-rs never fsyncs. So every commit here is *sealed*: its data files, its log entry and their
folders are fsynced, and the version is noted in `<table>/_sealed`. What lies above the sealed
version when a writer starts was torn by a crash: `mend` keeps what can be read whole and takes the
rest back, which loses nothing, because inbox rows are released and old files are removed only
after sealing. All functions that write expect their caller to hold the lake-writer lease.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import (
    CommitProperties,
    DeltaTable,
    PostCommitHookProperties,
    Transaction,
    WriterProperties,
    write_deltalake,
)
from deltalake.exceptions import TableNotFoundError

from tenure.base.errors import Unavailable
from tenure.base.home import Home
from tenure.lake.durable import Fsync, fsync_path, replace_file
from tenure.lake.schema import PARTITIONS, STATISTICS, TABLES

LOG = "_delta_log"
SEALED = "_sealed"
CHECKPOINT_EVERY = 20
COMPACTED_BYTES = 128 * 1024 * 1024
ROWS_PER_GROUP = 100_000
# Checkpoints are written by `seal`, so that they are fsynced too.
_NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
# DuckDB reads row groups side by side, and one alone with one thread.
_WRITER = WriterProperties(
    compression="ZSTD", compression_level=1, max_row_group_size=ROWS_PER_GROUP
)


@dataclass(frozen=True, slots=True)
class Compacted:
    files_before: int
    files_after: int


def folder_of(home: Home, name: str) -> Path:
    """Where the table `name` lives."""
    return home.lake / name


def open_table(home: Home, name: str) -> DeltaTable:
    """`event` or `billing_fact` at its newest version, created empty when absent."""
    folder = folder_of(home, name)
    try:
        return DeltaTable(folder)
    except TableNotFoundError:
        return create(folder, TABLES[name], PARTITIONS[name], STATISTICS[name])


def create(
    folder: Path,
    schema: pa.Schema,
    partition_by: Sequence[str] = (),
    statistics: Sequence[str] = (),
    fsync: Fsync = os.fsync,
) -> DeltaTable:
    """A new empty Delta table, whose log keeps statistics of the columns `statistics` alone.

    Statistics name the least and the greatest value of a column, for ever: never let them cover a
    column that can name a person. None means no statistics at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = DeltaTable.create(
        folder,
        schema=schema,
        partition_by=list(partition_by) or None,
        configuration={
            "delta.dataSkippingStatsColumns": ",".join(statistics),
            "delta.checkpointInterval": str(CHECKPOINT_EVERY),
        },
        post_commithook_properties=_NO_HOOKS,
    )
    seal(table, fsync=fsync)
    fsync_path(folder.parent, fsync)
    return table


def append(
    table: DeltaTable,
    rows: pa.Table,
    *,
    transaction: tuple[str, int] | None = None,
    fsync: Fsync = os.fsync,
) -> int:
    """The version that holds `rows`, on disk; `transaction` is (application, batch number).

    Delta accepts a used batch number again: ask `table.transaction_version` first, on this same
    handle, and a writer that slipped in between is refused by Delta.
    """
    write_deltalake(
        table,
        rows,
        mode="append",
        writer_properties=_WRITER,
        commit_properties=_properties(transaction),
        post_commithook_properties=_NO_HOOKS,
    )
    return seal(table, fsync=fsync)


def replace(
    table: DeltaTable,
    rows: pa.Table,
    *,
    where: str | None = None,
    transaction: tuple[str, int] | None = None,
    is_sealed: bool = True,
    fsync: Fsync = os.fsync,
) -> int:
    """The version in which `rows` stand for those `where` (all when None), on disk unless it is
    to be sealed later.
    """
    write_deltalake(
        table,
        rows,
        mode="overwrite",
        predicate=where,
        writer_properties=_WRITER,
        commit_properties=_properties(transaction),
        post_commithook_properties=_NO_HOOKS,
    )
    if is_sealed:
        return seal(table, fsync=fsync)
    table.update_incremental()
    return table.version()


def compact(table: DeltaTable, *, least_files: int = 2, fsync: Fsync = os.fsync) -> Compacted:
    """How many small files became how few: rows stay the same, and readers of old versions too.

    Partitions with fewer than `least_files` small files are left alone: rewriting a large file for
    every few rows that come to it would cost more than it saves.
    """
    crowded = _crowded_partitions(table, least_files)
    done = Compacted(0, 0)
    for partition in crowded:
        metrics = table.optimize.compact(
            partition_filters=[(name, "=", value) for name, value in partition] or None,
            target_size=COMPACTED_BYTES,
            writer_properties=_WRITER,
            post_commithook_properties=_NO_HOOKS,
        )
        done = Compacted(
            done.files_before + metrics["numFilesRemoved"],
            done.files_after + metrics["numFilesAdded"],
        )
    seal(table, fsync=fsync)
    return done


def _crowded_partitions(table: DeltaTable, least_files: int) -> list[tuple[tuple[str, str], ...]]:
    """The partitions, as (column, value) pairs, that hold at least so many small files."""
    added = pa.table(table.get_add_actions())
    parts = added.select(
        [name for name in ("size_bytes", "partition") if name in added.schema.names]
    )
    small: Counter[tuple[tuple[str, str], ...]] = Counter()
    for file in parts.to_pylist():
        if file["size_bytes"] < COMPACTED_BYTES // 2:
            values = file.get("partition") or {}
            small[tuple((name, str(value)) for name, value in values.items())] += 1
    return sorted(each for each, files in small.items() if files >= least_files)


def delete(table: DeltaTable, where: str, fsync: Fsync = os.fsync) -> int:
    """How many rows were left out of the newest version; `vacuum` takes them off the disk."""
    metrics = table.delete(where, writer_properties=_WRITER, post_commithook_properties=_NO_HOOKS)
    seal(table, fsync=fsync)
    return metrics["num_deleted_rows"]


def vacuum(table: DeltaTable, *, keep_versions: Sequence[int] = (), hours: int = 0) -> int:
    """How many files were deleted that neither the newest version nor `keep_versions` needs.

    `keep_versions` are the versions of published manifests and of readers that still hold one;
    what was removed less than `hours` ago stays as well. Files that a killed writer left behind
    go too, and so do log entries that no kept version needs: the entry of a `delete` holds its
    condition, which may name the person who wants to be forgotten.
    """
    seal(table)
    kept = sorted({*keep_versions, table.version()})
    deleted = table.vacuum(
        retention_hours=hours,
        dry_run=False,
        enforce_retention_duration=False,
        full=True,
        keep_versions=kept,
        post_commithook_properties=_NO_HOOKS,
    )
    seal(table)
    _checkpoint(table, os.fsync)
    kept_from = kept[0] if keep_versions else table.version()
    _shorten_log(_folder(table), kept_from)
    return len(deleted)


def seal(table: DeltaTable, fsync: Fsync = os.fsync) -> int:
    """The table's version, after fsyncing everything that is newer than the last sealed one."""
    folder = _folder(table)
    table.update_incremental()
    version = table.version()
    fsync_new_files(folder, range(_sealed_version(folder) + 1, version + 1), fsync)
    if version - max(_checkpoints(folder), default=0) >= CHECKPOINT_EVERY:
        _checkpoint(table, fsync)
    replace_file(folder / LOG / SEALED, str(version), fsync)
    return version


def _checkpoint(table: DeltaTable, fsync: Fsync) -> None:
    folder = _folder(table)
    table.create_checkpoint()
    for path in _checkpoints(folder)[table.version()]:
        fsync_path(path, fsync)
    fsync_path(folder / LOG / "_last_checkpoint", fsync)
    fsync_path(folder / LOG, fsync)


def fsync_new_files(folder: Path, versions: range, fsync: Fsync = os.fsync) -> None:
    """Data files first, then the log entries that name them, then every folder that lists them."""
    folders = {folder, folder / LOG}
    entries = []
    for version in versions:
        entry = _log_entry(folder, version)
        if not entry.exists():
            continue
        entries.append(entry)
        for path, _ in _added(entry):
            file = folder / path
            if file.exists():
                fsync_path(file, fsync)
                folders.add(file.parent)
    for path in entries:
        fsync_path(path, fsync)
    # The deepest first: a folder is reachable once its parent lists it.
    for path in sorted(folders, key=lambda each: -len(each.parts)):
        fsync_path(path, fsync)


def mend(folder: Path) -> list[int]:
    """The unsealed versions that a power cut had torn, and that were taken back.

    Call it under the lease, before opening a table to write. A kill of the process alone tears
    nothing; then this reads the last files once, finds them whole and seals them.
    Raises Unavailable when a torn version cannot be taken back without losing rows.
    """
    if not (folder / LOG).is_dir():
        return []
    sealed = newest = _sealed_version(folder)
    while _log_entry(folder, newest + 1).exists():
        newest += 1
    for version, paths in _checkpoints(folder).items():
        if version > sealed and not all(_is_readable(path) for path in paths):
            _drop_checkpoint(folder, version)
    if newest == sealed:
        return []
    torn = next((v for v in range(sealed + 1, newest + 1) if not _is_whole(folder, v)), newest + 1)
    fsync_new_files(folder, range(sealed + 1, torn))
    if torn - 1 > sealed:
        replace_file(folder / LOG / SEALED, str(torn - 1))
    taken_back = list(range(torn, newest + 1))
    for version in reversed(taken_back):
        _take_back(folder, version)
    fsync_path(folder / LOG)
    return taken_back


def _take_back(folder: Path, version: int) -> None:
    entry = _log_entry(folder, version)
    for action in _actions(entry, forgiving=True):
        removed = action.get("remove")
        if removed and not (folder / unquote(removed["path"])).exists():
            raise Unavailable(
                f"{entry} is torn and the files it replaced are gone; restore the last backup"
            )
    _drop_checkpoint(folder, version)
    entry.unlink()


def _drop_checkpoint(folder: Path, version: int) -> None:
    """The log is whole without its checkpoints; a hint that names a missing one is not."""
    for path in _checkpoints(folder).get(version, ()):
        path.unlink()
    (folder / LOG / "_last_checkpoint").unlink(missing_ok=True)


def _shorten_log(folder: Path, needed: int) -> None:
    """Remove log entries below the newest checkpoint at or before the version `needed`."""
    base = max((v for v in _checkpoints(folder) if v <= needed), default=0)
    for path in (folder / LOG).iterdir():
        version = path.name.split(".")[0]
        if version.isdigit() and int(version) < base:
            path.unlink()


def data_files(table: DeltaTable) -> list[Path]:
    """Every file of the table's version. `file_uris` writes some characters as in addresses."""
    return [
        _folder(table) / unquote(path)
        for path in pa.table(table.get_add_actions())["path"].to_pylist()
    ]


def _folder(table: DeltaTable) -> Path:
    return Path(unquote(table.table_uri.removeprefix("file://")))


def _checkpoints(folder: Path) -> dict[int, list[Path]]:
    found: dict[int, list[Path]] = {}
    for path in sorted((folder / LOG).glob("*.checkpoint*.parquet")):
        found.setdefault(int(path.name.split(".")[0]), []).append(path)
    return found


def _properties(transaction: tuple[str, int] | None) -> CommitProperties | None:
    if transaction is None:
        return None
    return CommitProperties(app_transactions=[Transaction(*transaction)])


def _log_entry(folder: Path, version: int) -> Path:
    return folder / LOG / f"{version:020}.json"


def _actions(entry: Path, forgiving: bool = False) -> Iterator[dict]:
    with entry.open("rb") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                if not forgiving:
                    raise


def _added(entry: Path) -> Iterator[tuple[str, int]]:
    """Path inside the table and size in bytes of each data file that a log entry adds."""
    for action in _actions(entry):
        if added := action.get("add"):
            yield unquote(added["path"]), added["size"]


def _is_whole(folder: Path, version: int) -> bool:
    entry = _log_entry(folder, version)
    try:
        added = list(_added(entry))
        return entry.stat().st_size > 0 and all(
            (folder / path).stat().st_size == size and _is_readable(folder / path)
            for path, size in added
        )
    except (ValueError, OSError):
        return False


def _is_readable(path: Path) -> bool:
    """Whether every page of a Parquet file can be decompressed; a torn one has pages of zeros."""
    try:
        with pq.ParquetFile(path) as file:
            for _ in file.iter_batches():
                pass
    except (pa.ArrowException, OSError):
        return False
    return True


def _sealed_version(folder: Path) -> int:
    try:
        return int((folder / LOG / SEALED).read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return -1
