"""Worlds for signals: one line each for what was done or billed, shipped in batches and watched.

2026-03-02 09:15  ada@acme  Project Created  {"projects": 3}
2026-03-02 09:15  ada@acme  page  {"path": "/billing/cancel"}
2026-03-02 09:15  @acme     ticket: Ticket Opened  {"text": "..."}
2026-03-02 09:15  @acme     fact: start  {"plan": "Team", "mrr_minor": 5000}
mon-fri 2026-01-05..2026-03-02 10:00  ada@acme  Report Exported
every 7 2026-01-05..2026-03-02 10:00  ada@acme  Report Exported
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from tenure.base.ids import digest
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.rows import pack_events, pack_facts
from tenure.lake.shipping import ship
from tenure.signals.models import Signal
from tenure.signals.watch import Watcher

_LINE = re.compile(
    r"(?:(?P<rhythm>mon-fri|every \d+) (?P<first>\S+)\.\.(?P<last>\S+)|(?P<day>\S+))"
    r" (?P<time>\d\d:\d\d)(?: known (?P<known>\S+ \S+))?\s{2,}"
    r"(?P<user>[\w.-]*)(?:@(?P<account>\S+))?\s{2,}(?P<what>[^{]+?)(?:\s{2,}(?P<json>\{.*\}))?\s*$"
)
NOBODY = "-"


def at(text: str) -> datetime:
    """`2026-03-02` or `2026-03-02 09:15`, in UTC."""
    return datetime.fromisoformat(text if " " in text else f"{text} 00:00").replace(tzinfo=UTC)


def rows_of(text: str) -> tuple[list[dict], list[dict]]:
    """Rows of EVENT and of BILLING_FACT; a message id is of its line and day."""
    events: list[dict] = []
    facts: list[dict] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _LINE.match(line)
        assert match, f"cannot read {line!r}"
        for day in _days(match):
            when = at(f"{day} {match['time']}")
            known = at(match["known"]) if match["known"] else when
            said = json.loads(match["json"] or "{}")
            row = {
                "message_id": digest(line, day),
                "source": "app",
                "known_at": known,
                "received_at": known,
                "account_key": match["account"],
            }
            if match["what"].startswith("fact: "):
                facts.append(_fact(row, match["what"].removeprefix("fact: "), when, said))
            else:
                events.append(_event(row, match, when, said))
    return events, facts


def _days(match: re.Match) -> list[str]:
    if match["day"]:
        return [match["day"]]
    first, last = date.fromisoformat(match["first"]), date.fromisoformat(match["last"])
    step = 1 if match["rhythm"] == "mon-fri" else int(match["rhythm"].split()[1])
    days = [first + timedelta(days=n) for n in range(0, (last - first).days + 1, step)]
    return [each.isoformat() for each in days if match["rhythm"] != "mon-fri" or each.weekday() < 5]


def _event(row: dict, match: re.Match, when: datetime, said: dict) -> dict:
    type, _, name = match["what"].rpartition(": ")
    if name in ("page", "identify", "group") and not type:
        type, name = name, None
    row |= {"type": type or "track", "name": name, "occurred_at": when}
    row["user_id"] = match["user"] or None
    if row["user_id"] == NOBODY:
        row["user_id"] = None
    context = said.pop("context", None)
    if context is not None:
        row["context"] = json.dumps(context)
    row["properties"] = json.dumps(said)
    return row


def _fact(row: dict, kind: str, when: datetime, said: dict) -> dict:
    row |= {"kind": kind, "effective_at": when, "is_void": bool(said.pop("is_void", False))}
    row["subscription_id"] = said.pop("subscription", "sub_1")
    version = said.pop("version", "v1" if kind == "start" else None)
    row["version_key"] = version
    row["fact_key"] = said.pop("fact_key", f"{row['subscription_id']}/{version}/{kind}/{when}")
    row["attributes"] = json.dumps(said.pop("attributes", {}))
    if "ends_at" in said:
        row["ends_at"] = at(said.pop("ends_at"))
    if kind == "start":
        row |= {"status": "active", "mrr_minor": 5000, "currency": "EUR"}
    return row | said


def ship_rows(
    home, events: Sequence[dict], facts: Sequence[dict], now: datetime, on_batch=None
) -> None:
    """Bring these rows into the lake in one batch, as if received at their `received_at`."""
    inbox = open_inbox(home)
    try:
        for packed in filter(None, (events and pack_events(events), facts and pack_facts(facts))):
            inbox.append([Arrival("rows", "app", now, packed, {})])
        shipped = ship(home, inbox, {}, _refuse, now, on_batch=on_batch)
        assert shipped.is_caught_up
    finally:
        inbox.close()


def live(home, text: str, until: str, *, watcher: Watcher | None = None) -> list[Signal]:
    """The signals of a world that came live: a batch and a watch for each day of it."""
    events, facts = rows_of(text)
    watcher = watcher or Watcher(home)
    days = sorted({_known_day(row) for row in [*events, *facts]})
    for day in days:
        now = at(day) + timedelta(days=1) - timedelta(microseconds=1)
        ship_rows(home, _of(events, day), _of(facts, day), now, watcher.take)
        watcher.watch(now)
    watcher.watch(at(until))
    return signals()


def signals() -> list[Signal]:
    return list(Signal.objects.order_by("happened_at", "kind", "id"))


def told(found: Iterable[Signal]) -> list[str]:
    """`2026-03-05 cancel_intent acme`, and ` over 2026-03-09` when it has ended."""
    return [
        f"{each.happened_at:%Y-%m-%d} {each.kind} {each.account_id}"
        + (f" over {each.resolved_at:%Y-%m-%d}" if each.resolved_at else "")
        for each in found
    ]


def _known_day(row: dict) -> str:
    return row["known_at"].date().isoformat()


def _of(rows: Sequence[dict], day: str) -> list[dict]:
    return [row for row in rows if _known_day(row) == day]


def _refuse(batch: int, rejected: list) -> None:
    assert not rejected, rejected
