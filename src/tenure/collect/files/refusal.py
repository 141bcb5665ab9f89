"""Why a row was refused, as a sentence with the way out."""

import re
from dataclasses import dataclass

from tenure.collect.files.kinds import (
    AMOUNT,
    BOOLEAN,
    CURRENCY,
    DECIMAL,
    INSTANT,
    INTEGER,
    INTERVAL,
    INTERVAL_WORDS,
    STATUS,
    STATUS_WORDS,
)
from tenure.collect.files.map_model import FieldMap, FileMap
from tenure.collect.files.rows import BadLine
from tenure.collect.files.staging import Problem

# As of `9999-12-31` and `31.12.2999`, with which tables say that something has no end.
_FAR_YEAR = r"\b(2[2-9]|[3-9]\d)\d\d\b(?!:)"


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken. `position` is its place in this import, `field` its column."""

    position: int
    entry_number: int  # 0 when the line is no row at all
    file: str
    line: int
    code: str
    field: str
    value: str
    remedy: str
    raw: str

    @property
    def source_ref(self) -> str:
        return f"{self.file}:{self.line}"


def refused_line(bad: BadLine, position: int, source_ref: str) -> Refused:
    """A line that could not be read as a row."""
    file, _, line = source_ref.rpartition(":")
    return Refused(position, 0, file, int(line), bad.code, "", bad.value, bad.remedy, bad.raw)


def refused_row(
    entry: FileMap, problem: Problem, text: str | None, raw: str, place: tuple[str, int]
) -> Refused:
    """A row of which one field could not be read; `text` is what stood there."""
    source = entry.fields[problem.field]
    return Refused(
        position=problem.position,
        entry_number=entry.position,
        file=place[0],
        line=place[1],
        code=problem.code,
        field=source.columns[0] if source.columns else problem.field,
        value=text or "",
        remedy=_remedy(entry, problem, source, text),
        raw=raw,
    )


def _remedy(entry: FileMap, problem: Problem, source: FieldMap, text: str | None) -> str:
    kind = entry.kind
    target = kind.fields[problem.field]
    if problem.code == "missing":
        if not target.required:
            return (
                f"it is empty, and the kind {kind.name} has to say who: fill one of "
                + ", ".join(kind.one_of)
            )
        return f"it is empty, and the kind {kind.name} needs it ({target.words}): fill it in"
    if problem.code == "not_found" and source.lookup:
        return (
            f"its value is not among {source.lookup.equals} of {source.lookup.file}, or stands "
            f"there with several {source.lookup.take}: mend either file"
        )
    if problem.code == "below_one":
        return f"{text!r} is no span: a billing period has at least one interval"
    if problem.code == "in_the_future":
        return (
            f"{text!r} is more than a day in the future: mend it, or leave the row out until then"
        )
    if problem.code == "too_early":
        return f"{text!r} is before 1970: mend it"
    setting = f"{entry.path}.columns.{problem.field}"
    if target.type == INSTANT and re.search(_FAR_YEAR, text or ""):
        return (
            f"{text!r} is out of reach, which is 1900 to 2199: mend it, or where it means that "
            f"there is none, add the text to nulls in {setting}"
        )
    return f"{text!r} {_how_to_write(target.type, source, setting)}"


def _how_to_write(type_: str, source: FieldMap, setting: str) -> str:
    formats = source.formats
    if type_ == INSTANT and formats.dates:
        return (
            f"is no time by {' or '.join(formats.dates)}: mend it, or add its format to {setting}"
        )
    ways = {
        INSTANT: "is no time: write it as 2024-01-31 or 2024-01-31 10:30:00, or give its format in "
        + setting,
        BOOLEAN: f"is none of {', '.join((*formats.true, *formats.false))}: write one of them",
        INTEGER: "is no whole number: write it in digits",
        DECIMAL: f"is no number with {formats.decimal!r} as its mark: mend it, or set decimal",
        AMOUNT: f"is no amount with {formats.decimal!r} as its mark: write it as 1234.50",
        CURRENCY: "is no ISO 4217 code: write it as EUR",
        INTERVAL: f"is none of {', '.join(dict.fromkeys(INTERVAL_WORDS.values()))}: "
        f"say in {setting}.map which it means",
        STATUS: f"is none of {', '.join(dict.fromkeys(STATUS_WORDS.values()))}: "
        f"say in {setting}.map which it means",
    }
    return ways.get(type_, "cannot be read: mend it")
