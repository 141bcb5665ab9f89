"""`tenure rejects`: what was refused, why, and how it gets in after all."""

import json
from pathlib import Path

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage, NotFound
from tenure.collect import rejects as rejected
from tenure.collect.models import RejectedRow
from tenure.kit.output import FORMATS, print_rows
from tenure.lake.inbox import open_inbox

_COLUMNS = (
    "id",
    "status",
    "received_at",
    "source",
    "source_ref",
    "code",
    "field",
    "value",
    "remedy",
)
_STATUSES = (*RejectedRow.Status.values, "all")


@click.group(name="rejects")
def rejects() -> None:
    """List, show, mend and dismiss what could not be taken in."""


@rejects.command(name="list")
@click.option("--status", type=click.Choice(_STATUSES), default="open", show_default=True)
@click.option("--source", help="Only of this source.")
@click.option("--code", help="Only with this reason.")
@click.option("--import", "import_id", help="Only of this import.")
@click.option("--limit", type=click.IntRange(1), help="At most so many, the newest first.")
@click.option("--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True)
def list_rejects(
    *,
    status: str,
    source: str | None,
    code: str | None,
    import_id: str | None,
    limit: int | None,
    fmt: str,
) -> None:
    """List refused rows. CSV, JSON and Parquet hold the whole row (`raw`), to be mended."""
    wanted = {"source": source, "code": code, "import_id": import_id}
    found = RejectedRow.objects.filter(**{name: v for name, v in wanted.items() if v is not None})
    if status != "all":
        found = found.filter(status=status)
    columns = _COLUMNS if fmt == "table" else (*_COLUMNS, "import_id", "raw")
    print_rows(found[:limit].values(*columns), columns, fmt)
    if fmt == "table":
        click.echo(f"{_rows(found.count())}.", err=True)


@rejects.command()
@click.argument("row_id", type=int)
def show(row_id: int) -> None:
    """Print one refused row as JSON, all of it."""
    row = RejectedRow.objects.filter(pk=row_id).values().first()
    if row is None:
        raise NotFound(f"there is no rejected row {row_id}; `tenure rejects list` names them")
    click.echo(json.dumps(row, default=str, indent=2, ensure_ascii=False))


@rejects.command()
@click.argument("row_ids", type=int, nargs=-1)
@click.option("--source", help="All open rows of this source.")
@click.option("--code", help="All open rows with this reason.")
def dismiss(row_ids: tuple[int, ...], source: str | None, code: str | None) -> None:
    """Settle rows as not worth mending. They stay, and are listed no longer."""
    if not row_ids and source is None and code is None:
        raise BadUsage("name rows by id, or a --source or --code whose rows are all meant")
    wanted = list(row_ids)
    if source is not None or code is not None:
        found = RejectedRow.objects.filter(status=RejectedRow.Status.OPEN)
        found = found.filter(source=source) if source is not None else found
        found = found.filter(code=code) if code is not None else found
        wanted += found.values_list("pk", flat=True)
    count = rejected.dismiss(wanted, system_clock())
    click.echo(f"{_rows(count)} dismissed.", err=True)


@rejects.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def replay(path: Path) -> None:
    """Send mended events of the tracking API again.

    PATH is what `tenure rejects list --format json` (or csv) wrote, with `raw` put right; rows that
    you leave out stay open. Rows of an import are mended in its file and imported again.
    """
    mended = rejected.read_mended(path.read_text("utf-8-sig"), path.name)
    inbox = open_inbox(settings.TENURE_HOME, settings.DATABASE_URL)
    try:
        count = rejected.replay(mended, inbox, system_clock())
    finally:
        inbox.close()
    events = "1 event" if count == 1 else f"{count} events"
    click.echo(f"{events} will be in the lake when the worker has shipped them.", err=True)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
