"""`tenure saves`: what was accepted, what became of it, and how long it lasts."""

from datetime import date

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage
from tenure.kit.output import FORMATS, print_rows
from tenure.lake.reading import company_day
from tenure.saves.commitments_listed import commitments_now
from tenure.saves.following import follow_saves
from tenure.saves.listed import CHECKS, listed
from tenure.saves.models import Kind, Status
from tenure.saves.survival import AT_DAYS, BY, survival_of_saves

_LIST = (
    "opened_on", "account_id", "kind", "offer", "reason", "status", "lost_because", "gone_on",
    *(f"day_{at}" for at in CHECKS if at), "renewal", "next_renewal_on", "paid_minor",
    "margin_minor", "similar_margin_minor", "currency",
)  # fmt: skip
_SURVIVAL = (
    "group", "saves", "gone", "resting", "at_days", "share", "low", "high", "at_risk",
    "similar_accounts", "similar_share", "similar_low", "similar_high", "note",
)  # fmt: skip
_COMMITMENTS = (
    "due_on", "standing", "side", "account_id", "text", "event", "owner", "kept_at", "kept_by",
    "broken_on",
)  # fmt: skip

_FORMAT = click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True
)


@click.group(invoke_without_command=True)
@click.option("--by", type=click.Choice(BY), default=None, help="How long they last, by group.")
@click.option("--survival", is_flag=True, help="How long they last, all together.")
@click.option("--account", default="", metavar="ID", help="Of one account alone.")
@click.option("--kind", type=click.Choice(Kind.values), default=Kind.SAVE.value, show_default=True)
@click.option("--status", type=click.Choice(Status.values), default=None)
@click.option("--days", default=",".join(map(str, AT_DAYS)), show_default=True, metavar="N,...")
@click.option("--limit", default=200, show_default=True)
@_FORMAT
@click.pass_context
def saves(context: click.Context, **asked: object) -> None:
    """List saves with their checks, and how long they last, beside similar accounts.

    A save is provisional until billing has shown it at 7, 30, 90 and 180 days and at the next
    renewal. `--by` and `--survival` print Kaplan-Meier estimates with 95 % intervals.
    """
    if context.invoked_subcommand is not None:
        return
    today = company_day(settings.TENURE_HOME, system_clock())
    fmt = str(asked["fmt"])
    if asked["by"] or asked["survival"]:
        print_rows(
            _survival_rows(today, str(asked["by"] or ""), str(asked["days"])), _SURVIVAL, fmt
        )
        return
    limit = int(str(asked["limit"]))
    if limit < 1:
        raise BadUsage(f"--limit: {limit} is too few; write 1 or more")
    found, _ = listed(
        kind=str(asked["kind"]),
        status=str(asked["status"] or ""),
        account_id=str(asked["account"]),
        limit=limit,
    )
    print_rows([_row(each) for each in found], _LIST, fmt)


@saves.command()
def prove() -> None:
    """Look at billing facts now: prove saves, watch commitments, open and drop tasks."""
    proved = follow_saves(settings.TENURE_HOME, system_clock())
    click.echo(
        f"{proved.looked_at:,} looked at; {proved.answered:,} checks answered; "
        f"{proved.changed:,} changed",
        err=True,
    )


@saves.command()
@click.option("--all", "with_settled", is_flag=True, help="Kept and released ones, too.")
@_FORMAT
def commitments(with_settled: bool, fmt: str) -> None:
    """List what each side promised: what we broke first, then what is due."""
    print_rows(commitments_now(with_settled=with_settled), _COMMITMENTS, fmt)


def _row(each: dict) -> dict:
    checks = {f"day_{at}" if at else "renewal": said for at, said in each["checks"].items()}
    return {**each, **checks}


def _survival_rows(today: date, by: str, days: str) -> list[dict]:
    found = survival_of_saves(today=today, by=by, at_days=_days(days))
    rows = []
    for each in found:
        for place, point in enumerate(each.points):
            other = each.similar[place] if each.similar else None
            rows.append(
                {
                    "group": each.group,
                    "saves": each.count,
                    "gone": each.gone,
                    "resting": each.resting,
                    "at_days": round(point.at_days),
                    "share": point.share,
                    "low": point.low,
                    "high": point.high,
                    "at_risk": point.at_risk,
                    "similar_accounts": each.similar_count,
                    "similar_share": other.share if other else None,
                    "similar_low": other.low if other else None,
                    "similar_high": other.high if other else None,
                    "note": each.note,
                }
            )
    return rows


def _days(text: str) -> list[int]:
    days = [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() and 0 < int(word) <= 3660 for word in days):
        raise BadUsage(f"--days: {text!r}: write numbers of days, as 30,180")
    return sorted({int(word) for word in days})
