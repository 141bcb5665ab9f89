"""`tenure rejects export`: rejected rows of an import as a file to mend and import again."""

import sys

import click

from tenure.base.errors import NotFound
from tenure.collect.files.rejects_file import write_rejected_rows
from tenure.collect.models import ImportRun, RejectedRow


@click.command()
@click.option("--import", "import_id", help="Only of this import.")
@click.option("--source", help="Only of this source.")
def export(import_id: str | None, source: str | None) -> None:
    """Write open rejected rows of imports as CSV, with their own columns.

    Mend the rows in it and bring them back: tenure import FIXED.csv --map MAP.toml
    """
    rows = RejectedRow.objects.filter(status=RejectedRow.Status.OPEN, import_id__isnull=False)
    if import_id is not None:
        if not ImportRun.objects.filter(pk=import_id).exists():
            raise NotFound(f"there is no import {import_id!r}; `tenure rejects list` names them")
        rows = rows.filter(import_id=import_id)
    if source is not None:
        rows = rows.filter(source=source)
    count = write_rejected_rows(rows.order_by("position"), sys.stdout)
    left = rows.count() - count
    click.echo(
        f"{count} rows." + (f" {left} are no rows; see them there." if left else ""), err=True
    )
