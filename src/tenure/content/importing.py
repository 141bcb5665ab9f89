"""Public reviews and posts come in with their link: typed, from a file, or from what was imported
as mentions. Nothing is fetched: the operator gives the words and where they stand.

who,role,company,words,url,source,date,language,account,origin
Ann Lee,COO,Northwind,"Reports take a minute now.",https://...,G2,2026-05-03,en,acme,review
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from tenure.base.errors import BadUsage, InvalidInput
from tenure.base.home import Home
from tenure.content.models import ContentCursor, Origin, Testimonial
from tenure.content.testimonials import Said, keep
from tenure.kit.sql_file import load
from tenure.kit.typed_texts import typed_text
from tenure.lake.reading import reading

COLUMNS = ("who", "role", "company", "words", "url", "source", "date", "language", "account",
           "origin")  # fmt: skip
REQUIRED = ("words", "url", "date")
ROWS_MOST, MENTIONS_AT_ONCE = 20_000, 500
MENTIONS, MENTIONS_SEEN = "mentions", "mentions_seen"  # cursors: what is not here, what was counted


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of one row: kept, there already, or refused and why."""

    line: int
    key: str
    is_new: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """Something said in public that was imported, and is not kept as a testimonial yet."""

    said: Said
    is_kept: bool


def import_csv(path: Path, *, now: datetime, by: str, language: str = "en") -> list[Imported]:
    """What came of each row. What is refused is named with its line, and the rest is kept.

    Raises BadUsage for a file that is none, or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in REQUIRED if name not in (rows.fieldnames or [])]
            if missing:
                raise BadUsage(
                    f"{path}: there is no column {missing[0]!r}; use {', '.join(COLUMNS)}"
                )
            return list(_kept(rows, now, by, language))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadUsage(f"{path}: it cannot be read: {error}") from None


def mentions(home: Home) -> list[Mention]:
    """What was imported as said in public and has an address, the latest first."""
    with reading(home) as reader:
        rows = reader.rows(load("tenure.content", "mention_said"))
    held = set(Testimonial.objects.exclude(origin=Origin.ASKED).values_list("source_url", "words"))
    return [
        Mention(said, (said.source_url, said.words) in held)
        for row in rows
        if (said := _of_mention(row)) is not None
    ]


def import_mentions(home: Home, *, now: datetime, by: str) -> tuple[int, list[str]]:
    """How many mentions were taken in, and what is wrong with each that was not."""
    seen = _mentions_in(home)
    taken, problems, left = _take_in(mentions(home), now, by)
    added = len(taken) - take_back_forgotten(home, taken)
    _note_mentions(seen, untaken=len(problems) + left)
    return added, problems


def ask_for_mentions(by: str) -> None:
    """The mentions that are not here are taken in with the next look of the worker."""
    ContentCursor.objects.filter(name=MENTIONS).update(digest=by[:64])


def untaken_mentions() -> tuple[int, bool]:
    """How many imported mentions have an address and are not here, as of the worker's last look;
    and whether somebody asked for them. Those that cannot be taken in are among them."""
    row = ContentCursor.objects.filter(name=MENTIONS).first()
    return (0, False) if row is None else (row.number, bool(row.digest))


def follow_mentions(home: Home, now: datetime) -> int:
    """Count anew what was imported and is not here, and take it in where somebody asked for it;
    how many were. Nothing is read while no mention came since the last look."""
    row = ContentCursor.objects.filter(name=MENTIONS).first()
    seen = _mentions_in(home)  # before they are read: what comes meanwhile is found the next time
    if row is not None and row.digest:
        taken, problems, left = _take_in(mentions(home), now, row.digest, MENTIONS_AT_ONCE)
        added = len(taken) - take_back_forgotten(home, taken)
        _note_mentions(seen, untaken=len(problems) + left, by=row.digest if left else "")
        return added
    if row is None or _seen_mentions() != seen:
        _note_mentions(seen, untaken=sum(not each.is_kept for each in mentions(home)))
    return 0


def take_mentions_asked_for(home: Home, now: datetime) -> int:
    """The same every few seconds, where somebody asked."""
    is_asked = ContentCursor.objects.filter(name=MENTIONS).exclude(digest="").exists()
    return follow_mentions(home, now) if is_asked else 0


def _note_mentions(seen: int, *, untaken: int, by: str | None = None) -> None:
    """None: whoever asked for them meanwhile has asked."""
    asked = {} if by is None else {"digest": by}
    for name, fields in (
        (MENTIONS, {"number": untaken, **asked}),
        (MENTIONS_SEEN, {"number": seen}),
    ):
        ContentCursor.objects.update_or_create(name=name, defaults=fields)


def _seen_mentions() -> int:
    row = ContentCursor.objects.filter(name=MENTIONS_SEEN).first()
    return row.number if row is not None else -1


def _mentions_in(home: Home) -> int:
    """How many mentions the lake has, of the days that were counted."""
    with reading(home, threads=1) as reader:
        [row] = reader.rows(load("tenure.content", "mention_count"))
    return int(str(row["mentions"]))


def _take_in(
    found: Iterable[Mention], now: datetime, by: str, most: int = ROWS_MOST
) -> tuple[dict[int, Said], list[str], int]:
    """What came in, by the number of its row, what is wrong with others, and how many are left for
    the next time."""
    taken: dict[int, Said] = {}
    problems, left = [], 0
    for each in found:
        if each.is_kept:
            continue
        if len(taken) == most:
            left += 1
            continue
        try:
            taken[keep(each.said, now=now, by=by).pk] = each.said
        except InvalidInput as error:
            problems.append(f"{each.said.source_url[:200]}: {error.message}")
    return taken, problems, left


def take_back_forgotten(home: Home, taken: Mapping[int, Said]) -> int:
    """How many of these go again, because who said them was forgotten while they were taken in:
    what they said is not in the lake any more, from which it goes before all else."""
    if not taken:
        return 0
    there = {(each.said.source_url, each.said.words) for each in mentions(home)}
    gone = [pk for pk, said in taken.items() if (said.source_url, said.words) not in there]
    Testimonial.objects.filter(pk__in=gone).delete()
    return len(gone)


def _of_mention(row: dict[str, object]) -> Said | None:
    words, url = _typed(row["words"], has_lines=True), _typed(row["url"])
    at = row["occurred_at"]
    if not words or not url or not isinstance(at, datetime):
        return None
    return Said(
        words=words,
        language=str(row["language"] or "en"),
        said_at=at,
        who=str(row["author"] or ""),
        person_id=str(row["person_id"] or ""),
        account_id=str(row["account_id"] or ""),
        origin=Origin.POST,
        source_name=str(row["channel"] or ""),
        source_url=url,
    )


def _typed(said: object, *, has_lines: bool = False) -> str:
    """As it is kept: else what was taken in would not be known again."""
    text = str(said or "")
    return typed_text("mention", text, len(text), has_lines=has_lines)


def _kept(rows: "csv.DictReader[str]", now: datetime, by: str, language: str) -> Iterator[Imported]:
    for number, row in enumerate(rows, 2):
        if number > ROWS_MOST + 1:
            raise BadUsage(f"these are more than {ROWS_MOST} rows; part the file")
        try:
            said = _said(row, language)
            made = keep(said, now=now, by=by)
            yield Imported(number, made.key, made.kept_at == now)
        except InvalidInput as error:
            yield Imported(number, "", False, error.message)


def _said(row: dict[str, str | None], language: str) -> Said:
    value = {name: (row.get(name) or "").strip() for name in COLUMNS}
    return Said(
        words=value["words"],
        language=value["language"] or language,
        said_at=day_at(value["date"]),
        who=value["who"],
        role=value["role"],
        company=value["company"],
        account_id=value["account"],
        origin=value["origin"] or Origin.REVIEW,
        source_name=value["source"],
        source_url=value["url"],
    )


def day_at(text: str) -> datetime:
    """`2026-05-03`, or a time; the company's where it names no zone. A day is its noon, so that it
    is that day wherever it is read. Raises InvalidInput.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            f"date: {text[:40]!r} is no day; write it as 2026-05-03", field="date"
        ) from None
    if at.tzinfo:
        return at
    if at.time() == time():
        at = at.replace(hour=12)
    return at.replace(tzinfo=ZoneInfo(settings.TENURE_HOME.company.time_zone))
