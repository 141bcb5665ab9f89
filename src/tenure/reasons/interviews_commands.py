"""`tenure interviews`: survey links, the sheet for a talk, its notes, and how long it all takes."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from django.conf import settings
from django.template.loader import get_template
from django.utils import translation

from tenure.base.clock import system_clock
from tenure.base.home import Home
from tenure.kit.output import FORMATS, print_rows
from tenure.messages.configuration import console_url
from tenure.reasons.interview_sheet import sheet_of
from tenure.reasons.interviews import TalkNoted, note_interview
from tenure.reasons.interviews_listed import (
    INTERVIEWS,
    QUESTIONS,
    interview_row,
    interviews_listed,
    question_row,
    sheet_context,
    sheet_json,
)
from tenure.reasons.survey_times import survey_times
from tenure.reasons.surveys import address_of, make_survey

BY = "command line"
_FORMAT = click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True,
    help="How to print it.",
)  # fmt: skip
_TEST = click.option("--test", is_flag=True, help="In test mode: nothing of it counts.")


@click.group(invoke_without_command=True)
@click.option("--account", "account_id", default="", metavar="ID", help="Of one account alone.")
@_TEST
@_FORMAT
@click.pass_context
def interviews(context: click.Context, account_id: str, test: bool, fmt: str) -> None:
    """Ask those who left: survey links, a sheet for the talk, and its notes.

    Without a command: every survey link and every talk, with what came of it.
    """
    if context.invoked_subcommand is None:
        rows = interviews_listed(mode="test" if test else "live", account_id=account_id)
        now = system_clock()
        print_rows([interview_row(each, now) for each in rows], INTERVIEWS, fmt)


@interviews.command("link")
@click.argument("account")
@click.option("--person", "person_id", default="", metavar="ID", help="For this person alone.")
@_TEST
def link(account: str, person_id: str, test: bool) -> None:
    """Print the survey link of ACCOUNT: one for each leaving and person, the same every time."""
    survey = make_survey(
        account, person_id=person_id, mode="test" if test else "live", now=system_clock(), by=BY
    )
    click.echo(address_of(survey, console_url(settings.TENURE_HOME)))


@interviews.command("sheet")
@click.argument("account")
@click.option(
    "--format", "fmt", type=click.Choice(("text", "json")), default="text", show_default=True
)
@click.option("--language", default="en", show_default=True)
def sheet(account: str, fmt: str, language: str) -> None:
    """Print what to know and what to ask before a talk with ACCOUNT."""
    home: Home = settings.TENURE_HOME
    with translation.override(language):
        prepared = sheet_of(home, account, system_clock())
        if fmt == "json":
            print_rows([sheet_json(prepared)], tuple(sheet_json(prepared)), "json")
            return
        context = sheet_context(prepared, ZoneInfo(home.company.time_zone))
        click.echo(get_template("reasons/interview_sheet.txt").render(context).strip())


@interviews.command("note")
@click.argument("account")
@click.option("--on", "spoke_on", type=click.DateTime(["%Y-%m-%d"]), required=True,
              help="Day of the talk.")  # fmt: skip
@click.option("--by", "interviewer", required=True, help="Who of us talked with them.")
@click.option("--with", "spoke_with", default="", help="Who spoke, and their role.")
@click.option("--person", "person_id", default="", metavar="ID")
@click.option("--minutes", type=int)
@click.option("--notes", "notes", type=click.Path(exists=True, path_type=Path, dir_okay=False),
              help="A text file with the notes.")  # fmt: skip
@click.option("--quote", "quotes", multiple=True, help="Their own words; may be given again.")
@click.option("--consent/--no-consent", default=False, help="They agree to notes being kept.")
@click.option("--may-quote/--may-not-quote", default=False, help="They agree to being quoted.")
@click.option("--reason", "code", default="", help="Code of the reason that you conclude.")
@click.option("--detail", default="", help="Answer to the reason's follow-up.")
@click.option("--next-job", default="", help="What does the job now, as a code.")
@click.option("--rival", default="")
@_TEST
def note(account: str, spoke_on: datetime, test: bool, **given: object) -> None:
    """Keep the notes of a talk with ACCOUNT, and the reason that you conclude."""
    path = given.pop("notes")
    consent, may_quote = given.pop("consent"), given.pop("may_quote")
    quotes = given.pop("quotes")
    talk = note_interview(
        settings.TENURE_HOME,
        account,
        TalkNoted(
            spoke_on=spoke_on.date(),
            notes=path.read_text("utf-8") if isinstance(path, Path) else "",
            quotes=[str(each) for each in quotes] if isinstance(quotes, tuple) else [],
            consents_to_notes=bool(consent),
            consents_to_quotes=bool(may_quote),
            **given,  # type: ignore[arg-type]
        ),
        now=system_clock(),
        by=BY,
        mode="test" if test else "live",
    )
    click.echo(talk.key)


@interviews.command("times")
@_TEST
@_FORMAT
def times(test: bool, fmt: str) -> None:
    """How long the survey takes, by question, and where it ends."""
    told = survey_times("test" if test else "live")
    print_rows([question_row(each) for each in told.questions], QUESTIONS, fmt)
    seconds = "-" if told.median_seconds is None else f"{told.median_seconds:.0f} s"
    click.echo(
        f"{told.made} links, {told.mailed} by mail; {told.started} begun, {told.answered} "
        f"answered; median time {seconds}; {told.declined} do not want to be asked again.",
        err=True,
    )
