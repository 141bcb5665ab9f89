"""Is the log as it was written? And the log as a file, for whoever wants to check it elsewhere."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tenure.base.errors import InvalidInput
from tenure.offboard.log import (
    FORGOTTEN,
    HEAD,
    entry_digest,
    head_seal,
    instant,
    private_digest,
)
from tenure.offboard.models import LogEntry, LogHead

PROBLEMS_AT_MOST = 50
ENTRIES_AT_ONCE = 500
COLUMNS = (
    "number", "at", "visit_id", "mode", "kind", "message_id", "body", "private", "private_digest",
    "previous", "digest",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and with which entry; None where it is the end of the log."""

    number: int | None
    text: str

    @property
    def sentence(self) -> str:
        return self.text if self.number is None else f"entry {self.number}: {self.text}"


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
    chain = Chain(secret, known)
    for entry in LogEntry.objects.order_by("number").iterator(1_000):
        chain.look_at(entry)
    chain.look_at_end()
    found = [problem.sentence for problem in chain.problems[:PROBLEMS_AT_MOST]]
    return Checked(chain.entries, chain.last_digest, found)


class Chain:
    """What was seen of the log so far. It may be laid aside between two entries, and gone on with:
    what it has to know is public."""

    def __init__(self, secret: str, known: dict[int, str] | None = None) -> None:
        self.secret, self.known = secret, dict(known or {})
        self.entries, self.last_number, self.last_digest = 0, 0, ""
        self.problems: list[Problem] = []
        self.blank: set[int] = set()  # entries blanked for somebody, and no entry says so yet

    def look_at(self, entry: LogEntry) -> None:
        self.entries += 1
        number = entry.number
        if number != self.last_number + 1:
            span = {"first": self.last_number + 1, "last": number - 1}
            self._say(number, _("%(first)s to %(last)s are missing before it") % span)
        if entry.previous != self.last_digest:
            self._say(number, _("it does not follow from the entry before it"))
        if entry_digest(entry) != entry.digest:
            self._say(number, _("it was changed: its digest is another"))
        if entry.private is not None and private_digest(entry.private) != entry.private_digest:
            self._say(number, _("its private part was changed"))
        if entry.private is None and entry.private_digest:
            self.blank.add(number)
        if entry.kind == FORGOTTEN:
            self._explain(entry)
        if self.known.pop(number, entry.digest) != entry.digest:
            self._say(number, _("it is not the one of the earlier export"))
        self.last_number, self.last_digest = number, entry.digest

    def _explain(self, entry: LogEntry) -> None:
        """Which entries were blanked for somebody, as this one says. It may say anything: whoever
        changed it would like the check to fall over, or never to end."""
        spans = entry.body.get("entries") if isinstance(entry.body, dict) else None
        try:
            said = [(int(first), int(last)) for first, last in spans or ()]
        except (TypeError, ValueError, OverflowError):  # JSON's 1e999 is infinite here
            self._say(entry.number, _("what it says of others cannot be read"))
            return
        self.blank = {
            number
            for number in self.blank
            if not any(first <= number <= last for first, last in said)
        }

    @transaction.atomic
    def look_at_end(self) -> None:
        """What came meanwhile, and the note of the end, while nobody can write: so that an entry
        which is written during the check is no fault."""
        head = LogHead.objects.select_for_update().filter(name=HEAD).first()
        rest = LogEntry.objects.order_by("number")
        if self.entries:
            rest = rest.filter(number__gt=self.last_number)
        for entry in rest.iterator(1_000):
            self.look_at(entry)
        for number in sorted(self.blank):
            self._say(number, _("its private part was taken out, and no entry says that it was"))
        for number in sorted(self.known):
            self._say(number, _("it is in the earlier export and missing now"))
        self._look_at_head(head)

    def _look_at_head(self, head: LogHead | None) -> None:
        if head is None:
            if self.entries:
                self._say(None, _("the end of the log is not noted"))
            return
        if head.seal != head_seal(head.number, head.digest, self.secret):
            self._say(None, _("the note of the log's end was not written by this installation"))
        if (head.number, head.digest) != (self.last_number, self.last_digest):
            ends = {"last": self.last_number, "noted": head.number}
            self._say(
                None, _("the log ends with entry %(last)s, and %(noted)s was the last") % ends
            )

    def _say(self, number: int | None, what: str) -> None:
        self.problems.append(Problem(number, what))


def export_log(out: TextIO, fmt: str, visit_id: str = "") -> None:
    """Write every entry, or those of one visit, as `jsonl` or `csv`."""
    entries = LogEntry.objects.all()
    if visit_id:
        entries = entries.filter(visit_id=visit_id)
    for lines in exported(entries, fmt):
        out.write(lines)


def exported(entries: QuerySet[LogEntry], fmt: str) -> Iterator[str]:
    """These entries in their order as `jsonl` or `csv`, some hundred at a time: whoever reads
    slowly holds nothing open meanwhile."""
    if fmt == "csv":
        yield _csv([dict(zip(COLUMNS, COLUMNS, strict=True))])
    after: int | None = None
    while True:
        later = entries if after is None else entries.filter(number__gt=after)
        found = list(later.order_by("number")[:ENTRIES_AT_ONCE])
        if not found:
            return
        rows = [_row(entry) for entry in found]
        if fmt == "csv":
            yield _csv([{name: _cell(value) for name, value in row.items()} for row in rows])
        else:
            yield "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        after = found[-1].number


def _csv(rows: Iterable[dict[str, Any]]) -> str:
    out = io.StringIO()
    csv.DictWriter(out, COLUMNS).writerows(rows)
    return out.getvalue()


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
