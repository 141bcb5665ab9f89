"""`tenure tokens`: who may ask the JSON API."""

import sys

import click

from tenure.base.clock import system_clock
from tenure.console.models import ApiToken
from tenure.console.tokens import create_token, revoke_token
from tenure.kit.output import print_rows


@click.group()
def tokens() -> None:
    """Create, list and revoke the tokens of the JSON API."""


@tokens.command()
@click.argument("name")
def create(name: str) -> None:
    """Make a token for the program called NAME, and print it: it is shown only now."""
    _, text = create_token(name, system_clock())
    click.echo(text)


@tokens.command("list")
@click.option("--format", "output", type=click.Choice(["table", "csv", "json"]), default="table")
def list_tokens(output: str) -> None:
    """List the tokens, the newest first."""
    columns = ["id", "name", "created_at", "last_used_at", "revoked_at"]
    rows = [
        {name: getattr(token, name) for name in columns}
        for token in ApiToken.objects.order_by("-created_at", "-id")
    ]
    print_rows(rows, columns, output)


@tokens.command()
@click.argument("token_id", type=int)
def revoke(token_id: int) -> None:
    """Refuse a token from now on."""
    token = revoke_token(token_id, system_clock())
    click.echo(f"{token.name} may not ask any more.", err=True)
    sys.stderr.flush()
