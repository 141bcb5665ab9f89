"""Where the data of a source contradicts itself: loaded all the same, counted, with examples.

Each code has a query `sql/quality_<code>.sql` over the lake as it is now.
"""

from datetime import date, datetime

from tenure.base.home import Home
from tenure.collect.files_models import ImportRun, QualityFinding
from tenure.collect.models import Source
from tenure.collect.quality_codes import SEVERITIES
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader, reading

EXAMPLES = 10


def find_contradictions(
    home: Home, source: str, time_zone: str, now: datetime
) -> list[QualityFinding]:
    """The findings that hold for `source` now, stored; those that no longer hold are resolved.

    Days are compared in `time_zone`, that of the source's map.
    """
    with reading(home, fresh=True) as reader:
        for code in SEVERITIES:
            _keep(source, code, _found(reader, code, source, time_zone), now)
    return list(QualityFinding.objects.filter(source=source, resolved_at__isnull=True))


def recount_contradictions(home: Home, now: datetime) -> list[QualityFinding]:
    """The findings that hold for every source that an import has filled, counted anew."""
    found = []
    for source in Source.objects.filter(kind=Source.Kind.IMPORT):
        run = ImportRun.objects.filter(source=source.slug, status=ImportRun.Status.DONE).first()
        if run is not None:
            found += find_contradictions(home, source.slug, _zone_of(run), now)
    return found


def _zone_of(run: ImportRun) -> str:
    from tenure.collect.files.map_file import read_map

    return read_map(run.map_text, run.map_name, currency="USD").time_zone


def _found(reader: Reader, code: str, source: str, time_zone: str) -> list[dict]:
    sql = load("tenure.collect", f"quality_{code}")
    params: dict[str, object] = {"source": source, "limit": EXAMPLES, "time_zone": time_zone}
    return reader.rows(sql, **{name: params[name] for name in sql.params})


def _keep(source: str, code: str, rows: list[dict], now: datetime) -> None:
    finding = QualityFinding.objects.filter(source=source, code=code).first()
    if not rows:
        if finding is not None and finding.resolved_at is None:
            finding.resolved_at = now
            finding.save(update_fields=["resolved_at"])
        return
    if finding is None:
        finding = QualityFinding(source=source, code=code, first_seen_at=now)
    elif finding.resolved_at is not None:
        finding.first_seen_at = now
    finding.severity = SEVERITIES[code]
    finding.count, finding.of_count = rows[0]["found"], rows[0]["of_count"]
    finding.examples = [_example(row) for row in rows]
    finding.last_seen_at, finding.resolved_at = now, None
    finding.save()


def _example(row: dict) -> dict[str, str | None]:
    names = ("account_id", "happened_on", "compared_on", "source_ref", "other_ref")
    return {
        name: row[name].isoformat() if isinstance(row[name], date) else row[name] for name in names
    }
