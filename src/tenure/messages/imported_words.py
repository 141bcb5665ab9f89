"""What another system knows of addresses and people: who gets no mail, and who said what.

address,because                       person,topic,wants,at
ann@example.org,left in 2024          ann,tips,no,2025-11-03
bob@example.org,                      bob@example.org,*,yes,2026-01-15T10:00:00Z
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tenure.base.errors import BadUsage, InvalidInput
from tenure.customers.models import Person
from tenure.messages import consent
from tenure.messages.ledger import checked_address, suppress_address
from tenure.messages.models import SuppressedFor

LINES_MOST = 200_000
TOPIC_CHARS = 80  # as Consent.topic keeps it
_YES, _NO = {"yes", "true", "1", "granted"}, {"no", "false", "0", "withdrawn"}


ADDRESSES, CONSENT = "addresses", "consent"
COLUMNS = {ADDRESSES: ("address",), CONSENT: ("person", "topic", "wants")}
Take = Callable[[Mapping[str, str]], bool]
Turn = Callable[[], AbstractContextManager[bool]]


@dataclass(slots=True)
class Imported:
    """What was taken, what was known already, and each line that was not taken with its reason.
    `line` is the last one that was looked at."""

    taken: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    line: int = 0


def import_suppressions(text: str, *, now: datetime, by: str) -> Imported:
    """Addresses to which nothing is sent from now on. Raises BadUsage for a file without them."""
    return import_part(ADDRESSES, text, now=now, by=by)


def import_consent(text: str, *, now: datetime) -> Imported:
    """What people said elsewhere, each word at its own time; a later one of ours stays the last.

    Raises BadUsage for a file without the columns.
    """
    return import_part(CONSENT, text, now=now)


def import_part(  # noqa: PLR0913
    what: str, text: str, *, now: datetime, by: str = "", after_line: int = 0,
    turn: Turn = lambda: nullcontext(True),
) -> Imported:  # fmt: skip
    """The lines after one, each within a turn of its own, until one says no. A line without a word
    in it says nothing. Raises as the two above."""
    take = _taking_addresses(now, by) if what == ADDRESSES else _taking_words(now)
    done = Imported(line=after_line)
    for line, row in _rows(text, COLUMNS[what]):
        if line <= after_line:
            continue
        with turn() as is_ours:
            if not is_ours:
                break
            done.line = line
            if any(row.values()):
                _take_line(take, row, done)
    return done


def _take_line(take: Take, row: Mapping[str, str], done: Imported) -> None:
    try:
        is_news = take(row)
    except InvalidInput as error:
        done.refused.append((done.line, error.message))
    else:
        done.taken, done.known = done.taken + is_news, done.known + (not is_news)


def parted(text: str, is_named: Callable[[str], bool]) -> tuple[str, str]:
    """The file without the lines of which one field is so, and the file of these alone. A line
    that is left out is empty, so each keeps its number."""
    head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    without, theirs = io.StringIO(), io.StringIO()
    writers = [csv.writer(without), csv.writer(theirs)]
    for each in writers:
        each.writerow(head)
    for row in rows:
        is_theirs, blank = any(map(is_named, row)), [""] * len(row)
        writers[0].writerow(blank if is_theirs else row)
        writers[1].writerow(row if is_theirs else blank)
    return without.getvalue(), theirs.getvalue()


def lines_in(what: str, text: str) -> int:
    """How many lines of it are to be taken. Raises BadUsage for a file that is none."""
    return sum(1 for _line in _rows(text, COLUMNS[what]))


def _taking_addresses(now: datetime, by: str) -> Take:
    def take(row: Mapping[str, str]) -> bool:
        address = checked_address(row["address"])
        because = row.get("because", "")
        return suppress_address(address, because, now, kind=SuppressedFor.IMPORTED, by=by)

    return take


def _taking_words(now: datetime) -> Take:
    def take(row: Mapping[str, str]) -> bool:
        said = row["wants"].lower()
        if said not in _YES | _NO:
            raise InvalidInput(f"wants is {row['wants']!r}; write yes or no")
        topic = row["topic"] or consent.EVERYTHING
        if len(topic) > TOPIC_CHARS:
            raise InvalidInput(f"topic is longer than {TOPIC_CHARS} characters")
        return consent.say(
            _person(row["person"]),
            topic,
            is_granted=said in _YES,
            how=consent.IMPORTED,
            now=_at(row.get("at", ""), now),
        )

    return take


def _rows(text: str, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    if "\0" in text:
        raise BadUsage("this is no CSV file: it has a NUL character")
    read = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    try:
        yield from _named_rows(read, needed)
    except csv.Error as error:
        raise BadUsage(f"line {read.line_num + 1} is no CSV: {error}") from None


def _named_rows(
    read: "csv.DictReader[str]", needed: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    named = [name.strip().lower() for name in read.fieldnames or ()]
    if missing := [name for name in needed if name not in named]:
        raise BadUsage(
            f"the first line names no {', '.join(missing)}; begin the file with {','.join(needed)}"
        )
    read.fieldnames = named
    for line, row in enumerate(read, 2):
        if line > LINES_MOST:
            raise BadUsage(f"this is more than {LINES_MOST:,} lines; import it in parts")
        yield line, {name: (row.get(name) or "").strip() for name in named}


def _person(words: str) -> str:
    """Somebody by their id, else by their mail address. Raises InvalidInput."""
    if Person.objects.filter(pk=words).exists():
        return words
    found = Person.objects.filter(email__iexact=words, merged_into="").exclude(email="")
    ids = list(found.values_list("pk", flat=True)[:2])
    if len(ids) != 1:
        said = "nobody is" if not ids else "several people are"
        raise InvalidInput(f"{said} known as {words!r}; name their id")
    return str(ids[0])


def _at(said: str, now: datetime) -> datetime:
    if not said:
        return now
    try:
        at = datetime.fromisoformat(said)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the latter of a day before the first
        raise InvalidInput(f"at is {said!r}; write 2026-01-31 or 2026-01-31T10:00:00Z") from None
    if at > now:
        raise InvalidInput(f"at is {said!r}, which is yet to come")
    return at
