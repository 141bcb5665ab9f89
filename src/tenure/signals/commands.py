"""`tenure signals`: what needs somebody, how good each kind was, and what else may warn."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.base.errors import BadUsage
from tenure.base.home import Home
from tenure.kit.output import FORMATS, print_rows
from tenure.lake.reading import reading
from tenure.signals import sentences
from tenure.signals.days import instant
from tenure.signals.declared import page_fits
from tenure.signals.leavings import spells
from tenure.signals.listed import with_status
from tenure.signals.outcomes import Raised
from tenure.signals.precursors import Proposal, propose
from tenure.signals.replay import replay
from tenure.signals.replay_report import Alarm, KindReport, Period, judge
from tenure.signals.rules import KINDS, URGENCIES, Rules, rules_in_force
from tenure.signals.truth_report import CauseReport, against_truth

LISTED = (
    "happened_at", "urgency", "kind", "account_id", "person_id", "what", "next", "owner", "due_on",
)  # fmt: skip
SHOWN = (
    "kind", "raised", "accounts", "right", "wrong", "open", "late", "not_at_risk", "precision",
    "chance", "lift", "lift_low", "lift_high", "leavings", "warned", "recall", "lead_days_median",
    "verdict",
)  # fmt: skip
PROPOSED = (
    "verdict", "what", "name", "account_months", "accounts", "leavers", "leave_share",
    "leave_share_without", "risk_ratio", "risk_ratio_low", "risk_ratio_high",
    "false_discovery_rate", "lead_days_median",
)  # fmt: skip


@click.command()
@click.option(
    "--replay", "replays", is_flag=True, help="Run them over history, and judge each kind."
)
@click.option("--propose", "proposes", is_flag=True, help="Find rare precursors of leaving.")
@click.option("--from", "first", metavar="DATE", help="First day of a replay, as in 2025-01-31.")
@click.option("--to", "last", metavar="DATE", help="Last day of a replay, itself included.")
@click.option("--kind", help="Only signals of this kind.")
@click.option(
    "--within", "within_days", type=click.IntRange(1, 730), default=60, show_default=True,
    help="Days in which leaving follows a signal or a precursor.",
)  # fmt: skip
@click.option(
    "--format", "fmt", type=click.Choice(FORMATS), default="table", show_default=True,
    help="How to print it.",
)  # fmt: skip
def signals(
    replays: bool, proposes: bool, first: str | None, last: str | None, kind: str | None,
    within_days: int, fmt: str,
) -> None:  # fmt: skip
    """List what needs somebody now, judge signals by history, or propose new ones."""
    home: Home = settings.TENURE_HOME
    now = system_clock()
    if replays and proposes:
        raise BadUsage("--replay and --propose are two questions; ask one at a time")
    if (first or last) and not replays:
        raise BadUsage("--from and --to are of --replay; add it, or leave them out", field="from")
    if kind:
        _check_kind(kind)
    if replays:
        _replay(home, now, (first, last), kind, within_days, fmt)
    elif proposes:
        _propose(home, now, within_days, fmt)
    else:
        _list(kind, home.company.time_zone, fmt)


def _list(kind: str | None, zone: str, fmt: str) -> None:
    open_ones = with_status("open").select_related("task__owner")
    if kind:
        open_ones = open_ones.filter(kind=kind)
    ranks = {urgency: place for place, urgency in enumerate(URGENCIES)}
    newest = open_ones.order_by("-happened_at", "key")
    found = sorted(newest, key=lambda one: ranks.get(one.urgency, len(ranks)))
    rows = [
        {
            **{name: getattr(one, name) for name in LISTED[:5]},
            "what": str(sentences.title(one)),
            "next": str(sentences.next_sentence(one)),
            "owner": one.task.owner.username if one.task and one.task.owner else None,
            "due_on": one.task.due_on if one.task else None,
            "key": one.key,
            "raised_at": one.raised_at,
            "evidence": one.evidence,
        }
        for one in found
    ]
    if fmt == "table":
        rows = [{**row, "happened_at": _local(row["happened_at"], zone)} for row in rows]
    columns = LISTED if fmt == "table" else (*LISTED, "key", "raised_at", "evidence")
    print_rows(rows, columns, fmt)
    if not rows:
        click.echo("Nothing is open.", err=True)


def _local(at: object, time_zone: str) -> str:
    assert isinstance(at, datetime)
    return f"{at.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M}"


def _check_kind(kind: str) -> None:
    """Refuse a kind that there is none of, by whatever rules hold."""
    kinds = [*KINDS, *(each.name for each in rules_in_force().declared)]
    if kind not in kinds:
        raise BadUsage(
            f"{kind!r} is no kind of signal; use one of {', '.join(kinds)}", field="kind"
        )


def _replay(
    home: Home, now: datetime, asked: tuple[str | None, str | None], kind: str | None,
    within_days: int, fmt: str,
) -> None:  # fmt: skip
    zone = home.company.time_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    with reading(home) as reader:
        found = spells(reader, until_on=today, time_zone=zone)
        if not found:
            click.echo("No account has paid yet, so there is nothing to judge by.", err=True)
            print_rows([], SHOWN, fmt)
            return
        starts_on = min(spell.starts_on for spell in found)
        first_on, last_on = _days(asked, starts_on, today)
        before_on = last_on + timedelta(days=1)
        period = Period(first_on, before_on, today, within_days, zone)
    rules = rules_in_force(zone)
    until = instant(rules.calendar.starts_at(before_on.toordinal()))
    alarms = [
        Alarm(one.kind, one.account_id, instant(one.at))
        for replayed in replay(home, until, rules=rules)
        for one in replayed.outcomes
        if isinstance(one, Raised) and (kind is None or one.kind == kind)
    ]
    reports = judge(alarms, found, period)
    causes = against_truth(home, alarms, period)
    _print_judged(reports, causes, fmt)
    if not reports:
        click.echo(f"No signal from {first_on} to {last_on}.", err=True)


def _print_judged(reports: Sequence[KindReport], causes: Sequence[CauseReport], fmt: str) -> None:
    rows = [asdict(report) for report in reports]
    if fmt == "table":
        print_rows(rows, SHOWN, fmt)
        if causes:
            click.echo("\nPayers that left, by true cause, and how many each kind had warned of:")
            print_rows(*_by_cause(causes), fmt)
        return
    columns = list(rows[0]) if rows else list(SHOWN)
    if fmt == "json" and causes:
        for row in rows:
            row["true_causes"] = [
                {name: value for name, value in asdict(cause).items() if name != "kind"}
                for cause in causes
                if cause.kind == row["kind"]
            ]
        columns.append("true_causes")
    print_rows(rows, columns, fmt)


def _by_cause(causes: Sequence[CauseReport]) -> tuple[list[dict[str, object]], list[str]]:
    """One row per true cause, one column per kind that had warned of anybody."""
    kinds = sorted({cause.kind for cause in causes if cause.warned})
    rows: dict[str, dict[str, object]] = {}
    for cause in causes:
        name = cause.true_cause if cause.is_voluntary else f"{cause.true_cause} (nobody's wish)"
        row = rows.setdefault(name, {"true_cause": name, "leavings": cause.leavings})
        row[cause.kind] = cause.warned
    return list(rows.values()), ["true_cause", "leavings", *kinds]


def _propose(home: Home, now: datetime, within_days: int, fmt: str) -> None:
    zone = home.company.time_zone
    today = now.astimezone(ZoneInfo(zone)).date()
    own = rules_in_force(zone)
    with reading(home) as reader:
        found = spells(reader, until_on=today, time_zone=zone)
        proposals = propose(
            reader, found, until_on=today, time_zone=zone, is_known=partial(_is_heard, own),
            within_days=within_days,
        )  # fmt: skip

    def row(one: Proposal) -> dict[str, object]:
        ratio = asdict(one.ratio) if one.ratio else {}
        return {
            **{field.name: getattr(one, field.name) for field in fields(one)},
            "risk_ratio": ratio.get("value"),
            "risk_ratio_low": ratio.get("low"),
            "risk_ratio_high": ratio.get("high"),
            "toml": one.toml(),
        }

    columns = PROPOSED if fmt == "table" else (*PROPOSED, "within_days", "toml")
    print_rows([row(one) for one in proposals], columns, fmt)
    _say_what_to_paste([one.toml() for one in proposals if one.toml()], fmt)


def _is_heard(own: Rules, what: str, name: str) -> bool:
    """Whether a kind of signal goes by this event or page already."""
    if what == "page":
        patterns = [*own.cancel_intent.pages, *(each.page for each in own.product.intents)]
        patterns += [each.page for each in own.declared]
        return any(pattern and page_fits(pattern, {"path": name}) for pattern in patterns)
    heard = {*own.note_events, *(each.event for each in (*own.product.intents, *own.declared))}
    for kind in KINDS:
        for field, value in asdict(getattr(own, kind)).items():
            if field.endswith("events"):
                heard.update(value)
            elif field.endswith("event"):
                heard.add(value)
    return name in heard


def _say_what_to_paste(lines: Iterable[str], fmt: str) -> None:
    pasted = list(lines)
    if pasted and fmt == "table":
        click.echo("\nTo take them up, put into product.toml and apply it:\n", err=True)
        click.echo("\n".join(pasted), err=True)
    elif not pasted:
        click.echo("Nothing stands out from chance yet.", err=True)


def _days(asked: tuple[str | None, str | None], first: date, today: date) -> tuple[date, date]:
    first_on = _date("from", asked[0]) if asked[0] else first
    last_on = _date("to", asked[1]) if asked[1] else today - timedelta(days=1)
    if first_on > last_on:
        raise BadUsage(f"--from {first_on} is after --to {last_on}; swap them", field="from")
    return first_on, last_on


def _date(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadUsage(
            f"--{option} {text!r} is no date; write it as 2025-01-31", field=option
        ) from None
