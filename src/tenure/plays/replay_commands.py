"""`tenure replay`: what a play would have done, beside what holds and what else is on."""

import json
from datetime import datetime, timedelta

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import TenureError
from tenure.kit.output import print_rows
from tenure.lake.reading import company_day
from tenure.plays.replay_asked import look
from tenure.plays.replay_failed import note_failed

REPLAY_DAYS = 90
_LONG = ("days", "step_volume", "to_people")  # for pages and programs


@click.command("replay")
@click.argument("name")
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="First day.")
@click.option("--to", "until", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--format", "fmt", type=click.Choice(["table", "csv", "json"]), default="table")
@click.option("--who", is_flag=True, help="Everybody it would have reached, instead of figures.")
@click.option("--alone", is_flag=True, help="Neither its version before nor other plays beside.")
def replay_play(  # noqa: PLR0913
    name: str, since: datetime, until: datetime, fmt: str, who: bool, alone: bool
) -> None:
    """What the play NAME would have done in the past: the last 90 days, unless said otherwise.

    Sends nothing. A play is switched on only after a replay of the version that holds.
    """
    home, now = settings.TENURE_HOME, system_clock()
    last_on = until.date() if until else company_day(home, now)
    since_on = since.date() if since else last_on - timedelta(days=REPLAY_DAYS)
    days = (since_on, last_on + timedelta(days=1))
    try:
        looked = look(home, name, days, now, is_alone=alone, says=_to_stderr)
    except TenureError as error:
        note_failed(name, error.message)
        raise
    replayed, summary = looked.replayed, looked.summary
    if who:
        rows = [
            {
                "at": at,
                "who": life.subject_id,
                "account": life.account_id,
                "step": effect.step,
                "arm": "hold_out" if life.is_left_alone else life.arm,
            }
            for life in replayed.lives
            for at, effect in life.effects
        ]
        rows.sort(key=lambda row: str(row["at"]))
        print_rows(rows, ["at", "who", "account", "step", "arm"], fmt)
    elif fmt == "json":
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        shown = {what: value for what, value in summary.items() if what not in _LONG}
        rows = [{"what": what, "value": _words(value)} for what, value in shown.items()]
        reach = looked.summary["to_people"]
        for what in ("intended", "went", "people", "most_in_a_day"):
            rows.append({"what": f"{what}_to_people", "value": str(reach[what])})
        for what in ("waited", "withheld"):
            if reach[what]:
                rows.append({"what": f"{what}_to_people", "value": _words(reach[what])})
        print_rows(rows, ["what", "value"], fmt)
        for mail in looked.examples if fmt == "table" else ():
            _to_stderr(f"\n{mail.step} · {mail.name} · {mail.at:%Y-%m-%d %H:%M} UTC")
            _to_stderr(mail.why or f"{mail.subject}\n\n{mail.text}")


def _to_stderr(words: str) -> None:
    click.echo(words, err=True)


def _words(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {count}" for name, count in value.items())
    return str(value)
