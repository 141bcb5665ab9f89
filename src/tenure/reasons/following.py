"""Reasons that were given, from the lake into records: each once, none ever overwritten.

Events of type `reason` are read from a cursor over batches, and written with the cursor in one
transaction. One event may say two things: what was stated, and what the follow-up found.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader, reading
from tenure.lake.shipping import last_batch
from tenure.reasons.models import ReasonCursor, ReasonRecord
from tenure.reasons.next_job import next_job_in
from tenure.reasons.recording import FOLLOWED_UP, GIVEN, STATED, WITHDRAWN
from tenure.reasons.taxonomy import Taxonomy, taxonomy
from tenure.signals.cursors import changed_links

CURSOR, PLACES = "event", "places"
AT_ONCE = 500  # rows in one transaction, which holds the database's lock for some 20 ms


def follow_reasons(home: Home, now: datetime) -> int:
    """How many records are new: of all reasons that were shipped since the last call."""
    last = last_batch(home)
    if last is None:
        return 0
    with reading(home, fresh=True) as reader:
        after = _cursor(CURSOR).number
        written = 0
        if last.number > after:
            written = _take_in(reader, after, last.number, now)
        _move_with_merges(reader, last.number)
    return written


def _take_in(reader: Reader, after_batch: int, last: int, now: datetime) -> int:
    rows = reader.rows(
        load("tenure.reasons", "reason_event"), after_batch=after_batch, last_batch=last
    )
    rows.sort(key=lambda row: (row["batch"], row["occurred_at"], row["message_id"]))
    known = taxonomy()
    written = 0
    for start in range(0, len(rows), AT_ONCE):
        chunk = rows[start : start + AT_ONCE]
        records = [each for row in chunk for each in records_of(row, known, now)]
        with transaction.atomic():
            taken = set(
                ReasonRecord.objects.filter(key__in=[each.key for each in records]).values_list(
                    "key", flat=True
                )
            )
            fresh = [each for each in records if each.key not in taken]
            ReasonRecord.objects.bulk_create(fresh, ignore_conflicts=True)
            _supersede(chunk, fresh)
        written += len(fresh)
    # Last, and never back: whoever is stopped before this reads the same batches again.
    ReasonCursor.objects.filter(name=CURSOR, number__lt=last).update(number=last)
    return written


def records_of(row: dict[str, Any], known: Taxonomy, now: datetime) -> list[ReasonRecord]:
    """The records that one event comes to: what was said and, where asked, what followed. None of
    one that takes back what was said before.
    """
    if row["is_withdrawn"]:
        return []
    via = row["via"] if row["via"] in GIVEN else STATED
    code = known.code_of(row["reason"], row["system"]) if row["reason"] else "other"
    told, rival = next_job_in(row["text"], known)
    record = ReasonRecord(
        key=digest("given", row["source"], row["message_id"]),
        mode=row["mode"] if row["mode"] == "test" else "live",
        source=via,
        account_key=row["account_key"] or "",
        account_id=row["account_id"] or "",
        user_id=row["user_id"] or "",
        subscription_id=row["subscription_id"],
        visit_id=row["visit_id"],
        code=code,
        said=row["reason"],
        detail="",
        next_job=row["next_job"] or known.next_job_of(row["reason"]) or told,
        rival=row["rival"] or rival,
        text=row["text"],
        is_volunteered=_volunteered(row),
        taxonomy_digest=known.digest,
        event_source=row["source"],
        message_id=row["message_id"],
        source_ref=row["source_ref"] or "",
        said_at=row["occurred_at"],
        known_at=row["known_at"],
        recorded_at=now,
    )
    has_more = row["followed_up"]
    return [record, _followed_up(record, has_more, known)] if has_more else [record]


def _followed_up(stated: ReasonRecord, answer: str, known: Taxonomy) -> ReasonRecord:
    """What the follow-up found: the option's meaning, or the reason that it names itself."""
    option = known.reason(stated.code).option(answer)
    return ReasonRecord(
        key=digest("followed_up", stated.event_source, stated.message_id),
        mode=stated.mode,
        source=FOLLOWED_UP,
        account_key=stated.account_key,
        account_id=stated.account_id,
        user_id=stated.user_id,
        subscription_id=stated.subscription_id,
        visit_id=stated.visit_id,
        code=option.means if option else known.code_of(answer),
        said=answer,
        detail=answer if option else "",
        is_volunteered=stated.is_volunteered,
        taxonomy_digest=known.digest,
        event_source=stated.event_source,
        message_id=stated.message_id,
        source_ref=stated.source_ref,
        said_at=stated.said_at,
        known_at=stated.known_at,
        recorded_at=stated.recorded_at,
    )


def _volunteered(row: dict[str, Any]) -> bool | None:
    """Whether it was given freely: nobody demanded it, or they wrote more than was demanded."""
    if row["is_required"] is None:
        return None
    return row["is_required"] != "true" or bool(row["text"])


def _supersede(rows: Iterable[dict[str, Any]], fresh: list[ReasonRecord]) -> None:
    """Name the later record in the earlier one, of the same visit or of a corrected event. Words
    that may be kept no more go.
    """
    corrected = {
        (row["source"], earlier): row
        for row in rows
        for earlier in (row["corrects"], *row["earlier"].split())
        if earlier
    }
    for (source, earlier), later in corrected.items():
        for each in ReasonRecord.objects.filter(event_source=source, message_id=earlier):
            kind = "followed_up" if each.source == FOLLOWED_UP else "given"
            by = digest(kind, source, later["message_id"])
            each.superseded_by = WITHDRAWN if later["is_withdrawn"] else by
            each.text = "" if later["takes_words_back"] else each.text
            each.save(update_fields=["superseded_by", "text"])
    for visit_id in {each.visit_id for each in fresh if each.visit_id}:
        _last_word_of(visit_id)


def _last_word_of(visit_id: str) -> None:
    """Of the answers of one visit, the last event's hold; a survey's is another matter."""
    said = ReasonRecord.objects.filter(visit_id=visit_id, source__in=(STATED, FOLLOWED_UP))
    of_visit = list(said.order_by("said_at", "known_at", "message_id"))
    if not of_visit:
        return
    final = of_visit[-1].message_id
    held = {each.source: each.key for each in of_visit if each.message_id == final}
    for each in of_visit:
        by = "" if each.message_id == final else held.get(each.source, held[STATED])
        if each.superseded_by != by:
            each.superseded_by = by
            each.save(update_fields=["superseded_by"])


def _move_with_merges(reader: Reader, last: int) -> None:
    """Records of who was merged, or whose account became known, stand where they belong now."""
    seen = changed_links()
    if ReasonRecord.objects.filter(account_id="").exists():
        seen += f"/{last}"  # whoever was not known may be by now
    if _cursor(PLACES).text == seen:
        return
    rows = reader.rows(load("tenure.reasons", "reason_event"), after_batch=-1, last_batch=last)
    places = {(row["source"], row["message_id"]): row["account_id"] or "" for row in rows}
    moved = []
    given = ReasonRecord.objects.exclude(message_id="").only(
        "account_id", "event_source", "message_id"
    )
    for each in given.iterator(2_000):
        place = places.get((each.event_source, each.message_id), each.account_id)
        if place != each.account_id:
            each.account_id = place
            moved.append(each)
    _move_inferred(reader, moved)
    ReasonRecord.objects.bulk_update(moved, ["account_id"], batch_size=AT_ONCE)
    ReasonCursor.objects.filter(name=PLACES).update(text=seen)


def _move_inferred(reader: Reader, moved: list[ReasonRecord]) -> None:
    inferred = list(ReasonRecord.objects.filter(message_id="").only("account_id", "account_key"))
    places = reader.canonical_ids("account", [each.account_key for each in inferred])
    for each, place in zip(inferred, places, strict=True):
        if place != each.account_id:
            each.account_id = place
            moved.append(each)


def _cursor(name: str) -> ReasonCursor:
    return ReasonCursor.objects.get_or_create(name=name, defaults={"number": -1})[0]
