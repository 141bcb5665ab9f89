"""Is the log as it was written? And the log as a file, for whoever wants to check it elsewhere."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msgspec

from tenure.base.errors import InvalidInput
from tenure.offboard.log import (
    FORGOTTEN,
    HEAD,
    entry_digest,
    head_seal,
    instant,
    numbers_in,
    private_digest,
)
from tenure.offboard.models import LogEntry, LogHead

PROBLEMS_AT_MOST = 50
COLUMNS = (
    "number", "at", "visit_id", "mode", "kind", "message_id", "body", "private", "private_digest",
    "previous", "digest",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """How many entries were looked at, the digest of the last, and what is wrong, in sentences."""

    entries: int
    head: str
    problems: list[str]


def verify_log(secret: str, known: dict[int, str] | None = None) -> Checked:
    """Whether every entry is as it was written, none is missing and none was put in.

    `known` are digests by number, of an earlier export: they must still stand.
    """
    chain = _Chain(secret, known or {})
    for entry in LogEntry.objects.order_by("number").iterator(1_000):
        chain.look_at(entry)
    chain.look_at_end()
    return Checked(chain.entries, chain.last_digest, chain.problems[:PROBLEMS_AT_MOST])


class _Chain:
    """What was seen of the log so far."""

    def __init__(self, secret: str, known: dict[int, str]) -> None:
        self.secret, self.known = secret, dict(known)
        self.entries, self.last_number, self.last_digest = 0, 0, ""
        self.problems: list[str] = []
        self._blank: set[int] = set()

    def look_at(self, entry: LogEntry) -> None:
        self.entries += 1
        number = entry.number
        if number != self.last_number + 1:
            self._say(number, f"{self.last_number + 1} to {number - 1} are missing before it")
        if entry.previous != self.last_digest:
            self._say(number, "it does not follow from the entry before it")
        if entry_digest(entry) != entry.digest:
            self._say(number, "it was changed: its digest is another")
        if entry.private is not None and private_digest(entry.private) != entry.private_digest:
            self._say(number, "its private part was changed")
        if entry.private is None and entry.private_digest:
            self._blank.add(number)
        if entry.kind == FORGOTTEN:
            self._blank -= set(numbers_in(entry.body.get("entries", ())))
        if self.known.pop(number, entry.digest) != entry.digest:
            self._say(number, "it is not the one of the earlier export")
        self.last_number, self.last_digest = number, entry.digest

    def look_at_end(self) -> None:
        for number in sorted(self._blank):
            self._say(number, "its private part was taken out, and no entry says that it was")
        for number in sorted(self.known):
            self._say(number, "it is in the earlier export and missing now")
        head = LogHead.objects.filter(name=HEAD).first()
        if head is None:
            if self.entries:
                self.problems.append("the end of the log is not noted")
            return
        if head.seal != head_seal(head.number, head.digest, self.secret):
            self.problems.append("the note of the log's end was not written by this installation")
        if (head.number, head.digest) != (self.last_number, self.last_digest):
            self.problems.append(
                f"the log ends with entry {self.last_number}, and {head.number} was the last"
            )

    def _say(self, number: int, what: str) -> None:
        self.problems.append(f"entry {number}: {what}")


def export_log(out: TextIO, fmt: str, visit_id: str = "") -> None:
    """Write every entry, or those of one visit, as `jsonl` or `csv`."""
    entries = LogEntry.objects.order_by("number")
    if visit_id:
        entries = entries.filter(visit_id=visit_id)
    rows = (_row(entry) for entry in entries.iterator(1_000))
    if fmt == "jsonl":
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})


def heads_of(path: Path) -> dict[int, str]:
    """Digest by number of an export in JSON lines. Raises InvalidInput for another file."""
    found: dict[int, str] = {}
    with path.open(encoding="utf-8") as lines:
        for line_number, line in enumerate(lines, 1):
            try:
                row = msgspec.json.decode(line)
                found[int(row["number"])] = str(row["digest"])
            except (msgspec.DecodeError, KeyError, TypeError, ValueError):
                raise InvalidInput(
                    f"{path}:{line_number}: this is no line of `tenure leaving-log export`"
                ) from None
    return found


def _row(entry: LogEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in COLUMNS} | {"at": instant(entry.at)}


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    # A spreadsheet must not take a text for a formula.
    if isinstance(value, str) and value[:1] in "=+-@\t":
        return "'" + value
    return value
