"""`tenure cancel-keys` and `tenure leaving-log`."""

import sys
from pathlib import Path

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.kit.output import FORMATS, print_rows
from tenure.offboard.keys import create_cancel_key, revoke_cancel_key
from tenure.offboard.log_checking import export_log, heads_of, verify_log
from tenure.offboard.models import CancelKey

_COLUMNS = ("key_id", "name", "created_at", "revoked_at")


@click.group("cancel-keys")
def cancel_keys() -> None:
    """Create, list and revoke the keys that sign who may open the cancel flow."""


@cancel_keys.command()
@click.argument("name")
def create(name: str) -> None:
    """Make a key called NAME, such as "Web app", and print its id and its secret."""
    key = create_cancel_key(name, system_clock())
    click.echo(f"{key.key_id} {key.secret}")
    click.echo("Keep the secret on your server: who has it can end any subscription.", err=True)


@cancel_keys.command("list")
@click.option("--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True)
def list_keys(fmt: str) -> None:
    """List all keys, revoked ones too; no secrets."""
    keys = CancelKey.objects.order_by("created_at", "key_id")
    rows = [{name: getattr(key, name) for name in _COLUMNS} for key in keys]
    print_rows(rows, _COLUMNS, fmt)


@cancel_keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Refuse what KEY_ID signed, from now on. Passages under way go on."""
    key = revoke_cancel_key(key_id, system_clock())
    click.echo(f"{key.key_id} ({key.name}) is revoked.", err=True)


@click.group("leaving-log")
def leaving_log() -> None:
    """Export the log of the cancel flow, and verify that nobody changed it."""


@leaving_log.command()
@click.option("--format", "fmt", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@click.option("--visit", default="", help="Only the entries of this visit.")
def export(fmt: str, visit: str) -> None:
    """Write the log to stdout, each entry with its digest and the one before."""
    export_log(sys.stdout, fmt, visit)


@leaving_log.command()
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An export made earlier: each of its entries must still be there, as it was.",
)
def verify(against: Path | None) -> None:
    """Say whether every entry is as it was written, none is missing and none was put in."""
    known = heads_of(against) if against else {}
    checked = verify_log(settings.SECRET_KEY, known)
    for problem in checked.problems:
        click.echo(problem, err=True)
    if checked.problems:
        raise InvalidInput(f"the log does not hold together: {len(checked.problems)} problems")
    click.echo(
        f"{checked.entries} entries hold together; the last digest is {checked.head or 'none'}."
    )
