"""`tenure messages`: how many were meant, where they are, and what to settle by hand."""

import getpass

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import Unavailable
from tenure.base.ids import fresh_id
from tenure.kit.output import FORMATS, print_rows
from tenure.messages.counting import balances
from tenure.messages.models import Channel, Message, Purpose, Status

_COLUMNS = ("key", "purpose", "channel", "recipient", "status", "attempts", "sending_at", "why")
_LIST_ROWS_MAX = 1000


@click.group(invoke_without_command=True)
@click.option("--format", "output", type=click.Choice(FORMATS), default="table", show_default=True)
@click.pass_context
def messages(context: click.Context, output: str) -> None:
    """Count the messages that were meant to be sent, and settle the unsure ones."""
    if context.invoked_subcommand is not None:
        return
    from tenure.messages.readiness import ways_out

    for way in ways_out(settings.TENURE_HOME):
        click.echo(way.sentence, err=True)
    rows = [
        {
            "purpose": balance.purpose,
            "channel": balance.channel,
            "intended": balance.intended,
            **balance.by_status,
        }
        for balance in balances()
    ]
    used = {status for status in Status.values if any(row[status] for row in rows)}
    shown = [each for each in Status.values if output != "table" or each in used]
    print_rows(rows, ("purpose", "channel", "intended", *shown), output)
    if unsure := sum(row["unknown"] for row in rows):
        click.echo(f"{unsure} unsure; see `tenure messages list --status unknown`.", err=True)


@messages.command(name="list")
@click.option("--status", type=click.Choice(Status.values), help="Only those that stand so.")
@click.option("--format", "output", type=click.Choice(FORMATS), default="table", show_default=True)
def list_messages(status: str | None, output: str) -> None:
    """List messages, the newest first, a thousand at most."""
    found = Message.objects.order_by("-intended_at", "-id")
    if status:
        found = found.filter(status=status)
    rows = [{name: getattr(m, name) for name in _COLUMNS} for m in found[:_LIST_ROWS_MAX]]
    print_rows(rows, _COLUMNS, output)


@messages.command()
@click.argument("key")
@click.option("--sent", "what", flag_value="sent", required=True, help="It arrived.")
@click.option("--again", "what", flag_value="again", help="Send it once more.")
def resolve(key: str, what: str) -> None:
    """Settle the unsure message KEY: it arrived, or it is to be sent again."""
    from tenure.messages.resolving import resolve_as_sent, send_again

    act = resolve_as_sent if what == "sent" else send_again
    message = act(key, now=system_clock(), by=getpass.getuser())
    click.echo(f"{key} is {message.status}.", err=True)


@messages.command()
@click.argument("address")
def allow(address: str) -> None:
    """Send to ADDRESS again, although a mail server once said that it does not exist."""
    from tenure.messages.resolving import allow_address

    allow_address(address, now=system_clock(), by=getpass.getuser())
    click.echo(f"Mail goes to {address} again.", err=True)


@messages.command(name="try")
@click.argument("address")
def try_address(address: str) -> None:
    """Send one test mail to ADDRESS now, and say what the mail server answered."""
    from tenure.messages.configuration import console_url
    from tenure.messages.ledger import intend
    from tenure.messages.sending import send_one
    from tenure.messages.transports import configured_transports
    from tenure.messages.writing import link, write

    home, now = settings.TENURE_HOME, system_clock()
    transports = configured_transports(home, system_clock)
    if Channel.MAIL not in transports:
        raise Unavailable("no mail server is named; fill in [mail] of tenure.toml")
    url = link(console_url(home), "overview")
    mail = write("trial", "Tenure can send mail", {"action_url": url}, "en")
    message = intend(
        key=f"{Purpose.TRIAL}:{fresh_id('try')}",
        purpose=Purpose.TRIAL,
        channel=Channel.MAIL,
        recipient=address,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        now=now,
    )
    answered = send_one(message, transports[Channel.MAIL], now)
    click.echo(f"{answered.status}: {answered.why}")
    if answered.status != Status.SENT:
        raise Unavailable(f"the test mail to {address} is {answered.status}")
