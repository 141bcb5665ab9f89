"""`tenure merge`: say that two ids are one account or person, undo it, or list what was said."""

import json
from datetime import datetime

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage
from tenure.customers.merging import merge as merge_ids
from tenure.customers.merging import unmerge
from tenure.customers.models import IdentityLink
from tenure.customers.publishing import publish_links

_COLUMNS = ["kind", "raw_id", "joined_id", "canonical_id", "because", "evidence"]
_SAID = ["made_at", "made_by", "undone_at", "undone_by", "refused"]


@click.command()
@click.argument("kind", required=False, type=click.Choice(["account", "person"]))
@click.argument("loser", required=False)
@click.argument("winner", required=False)
@click.option("--because", default="", help="Why they are the same; kept with the link.")
@click.option("--by", default="", help="Who says so; kept with the link.")
@click.option("--undo", is_flag=True, help="Take LOSER apart from what it was merged into.")
@click.option("--list", "is_list", is_flag=True, help="Print what was merged, undone or refused.")
def merge(
    kind: str | None,
    loser: str | None,
    winner: str | None,
    because: str,
    by: str,
    undo: bool,
    is_list: bool,
) -> None:
    """Merge LOSER into WINNER: both are one account or person, called WINNER.

    \b
    tenure merge account acme-old acme --because "same company, new contract"
    tenure merge person anon:7f3a ada
    tenure merge account acme-old --undo
    tenure merge --list
    """
    now = system_clock()
    if is_list:
        _print_list(kind)
    elif not kind or not loser or bool(winner) == undo:
        raise BadUsage(
            "name KIND LOSER WINNER to merge, KIND LOSER --undo to take apart, or --list; "
            "for example `tenure merge account acme-old acme`"
        )
    elif undo:
        link = unmerge(kind, loser, now=now, by=by)
        _publish(now)
        click.echo(f"{kind} {loser} is no longer part of {link.joined_id}", err=True)
    else:
        assert winner is not None
        link = merge_ids(kind, loser, winner, because, now=now, by=by)
        _publish(now)
        click.echo(f"{kind} {loser} is now {link.canonical_id}", err=True)


def _publish(now: datetime) -> None:
    """Cards and derived tables follow with the next refresh."""
    publish_links(settings.TENURE_HOME, now)


def _print_list(kind: str | None) -> None:
    """One JSON object a line: links an operator made or undid, and those that were refused."""
    links = IdentityLink.objects.exclude(
        because__in=["identify", "alias"], refused="", undone_at=None
    )
    if kind:
        links = links.filter(kind=kind)
    for row in links.order_by("kind", "raw_id", "made_at").values(*_COLUMNS, *_SAID):
        click.echo(json.dumps(row, default=lambda at: at.isoformat()))
