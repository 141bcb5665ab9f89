"""Which files of a folder an import reads, and as what."""

import csv
import fnmatch
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tenure.base.errors import BadDefinition, BadUsage
from tenure.collect.files.map_file import missing_column
from tenure.collect.files.map_model import (
    LISTED_COLUMNS,
    REJECT_COLUMNS,
    CsvFormat,
    FileMap,
    ImportMap,
    Lookup,
)
from tenure.collect.files.rows import read_rows, row_format
from tenure.collect.files.texts import LookupTable, lookup_table


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A file to read. `holds_rejects`: each row says by itself which file it came from."""

    path: Path
    name: str  # inside the folder, as source lines name it
    entries: tuple[FileMap, ...]
    holds_rejects: bool = False

    @property
    def csv(self) -> CsvFormat:
        return CsvFormat() if self.holds_rejects else self.entries[0].csv


@dataclass(frozen=True, slots=True)
class Choice:
    """What an import reads, what it passes over, and which entries found nothing."""

    files: tuple[ChosenFile, ...]
    passed_over: tuple[str, ...]
    idle: tuple[FileMap, ...]


def choose_files(path: Path, import_map: ImportMap) -> Choice:
    """The files at `path` that the map reads, by name. Raises BadUsage when there is none."""
    if not path.exists():
        raise BadUsage(f"{path}: there is no such file or folder")
    base = path if path.is_dir() else path.parent
    paths = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    chosen, passed_over, used = [], [], set()
    for each in paths:
        name = each.relative_to(base).as_posix()
        entries = matching(import_map, name)
        if holds_rejects(each):
            chosen.append(ChosenFile(each, name, import_map.files, holds_rejects=True))
        elif entries:
            chosen.append(ChosenFile(each, name, entries))
            used |= {entry.id for entry in entries}
        else:
            passed_over.append(name)
    if not chosen:
        patterns = ", ".join(dict.fromkeys(entry.match for entry in import_map.files))
        raise BadUsage(f"{path}: {import_map.path} reads nothing here; it reads {patterns}")
    for file in chosen:
        if any(
            entry.csv != file.entries[0].csv for entry in file.entries if not file.holds_rejects
        ):
            raise BadDefinition(
                f"{import_map.path}: {file.entries[-1].path}.csv: {file.name} is described in two "
                f"ways; write what {file.entries[0].path}.csv says"
            )
    idle = tuple(entry for entry in import_map.files if entry.id not in used)
    return Choice(tuple(chosen), tuple(passed_over), idle)


def matching(import_map: ImportMap, name: str) -> tuple[FileMap, ...]:
    """The entries that read the file `name`, which may be gzipped."""
    return tuple(entry for entry in import_map.files if _matches(entry.match, name))


def _matches(pattern: str, name: str) -> bool:
    names = {name, name.rsplit("/", 1)[-1]}
    names |= {each.removesuffix(".gz") for each in names}
    patterns = {pattern, pattern.removesuffix(".gz")}
    return any(fnmatch.fnmatchcase(each, form) for each in names for form in patterns)


def holds_rejects(path: Path) -> bool:
    """Whether a file is an export of rejected rows: its first line says so."""
    if row_format(path) != "csv":
        return False
    try:
        with path.open("r", encoding="utf-8-sig", newline="") as text:
            header = next(csv.reader(text), [])
    except (UnicodeDecodeError, csv.Error, OSError):
        return False
    return set(REJECT_COLUMNS) <= set(header) or set(LISTED_COLUMNS) <= set(header)


def load_lookups(
    import_map: ImportMap, entries: tuple[FileMap, ...], folders: list[Path]
) -> dict[Lookup, LookupTable]:
    """The tables that the entries' fields look values up in, from the first folder that has them.

    Raises BadDefinition when a file or one of its columns is missing.
    """
    found: dict[Lookup, LookupTable] = {}
    for entry in entries:
        for name, field in entry.fields.items():
            if field.lookup is None or field.lookup in found:
                continue
            where = f"{import_map.path}: {entry.path}.columns.{name}"
            path = _find(field.lookup.file, folders)
            if path is None:
                looked = " and ".join(str(folder) for folder in folders)
                raise BadDefinition(f"{where}.lookup: no file {field.lookup.file!r} in {looked}")
            described = matching(import_map, path.name)
            layout = described[0].csv if described else entry.csv
            found[field.lookup] = _lookup_table(where, path, field.lookup, layout)
    return found


def _find(name: str, folders: list[Path]) -> Path | None:
    for folder in folders:
        for form in (name, f"{name}.gz", name.removesuffix(".gz")):
            if (folder / form).is_file():
                return folder / form
    return None


def _lookup_table(where: str, path: Path, lookup: Lookup, layout: CsvFormat) -> LookupTable:
    keys, values = [], []
    for chunk in read_rows(path, layout):
        for setting, column in (("equals", lookup.equals), ("take", lookup.take)):
            if column not in chunk.header:
                raise missing_column(f"{where}.{setting}", column, path.name, chunk.header)
        keys += chunk.texts[lookup.equals].chunks
        values += chunk.texts[lookup.take].chunks
    return lookup_table(pa.chunked_array(keys, pa.string()), pa.chunked_array(values, pa.string()))
