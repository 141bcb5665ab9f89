"""`tenure product`: the file that says what is sold; show it, draft one, check one."""

from pathlib import Path
from typing import TextIO

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition, NotFound
from tenure.card.product import KIND, WHERE, check_product
from tenure.card.product_draft import draft_product
from tenure.definitions.store import current
from tenure.lake.reading import reading


@click.group()
def product() -> None:
    """Show, draft and check the product file."""


@product.command()
def show() -> None:
    """Print the product file that is in force."""
    click.echo(_in_force(), nl=False)


@product.command()
def draft() -> None:
    """Print a first product file, proposed from what has been seen, with the evidence.

    Nothing is put in force. Save it as product.toml in a folder, mend it, and `tenure apply` it.
    """
    home = settings.TENURE_HOME
    with reading(home) as reader:
        text = draft_product(
            reader,
            name=home.company.name,
            now=system_clock(),
            time_zone=home.company.time_zone,
        )
    click.echo(text, nl=False)


@product.command()
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
def check(file: TextIO | None) -> None:
    """Check FILE, or the product file in force, against itself and against what was seen."""
    text, where = _read(file) if file else (_in_force(), WHERE)
    warnings = check_product(text, where)
    for warning in warnings:
        click.echo(warning)
    words = "nothing to mend" if not warnings else f"{len(warnings)} to look at"
    click.echo(f"{where}: it can be applied; {words}.", err=True)


def _read(file: TextIO) -> tuple[str, str]:
    where = Path(file.name).name
    try:
        return file.read(), where
    except UnicodeDecodeError as error:
        raise BadDefinition(f"{where}: it cannot be read: {error}; save it as UTF-8") from None


def _in_force() -> str:
    held = current(KIND)
    if held is None:
        raise NotFound(
            "no product file is in force; `tenure product draft` proposes one, "
            "`tenure apply FOLDER` puts FOLDER/product.toml in force"
        )
    return held.text
