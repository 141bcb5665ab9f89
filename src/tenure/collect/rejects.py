"""Refused events and rows: kept with their reasons until they are mended, or dismissed.

Rows of an import are mended in the file and imported again (`tenure import`). Rows of the tracking
API are mended here and go through the inbox once more, as if they had come so at first.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import transaction

from tenure.base.clock import system_clock
from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.base.ids import digest
from tenure.collect.models import RejectedRow, Source
from tenure.lake.inbox import Arrival, Inbox
from tenure.lake.rejects import RejectedRow as Rejected

ROWS_PER_INSERT = 500
_CHARS = {
    field.attname: field.max_length
    for field in RejectedRow._meta.concrete_fields
    if getattr(field, "max_length", None)
}
_TRACKING = "POST "  # how `source_ref` of a tracked event begins: `POST /v1/batch [3]`
_POSTHOG_PATHS = ("/batch", "/capture", "/e", "/i/v0/e")


@dataclass(frozen=True, slots=True)
class Mended:
    """One refused event, put right: the row's id and the whole event as JSON text."""

    row_id: int
    raw: str


def keep_rejected(batch: int, rows: list[Rejected]) -> None:
    """Keep what a shipping batch refused. Rows that are kept already stay as they are."""
    kept_at = system_clock()
    origin = f"batch:{batch}"
    for first in range(0, len(rows), ROWS_PER_INSERT):
        RejectedRow.objects.bulk_create(
            [
                RejectedRow(
                    origin=origin,
                    position=row.position,
                    batch=batch,
                    source=_fit("source", row.source),
                    source_ref=_fit("source_ref", row.source_ref),
                    code=_fit("code", row.code),
                    field=_fit("field", row.field),
                    value=_fit("value", row.value),
                    remedy=_fit("remedy", row.remedy),
                    raw=_fit("raw", row.raw),
                    received_at=row.received_at or kept_at,
                )
                for row in rows[first : first + ROWS_PER_INSERT]
            ],
            ignore_conflicts=True,
        )


def dismiss(row_ids: Iterable[int], now: datetime) -> int:
    """How many open rows were dismissed, of those named. Raises NotFound for an unknown id."""
    wanted = set(row_ids)
    rows = RejectedRow.objects.filter(pk__in=wanted)
    if missing := sorted(wanted - set(rows.values_list("pk", flat=True))):
        raise NotFound(f"there is no rejected row {missing[0]}; `tenure rejects list` names them")
    return rows.filter(status=RejectedRow.Status.OPEN).update(
        status=RejectedRow.Status.DISMISSED, settled_at=now
    )


def replay(mended: Iterable[Mended], inbox: Inbox, now: datetime) -> int:
    """Put mended events of the tracking API into the inbox, and say how many.

    They count as received when they first came, and as known from `now` on: nothing that was
    computed for the time between changes. An event without an id of its own gets one from its row,
    so that replaying it twice changes nothing. Nothing is replayed when one of them is wrong.
    Raises NotFound, InvalidInput and Conflict.
    """
    arrivals, row_ids = [], []
    for each in mended:
        row = RejectedRow.objects.filter(pk=each.row_id).first()
        if row is None:
            raise NotFound(f"there is no rejected row {each.row_id}")
        arrivals.append(_arrival(row, each.raw, now))
        row_ids.append(row.pk)
    if not arrivals:
        return 0
    with transaction.atomic():
        RejectedRow.objects.filter(pk__in=row_ids).update(
            status=RejectedRow.Status.MENDED, settled_at=now
        )
        # Last, and durable when it returns: when it fails, no row says that it was mended.
        inbox.append(arrivals)
    return len(arrivals)


def read_mended(text: str, name: str) -> list[Mended]:
    """The rows of a JSON or CSV file as `tenure rejects list` writes it, with `raw` put right.

    JSON may hold `raw` as text or as an object. Raises InvalidInput naming file and row.
    """
    rows = _json_rows(text, name) if text.lstrip()[:1] in ("[", "{") else _csv_rows(text)
    mended = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping) or "id" not in row or "raw" not in row:
            raise InvalidInput(f"{name}: row {number}: it needs `id` and `raw`")
        raw = row["raw"]
        try:
            row_id = int(str(row["id"]))
        except ValueError:
            raise InvalidInput(f"{name}: row {number}: id {row['id']!r} is no number") from None
        mended.append(Mended(row_id, raw if isinstance(raw, str) else json.dumps(raw)))
    return mended


def _json_rows(text: str, name: str) -> list[object]:
    """A list of objects, or one object a line."""
    try:
        if text.lstrip()[0] == "[":
            return json.loads(text)
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise InvalidInput(f"{name}: it is not JSON ({error})") from None


def _csv_rows(text: str) -> list[dict[str, str]]:
    import csv
    import io
    import sys

    csv.field_size_limit(sys.maxsize if sys.maxsize < 2**31 else 2**31 - 1)
    return list(csv.DictReader(io.StringIO(text)))


def _arrival(row: RejectedRow, raw: str, now: datetime) -> Arrival:
    if row.import_id is not None or not _is_tracked(row):
        raise Conflict(
            f"rejected row {row.pk} came from an import; mend the file and import it again"
        )
    if row.status == RejectedRow.Status.DISMISSED:
        raise Conflict(f"rejected row {row.pk} was dismissed and is not replayed")
    try:
        event = msgspec.json.decode(raw)
    except ValueError as error:
        raise InvalidInput(
            f"rejected row {row.pk}: raw is not JSON ({error}); mend it", field="raw"
        ) from None
    if not isinstance(event, dict):
        raise InvalidInput(f"rejected row {row.pk}: raw is no JSON object; mend it", field="raw")
    path = row.source_ref.removeprefix(_TRACKING).partition(" ")[0]
    is_posthog = path in _POSTHOG_PATHS or (not path and "distinct_id" in event)
    return Arrival(
        kind="posthog" if is_posthog else "segment",
        source=row.source,
        received_at=row.received_at,
        body=msgspec.json.encode(event if "batch" in event else {"batch": [event]}),
        meta={
            "path": "/batch" if is_posthog else "/v1/batch",
            "id": digest("mended", row.origin, str(row.position)),
            "known_at": now.isoformat(),
        },
    )


def _is_tracked(row: RejectedRow) -> bool:
    if row.source_ref.startswith(_TRACKING):
        return True
    # A body on which a decoder failed as a whole has no place in it to name.
    return Source.objects.filter(slug=row.source, kind=Source.Kind.API).exists()


def _fit(column: str, text: str) -> str:
    """Text that the column takes: cut to its length, and without NUL, which PostgreSQL refuses."""
    return text.replace("\x00", "\ufffd")[: _CHARS.get(column)]
