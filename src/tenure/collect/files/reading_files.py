"""Files into staging: each chunk of rows through each entry of the map that reads the file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from tenure.base.money import exponent
from tenure.collect.files.choosing import ChosenFile, matching
from tenure.collect.files.map_file import check_columns
from tenure.collect.files.map_model import FileMap, ImportMap, Lookup
from tenure.collect.files.mapped_row import raw_name
from tenure.collect.files.refusal import Refused, refused_line, refused_row
from tenure.collect.files.rejects_file import rejected_rows, without_empty
from tenure.collect.files.rows import BadLine, Progress, RowChunk, as_raw, read_rows
from tenure.collect.files.staging import Staging
from tenure.collect.files.texts import LookupTable, chosen, clean, field_texts

_ENTRIES = 4096
_LINE_BITS = 36


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of one file as it was first read, with the entries that read it."""

    name: str
    entries: tuple[FileMap, ...]
    places: pa.Array  # unique within the file being read now
    lines: pa.Array  # in the file as it was first read
    texts: pa.Table
    reject_ids: list[int | None] = field(default_factory=list)  # in the order of the rows


class FilesReader:
    """Brings files into one Staging, and gathers what had to be refused."""

    def __init__(
        self,
        import_map: ImportMap,
        staging: Staging,
        lookups: Mapping[Lookup, LookupTable],
    ) -> None:
        self._map, self._staging, self._lookups = import_map, staging, lookups
        self._numbers: dict[tuple[Path, str], int] = {}
        self._checked: set[tuple[str, str]] = set()
        self.refused: list[Refused] = []
        # Rows that bring an earlier rejected one again: position -> id of the rejected row.
        self.mending: dict[int, int] = {}

    def read(self, file: ChosenFile, progress: Progress) -> None:
        """Stage every row of `file`. Raises BadDefinition when the map names a column amiss."""
        for chunk in read_rows(file.path, file.csv, progress):
            for piece in self._pieces(file, chunk):
                number = self._number(file.path, piece.name)
                for entry in piece.entries:
                    self._add(entry, number, piece)
            number = self._number(file.path, file.name)
            for bad in chunk.bad:
                self._refuse_line(file, number, bad)

    def names(self) -> dict[int, str]:
        """The file of each file number."""
        return {number: name for (_, name), number in self._numbers.items()}

    def _number(self, path: Path, name: str) -> int:
        if (path, name) not in self._numbers:
            self._numbers[path, name] = len(self._numbers)
            self._staging.add_file(self._numbers[path, name], name)
        return self._numbers[path, name]

    def _pieces(self, file: ChosenFile, chunk: RowChunk) -> Iterator[Piece]:
        if not file.holds_rejects:
            yield Piece(file.name, file.entries, chunk.lines, chunk.lines, chunk.texts)
            return
        data, origins, lines, ids = rejected_rows(chunk.texts)
        for name in sorted({origin for origin in origins if origin}):
            rows = [row for row, origin in enumerate(origins) if origin == name]
            at = pa.array(rows, pa.int64())
            own = [_whole(lines[row]) or 0 for row in rows]
            yield Piece(
                name,
                matching(self._map, name),
                chunk.lines.take(at),
                pa.array(own, pa.int64()),
                without_empty(data.take(at)),
                [_whole(ids[row]) for row in rows],
            )

    def _add(self, entry: FileMap, number: int, piece: Piece) -> None:
        texts = self._with_named_columns(entry, piece)
        rows_of, mask = piece, chosen(clean(texts, entry.formats.nulls), entry)
        texts = texts.filter(mask)
        base = (number * _ENTRIES + entry.position) << _LINE_BITS
        flat = mask.combine_chunks() if isinstance(mask, pa.ChunkedArray) else mask
        positions = pc.add(rows_of.places.filter(flat), base)
        lines = rows_of.lines.filter(flat)
        fields = field_texts(texts, entry, self._lookups)
        header = tuple(texts.column_names)
        cleaned = clean(texts, entry.formats.nulls)
        columns = {
            "position": positions,
            "line": lines,
            "amount_factor": _amount_factors(fields, texts.num_rows),
            **{raw_name(place): cleaned.column(place) for place in range(len(header))},
            **{name: fields[name] for name in fields.column_names},
        }
        problems = self._staging.add_rows(entry, number, header, pa.table(columns))
        if piece.reject_ids:
            kept = pa.array(piece.reject_ids, pa.int64()).filter(flat).to_pylist()
            pairs = zip(positions.to_pylist(), kept, strict=True)
            self.mending |= {position: known for position, known in pairs if known is not None}
        if problems:
            places = {position: row for row, position in enumerate(positions.to_pylist())}
            for problem in problems:
                row = places[problem.position]
                raw = {name: texts[name][row].as_py() for name in header}
                text = fields[f"f_{problem.field}"][row].as_py()
                self.refused.append(
                    refused_row(entry, problem, text, as_raw(raw), (piece.name, lines[row].as_py()))
                )

    def _with_named_columns(self, entry: FileMap, piece: Piece) -> pa.Table:
        """The texts, with columns of nulls for those that this chunk happens not to have."""
        header = tuple(piece.texts.column_names)
        if not piece.reject_ids and (piece.name, entry.id) not in self._checked:
            check_columns(self._map, entry, piece.name, header)
            self._checked.add((piece.name, entry.id))
        texts = piece.texts
        for _, name in entry.named_columns():
            if name not in texts.column_names:
                texts = texts.append_column(name, pa.nulls(texts.num_rows, pa.string()))
        return texts

    def _refuse_line(self, file: ChosenFile, number: int, bad: BadLine) -> None:
        position = ((number * _ENTRIES) << _LINE_BITS) + bad.line
        self.refused.append(refused_line(bad, position, f"{file.name}:{bad.line}"))


def _amount_factors(fields: pa.Table, rows: int) -> pa.Array | pa.ChunkedArray:
    """How many minor units a whole one of each row's currency has."""
    if "f_currency" not in fields.column_names:
        return pa.array([100] * rows, pa.int64())
    codes = pc.utf8_upper(pc.fill_null(fields["f_currency"], ""))
    known = codes.unique()
    factors = pa.array([10 ** exponent(code) for code in known.to_pylist()], pa.int64())
    place = pc.index_in(codes, known)
    return factors.take(place.combine_chunks() if isinstance(place, pa.ChunkedArray) else place)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdecimal() else None
