"""One import from beginning to end. Killed anywhere, it is simply run again.

    1  every row of every file is read, typed and staged; those that cannot be are set aside
    2  what still waits in the inbox is shipped, so that the lake is all there is to know
    3  each row is compared with what the lake holds of it; what differs goes to the inbox
    4  rejected rows are kept, and those that this import mends are settled
    5  the whole home is brought up to date, and the data's contradictions are counted

Ids of rows derive from their key and values and from what the lake holds of them, so that a second
run of the same files finds nothing to do.
"""

import fcntl
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from tenure.base.clock import Clock
from tenure.base.errors import Conflict, LeaseHeld
from tenure.base.home import Home
from tenure.base.ids import fresh_id
from tenure.collect.files.choosing import Choice, choose_files, load_lookups
from tenure.collect.files.map_model import ImportMap
from tenure.collect.files.mending import keep_refused, settle_mended
from tenure.collect.files.reading_files import FilesReader
from tenure.collect.files.staging import PACKAGE, Staging
from tenure.collect.models import ImportRun, Source
from tenure.kit.sql_file import load
from tenure.lake.inbox import Arrival, Inbox
from tenure.lake.reading import reading
from tenure.lake.rows import KIND, pack_event_table, pack_fact_table

ARRIVAL_ROWS = 50_000
LEASE_PATIENCE_S = 120.0
STAGING = "staging"
LOCK = "import.lock"
_TOTALS = ("read", "new", "corrected", "unchanged", "repeated", "rejected")
Pipeline = Callable[[Home, datetime], object]


class Teller(Protocol):
    """Whom the import tells how far it is."""

    def begin(self, what: str, length: int) -> None: ...

    def advance(self, by: int) -> None: ...

    def end(self) -> None: ...

    def say(self, sentence: str) -> None: ...


class Silent:
    """Tells nobody."""

    def begin(self, what: str, length: int) -> None: ...

    def advance(self, by: int) -> None: ...

    def end(self) -> None: ...

    def say(self, sentence: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Importer:
    """What an import works with, beside its files."""

    home: Home
    inbox: Inbox
    pipeline: Pipeline  # ships the inbox and brings everything that is derived up to date
    now: datetime
    teller: Teller = field(default_factory=Silent)
    # Earlier imports were read wrongly: what is corrected counts as known when it happened.
    is_restated: bool = False
    lookup_folders: tuple[Path, ...] = ()
    arrival_rows: int = ARRIVAL_ROWS
    clock: Clock | None = None  # tells when it is done; absent: `now`

    def finished_at(self) -> datetime:
        return self.clock() if self.clock else self.now


def import_files(importer: Importer, path: Path, import_map: ImportMap) -> ImportRun:
    """The finished run: `path`, a file or a folder, is in the lake as far as it could be read.

    Raises BadUsage when the map reads none of the files, BadDefinition when it names a column that
    is not there, InvalidInput when a file cannot be read, Conflict beside another import.
    """
    choice = choose_files(path, import_map)
    with only_import(importer.home):
        source = _source(import_map, importer.now)
        run = _begin(importer, path, import_map)
        try:
            _import(importer, run, choice, import_map)
        except Exception as error:
            ImportRun.objects.filter(pk=run.pk).update(
                status=ImportRun.Status.FAILED,
                message=str(error),
                finished_at=importer.finished_at(),
            )
            raise
        source.last_seen_at = importer.now
        source.save(update_fields=["last_seen_at"])
    return run


def _import(importer: Importer, run: ImportRun, choice: Choice, import_map: ImportMap) -> None:
    teller = importer.teller
    for name in choice.passed_over:
        teller.say(f"{name}: passed over, no entry of {import_map.path} reads it")
    with Staging(importer.home.root / STAGING, import_map.time_zone, importer.now) as staging:
        reader = _read(importer, staging, choice, import_map)
        ship_waiting(importer)
        staging.settle(_imported(importer.home, import_map.source))
        _send(importer, run, staging)
        run.counts = _counts(staging, reader, import_map)
        keep_refused(run, reader.refused, staging, reader.mending)
        settle_mended(run, reader, staging)
    for total in _TOTALS:
        setattr(run, f"rows_{total}", sum(row[total] for row in run.counts))
    ship_waiting(importer, always=True)
    run.status, run.finished_at = ImportRun.Status.DONE, importer.finished_at()
    run.save()


def _read(
    importer: Importer, staging: Staging, choice: Choice, import_map: ImportMap
) -> FilesReader:
    folders = [file.path.parent for file in choice.files] + list(importer.lookup_folders)
    entries = tuple({entry.id: entry for file in choice.files for entry in file.entries}.values())
    lookups = load_lookups(import_map, entries, list(dict.fromkeys(folders)))
    reader = FilesReader(import_map, staging, lookups)
    importer.teller.begin("Reading", sum(file.path.stat().st_size for file in choice.files))
    for file in choice.files:
        done = 0

        def progress(bytes_read: int) -> None:
            nonlocal done
            importer.teller.advance(bytes_read - done)
            done = bytes_read

        reader.read(file, progress)
        progress(file.path.stat().st_size)
    importer.teller.end()
    return reader


def _send(importer: Importer, run: ImportRun, staging: Staging) -> None:
    """Put everything that the lake lacks into the inbox."""
    importer.teller.begin("Writing", staging.part_count())
    for table, pack in (("event", pack_event_table), ("fact", pack_fact_table)):
        for rows in staging.emitted(
            table,
            run.source,
            importer.now,
            is_restated=importer.is_restated,
            rows=importer.arrival_rows,
        ):
            body = pack(rows)
            meta = {"import": run.id}
            importer.inbox.append([Arrival(KIND, run.source, importer.now, body, meta)])
            importer.teller.advance(rows.num_rows)
    importer.teller.end()


def ship_waiting(importer: Importer, *, always: bool = False) -> None:
    """Until nothing waits in the inbox. Raises LeaseHeld when another process keeps the lake."""
    until = time.monotonic() + LEASE_PATIENCE_S
    while always or importer.inbox.depth().rows:
        try:
            importer.pipeline(importer.home, importer.now)
            always = False
        except LeaseHeld:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _imported(home: Home, source: str) -> pa.Table:
    with reading(home, fresh=True) as reader:
        return reader.arrow(load(PACKAGE, "imported_message"), source=source)


def _counts(staging: Staging, reader: FilesReader, import_map: ImportMap) -> list[dict]:
    """A row of counts for each file and kind, in the order of files and entries."""
    names = reader.names()
    kinds = {entry.position: entry.kind.name for entry in import_map.files} | {0: ""}
    rows: dict[tuple[str, int], dict] = {}

    def row_of(name: str, entry_number: int) -> dict:
        empty = {"file": name, "kind": kinds[entry_number], **dict.fromkeys(_TOTALS, 0)}
        return rows.setdefault((name, entry_number), empty)

    for file_number, entry_number, counts in staging.row_counts():
        row = row_of(names[file_number], entry_number)
        for name, count in counts.items():
            row[name] += count
    for refused in reader.refused:
        row = row_of(refused.file, refused.entry_number)
        row["rejected"] += 1
        row["read"] += 1
    return [rows[key] for key in sorted(rows)]


def _source(import_map: ImportMap, now: datetime) -> Source:
    source, is_new = Source.objects.get_or_create(
        slug=import_map.source,
        defaults={"name": import_map.title, "kind": Source.Kind.IMPORT, "created_at": now},
    )
    if not is_new and source.kind != Source.Kind.IMPORT:
        raise Conflict(
            f"{import_map.path}: source: {import_map.source!r} is a source of another kind "
            f"({source.get_kind_display()}); give the import a slug of its own",
            field="source",
        )
    source.name, source.mrr_from = import_map.title, import_map.mrr_from
    source.save(update_fields=["name", "mrr_from"])
    return source


def _begin(importer: Importer, path: Path, import_map: ImportMap) -> ImportRun:
    running = ImportRun.objects.filter(status=ImportRun.Status.RUNNING)
    running.update(status=ImportRun.Status.INTERRUPTED, finished_at=importer.now)
    folder = importer.home.root / "maps"
    folder.mkdir(exist_ok=True)
    (folder / f"{import_map.source}.toml").write_text(import_map.text, "utf-8")
    return ImportRun.objects.create(
        id=fresh_id("imp"),
        source=import_map.source,
        path=str(path.resolve()),
        map_name=import_map.path,
        map_hash=import_map.digest,
        map_text=import_map.text,
        started_at=importer.now,
    )


@contextmanager
def only_import(home: Home) -> Iterator[None]:
    """Held by one import of a home at a time; the lock ends with its holder, however that dies.

    Clears away what a killed import has left on disk. Raises Conflict when another one runs.
    """
    with (home.root / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("another import runs in this home; wait until it is done") from None
        shutil.rmtree(home.root / STAGING, ignore_errors=True)
        yield
