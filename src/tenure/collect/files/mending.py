"""Rows that were rejected: kept with the way out, and settled when a later import brings them.

A rejected row is the same as one of an earlier import when file, line, column and text are: then
nothing is added. It is mended when a row of its key is taken; a row without a key, when its line is
read; a row of an export of rejected rows, by the id that the export gave it.
"""

from collections.abc import Iterator, Mapping, Sequence

from django.db import transaction
from django.db.models import Q

from tenure.collect.files.reading_files import FilesReader
from tenure.collect.files.refusal import Refused
from tenure.collect.files.staging import Staging
from tenure.collect.models import ImportRun, RejectedRow

CHUNK = 500  # a bulk writer holds the state's lock for some milliseconds only


def keep_refused(
    run: ImportRun, refused: Sequence[Refused], staging: Staging, mending: Mapping[int, int]
) -> None:
    """Store what this import refused, unless it lies there already."""
    if not refused:
        return
    known = _kept_already(run.source)
    keys = staging.refused_keys([row.position for row in refused])
    fresh = []
    for row in refused:
        if row.position in mending:
            _update(mending[row.position], row)
        elif _identity(row) not in known:
            fresh.append(_stored(run, row, keys.get(row.position, "")))
    for chunk in _chunks(fresh):
        RejectedRow.objects.bulk_create(chunk, ignore_conflicts=True)


def settle_mended(run: ImportRun, reader: FilesReader, staging: Staging) -> int:
    """How many open rejected rows of the source this import has mended, and marks so."""
    open_rows = RejectedRow.objects.filter(
        source=run.source, status=RejectedRow.Status.OPEN, import_id__isnull=False
    )
    again = {_identity(row) for row in reader.refused}
    taken = staging.taken_positions(list(reader.mending))
    mended = {reader.mending[position] for position in taken}
    candidates = [
        (row.pk, row.source_ref, row.row_key)
        for row in open_rows.exclude(import_id=run.id).iterator()
        if _identity(row) not in again
    ]
    if candidates:
        refs = staging.taken_refs([ref for _, ref, key in candidates if not key])
        keys = staging.taken_keys([key for _, _, key in candidates if key])
        mended |= {pk for pk, ref, key in candidates if (key in keys if key else ref in refs)}
    for chunk in _chunks(sorted(mended)):
        open_rows.filter(pk__in=chunk).update(
            status=RejectedRow.Status.MENDED, settled_at=run.started_at
        )
    return len(mended)


def _kept_already(source: str) -> set[tuple[str, str, str, str]]:
    unsettled = Q(status__in=(RejectedRow.Status.OPEN, RejectedRow.Status.DISMISSED))
    # The lake holds the mended version of a row with a key, while its file may be bad for ever.
    mended_elsewhere = Q(status=RejectedRow.Status.MENDED) & ~Q(row_key="")
    rows = RejectedRow.objects.filter(unsettled | mended_elsewhere, source=source)
    return {_identity(row) for row in rows.iterator()}


def _identity(row: Refused | RejectedRow) -> tuple[str, str, str, str]:
    return (_fit(row.source_ref, 500), row.code, _fit(row.field, 200), _fit(row.raw))


def _fit(text: str, chars: int | None = None) -> str:
    """Text that the column takes: cut to its length, and without NUL, which PostgreSQL refuses."""
    return text.replace("\x00", "\ufffd")[:chars]


def _stored(run: ImportRun, row: Refused, row_key: str) -> RejectedRow:
    return RejectedRow(
        origin=f"import:{run.id}",
        position=row.position,
        source=run.source,
        import_id=run.id,
        source_ref=_fit(row.source_ref, 500),
        code=row.code,
        field=_fit(row.field, 200),
        value=_fit(row.value),
        remedy=_fit(row.remedy),
        raw=_fit(row.raw),
        row_key=row_key,
        received_at=run.started_at,
    )


@transaction.atomic
def _update(pk: int, row: Refused) -> None:
    """A row that was brought again and is wrong still, perhaps in another way."""
    RejectedRow.objects.filter(pk=pk, status=RejectedRow.Status.OPEN).update(
        code=row.code,
        field=_fit(row.field, 200),
        value=_fit(row.value),
        remedy=_fit(row.remedy),
        raw=_fit(row.raw),
    )


def _chunks(rows: list) -> Iterator[list]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
