"""What happened at an account, in the words and marks of its page; the newest first."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.base.home import Home
from tenure.card.timeline import Entry, Reads, timeline
from tenure.console import format as written

# Kind of entry -> icon, and the colour of its meaning where it has one.
MARKS = {
    "event": ("mouse-pointer-click", ""),
    "page": ("file-text", ""),
    "ticket": ("life-buoy", ""),
    "reason": ("message-square", "churn"),
    "incident": ("triangle-alert", ""),
    "mention": ("message-square", ""),
    "metric": ("activity", ""),
    "system": ("info", ""),
    "start": ("credit-card", ""),
    "end": ("circle-x", "churn"),
    "notice": ("log-out", "contraction"),
    "pause": ("pause", "contraction"),
    "resume": ("play", ""),
    "invoice_line": ("credit-card", ""),
    "payment_failed": ("triangle-alert", "churn"),
    "payment_succeeded": ("credit-card", ""),
}
MOVEMENTS = {
    "new": ("arrow-up", "new"),
    "expansion": ("arrow-up", "expansion"),
    "reactivation": ("arrow-up", "reactivation"),
    "contraction": ("arrow-down", "contraction"),
    "churn": ("arrow-down", "churn"),
}


FINAL_STATE = "Final State Recorded"  # what an import says of a row's last column values


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is shown. `raw` is what was said, as JSON; `tone` names a colour."""

    at: datetime
    title: str
    note: str
    icon: str
    tone: str
    raw: str
    said_by: str
    is_final_state: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lines by day, and the cursor of the next page, empty after the last."""

    days: list[tuple[str, list[Line]]] = field(default_factory=list)
    next: str = ""


def timeline_page(
    reader: Reads, account_id: str, before: str, now: datetime, people: dict[str, str]
) -> Timeline:
    """A page of the timeline. `people` names who is known, by person id."""
    home: Home = settings.TENURE_HOME
    found = timeline(reader, account_id, now=now, before=before)
    zone = ZoneInfo(home.company.time_zone)
    return Timeline(_by_day((_line(one, people) for one in found.entries), zone), found.next)


def _by_day(lines: Iterable[Line], zone: ZoneInfo) -> list[tuple[str, list[Line]]]:
    return [
        (written.day(on), _without_repeats(group))
        for on, group in groupby(lines, key=lambda line: line.at.astimezone(zone).date())
    ]


def _without_repeats(lines: Iterable[Line]) -> list[Line]:
    """Lines of one day; what an import said several times over is one line, with all it said."""
    kept: list[Line] = []
    for line in lines:
        last = kept[-1] if kept else None
        if last and line.is_final_state and last.is_final_state:
            raw = "\n".join(filter(None, [last.raw, line.raw]))
            said_by = "\n".join(filter(None, [last.said_by, line.said_by]))
            kept[-1] = replace(last, raw=raw, said_by=said_by)
        else:
            kept.append(line)
    return kept


def _line(entry: Entry, people: dict[str, str]) -> Line:
    icon, tone = MARKS.get(entry.kind, ("circle-dot", ""))
    if entry.kind == "movement":
        icon, tone = MOVEMENTS.get(entry.name, (icon, tone))
    is_final_state = entry.kind == "system" and entry.name == FINAL_STATE
    return Line(
        at=entry.happened_at,
        title=_("Import told how things stood last") if is_final_state else entry.title,
        is_final_state=is_final_state,
        note=" · ".join(_notes(entry, people)),
        icon=icon,
        tone=tone,
        raw=json.dumps(entry.details, ensure_ascii=False, indent=2) if entry.details else "",
        said_by=entry.source_ref or " ".join(filter(None, [entry.source, entry.reference])),
    )


def _notes(entry: Entry, people: dict[str, str]) -> list[str]:
    """What stands behind the title: how much, how often, by whom, until when."""
    currency = entry.currency or settings.TENURE_HOME.company.currency
    notes = []
    if entry.delta_minor is not None:
        notes.append(written.money(entry.delta_minor, currency, sign=True))
        notes.append(_("MRR now %(mrr)s") % {"mrr": written.money(entry.mrr_minor, currency)})
    elif entry.amount_minor is not None:
        notes.append(written.money(entry.amount_minor, currency, whole=False))
    if entry.events > 1:
        count = ngettext("%(n)s time", "%(n)s times", entry.events)
        notes.append(count % {"n": written.number(entry.events)})
    if entry.people > 1:
        count = ngettext("%(n)s person", "%(n)s people", entry.people)
        notes.append(count % {"n": written.number(entry.people)})
    elif entry.person_id:
        notes.append(people.get(entry.person_id, _("unknown visitor")))
    if entry.ends_at is not None:
        zone = settings.TENURE_HOME.company.time_zone
        notes.append(_("until %(day)s") % {"day": written.day(entry.ends_at, zone)})
    return notes
