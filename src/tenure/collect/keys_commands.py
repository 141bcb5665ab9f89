"""`tenure keys`: who may send events."""

import click

from tenure.base.clock import system_clock
from tenure.collect.models import WriteKey
from tenure.collect.write_keys import create_write_key, revoke_write_key
from tenure.kit.output import FORMATS, print_rows

_COLUMNS = ("key", "source", "name", "created_at", "revoked_at", "last_seen_at")


@click.group()
def keys() -> None:
    """Create, list and revoke the write keys of the tracking API."""


@keys.command()
@click.argument("name")
def create(name: str) -> None:
    """Make a key for the source NAME, such as "Web app", and print it."""
    key = create_write_key(name, system_clock())
    click.echo(key.key)
    click.echo(f"It writes to the source {key.source.slug}.", err=True)


@keys.command(name="list")
@click.option("--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True)
def list_keys(fmt: str) -> None:
    """List all keys, revoked ones too."""
    rows = [
        {
            "key": key.key,
            "source": key.source.slug,
            "name": key.source.name,
            "created_at": key.created_at,
            "revoked_at": key.revoked_at,
            "last_seen_at": key.source.last_seen_at,
        }
        for key in WriteKey.objects.select_related("source")
    ]
    print_rows(rows, _COLUMNS, fmt)


@keys.command()
@click.argument("key")
def revoke(key: str) -> None:
    """Refuse KEY from now on. What came with it stays."""
    revoked = revoke_write_key(key, system_clock())
    click.echo(f"{key} of {revoked.source.slug} is revoked.", err=True)
