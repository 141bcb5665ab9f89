"""`tenure mail`: the mails of plays, each as any person would get it, and a test of one, sent."""

import json
from datetime import datetime

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage, Unavailable
from tenure.kit.output import FORMATS, print_rows
from tenure.messages.models import Status
from tenure.plays.in_force import play_named
from tenure.plays.mail_listing import listed_mails
from tenure.plays.previewing import Preview, person_called, preview, send_test, somebody

_COLUMNS = ("mail", "title", "form", "languages", "is_on", "sent", "withheld", "problem")
_MAIL = click.argument("mail", metavar="PLAY/MAIL")
_AS = click.option("--as", "person", metavar="PERSON", help="Id or mail address of whom it is for.")
_ACCOUNT = click.option("--account", default="", help="The account, where they are in several.")
_LANGUAGE = click.option("--language", default="", help="Else theirs.")
_INSTEAD = click.option(
    "--with", "instead", multiple=True, metavar="COLUMN=VALUE", help="As if the card said so."
)


@click.group("mail")
def mail_group() -> None:
    """Mails of plays: which there are, how one would look for anybody, and a test of it."""


@mail_group.command("list")
@click.option("--format", "fmt", type=click.Choice(FORMATS), default="table")
def list_(fmt: str) -> None:
    """The mails of all plays in force."""
    rows = [
        {
            "mail": f"{each.play}/{each.template}",
            "title": each.title,
            "form": each.form,
            "languages": " ".join(each.languages),
            "is_on": each.is_on,
            "sent": each.sent,
            "withheld": each.withheld,
            "problem": each.problem,
        }
        for each in listed_mails()
    ]
    print_rows(rows, _COLUMNS, fmt)


@mail_group.command("preview")
@_MAIL
@_AS
@_ACCOUNT
@_LANGUAGE
@_INSTEAD
@click.option("--format", "fmt", type=click.Choice(["text", "html", "json"]), default="text")
def preview_(  # noqa: PLR0913
    mail: str, person: str, account: str, language: str, instead: tuple[str, ...], fmt: str
) -> None:
    """Show the mail PLAY/MAIL as one person would get it now. Sends nothing."""
    seen = _seen(mail, person, (account, language), instead, system_clock())
    if seen.written is None:
        raise BadUsage(f"it would not be sent: {seen.problem}")
    if fmt == "html":
        click.echo(seen.written.html)
        return
    if fmt == "json":
        said = {
            "subject": seen.written.subject, "language": seen.language, "file": seen.file,
            "person": seen.person.person_id if seen.person else None, "account": seen.account_id,
            "size_bytes": seen.size_bytes, "choices": dict(seen.choices),
            "values": {each.path: [each.value, each.source] for each in seen.values},
            "text": seen.written.text,
        }  # fmt: skip
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    click.echo(f"{seen.written.subject}\n\n{seen.written.text}")
    for each in seen.values:
        click.echo(f"{each.path} = {each.value} ({each.source})", err=True)
    for name, chosen in seen.choices.items():
        click.echo(f"{name}: {chosen}", err=True)


@mail_group.command()
@_MAIL
@click.option("--to", "to", required=True, metavar="ADDRESS", help="Where the test goes.")
@_AS
@_ACCOUNT
@_LANGUAGE
@_INSTEAD
def test(  # noqa: PLR0913
    mail: str, to: str, person: str, account: str, language: str, instead: tuple[str, ...]
) -> None:
    """Send the mail PLAY/MAIL to ADDRESS now, as PERSON would get it. It counts nowhere."""
    now = system_clock()
    seen = _seen(mail, person, (account, language), instead, now)
    message = send_test(settings.TENURE_HOME, seen, to, now=now, clock=system_clock)
    click.echo(f"{message.status}: {message.why}")
    if message.status != Status.SENT:
        raise Unavailable(f"the test to {to} is {message.status}")


def _seen(
    mail: str,
    person: str | None,
    of: tuple[str, str],
    instead: tuple[str, ...],
    now: datetime,
) -> Preview:
    play, slash, template = mail.partition("/")
    if not slash:
        raise BadUsage(f"{mail!r} is no PLAY/MAIL; `tenure mail list` names them")
    account, language = of
    return preview(
        settings.TENURE_HOME,
        play_named(play),
        template,
        now=now,
        person=person_called(person) if person else somebody(),
        account_id=account,
        language=language,
        instead=dict(map(_supposed, instead)),
    )


def _supposed(said: str) -> tuple[str, object]:
    """A column and its value: a number where it is one, else a text."""
    column, equals, value = said.partition("=")
    if not equals:
        raise BadUsage(f"{said!r} supposes nothing; write COLUMN=VALUE")
    try:
        return column.strip(), int(value)
    except ValueError:
        return column.strip(), value
