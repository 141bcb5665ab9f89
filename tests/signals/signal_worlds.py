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
from functools import partial
from textwrap import dedent

from tenure.base.ids import digest
from tenure.definitions.store import put_in_force
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.rows import decode_rows, pack_events, pack_facts
from tenure.lake.shipping import ship
from tenure.signals.days import instant, micros
from tenure.signals.fold import fold
from tenure.signals.fresh_rows import fresh_events, fresh_facts
from tenure.signals.happenings import Happening
from tenure.signals.measured import Measured
from tenure.signals.models import Signal
from tenure.signals.outcomes import Raised, Resolved
from tenure.signals.rules import Rules
from tenure.signals.saying import readable, row_of
from tenure.signals.state import AccountState
from tenure.signals.watch import Watcher
from tenure.signals.watched import watched_by

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


def folded(text: str, until: str, rules: Rules) -> list[Signal]:
    """The signals of a world by the pure functions alone, as rows that are not saved."""
    events, facts = rows_of(text)
    now = at(until)
    bodies = [pack_events(events)] * bool(events) + [pack_facts(facts)] * bool(facts)
    decoded = decode_rows([Arrival("rows", "app", now, body, {}) for body in bodies])
    told: list = []
    if decoded.events is not None:
        told += fresh_events(decoded.events, watched_by(rules), rules.calendar, None).told
    if decoded.billing_facts is not None:
        told += fresh_facts(decoded.billing_facts, rules.calendar, None).told
    lives: dict[str, list] = {}
    for each in told:
        each.happening.person_id = each.user_id or ""
        lives.setdefault(each.account_key, []).append(each.happening)
    found: dict[str, Signal] = {}
    measured = Measured(partial(heard_in, events, rules), now.toordinal(), rules.calendar)
    for account_id, life in sorted(lives.items()):
        life.sort(key=Happening.order)
        for outcome in fold(AccountState(account_id), life, rules, measured, micros(now)):
            if isinstance(outcome, Raised):
                found[outcome.key] = row_of(outcome, now)
            elif isinstance(outcome, Resolved):
                found[outcome.key].resolved_at = instant(outcome.at)
                found[outcome.key].resolved_because = outcome.because
            else:
                found[outcome.key].evidence += readable(outcome.evidence)
                vars(found[outcome.key]).update(outcome.changes)
    return sorted(found.values(), key=lambda each: (each.happened_at, each.kind))


def heard_in(events: Sequence[dict], rules: Rules) -> dict[str, dict[int, int]]:
    """How many accounts were heard on each day (in UTC) of a world, by way."""
    heard: dict[str, dict[int, set]] = {"use": {}, "talk": {}, "widget": {}}
    for row in events:
        is_there = json.loads(row.get("context", "{}")).get("active", True)
        ways = {
            "use": row["type"] in ("track", "page", "screen") and is_there,
            "talk": row["type"] == "ticket" or row["name"] in rules.conversation_silence.events,
            "widget": row["name"] == rules.cancel_intent.heartbeat_event,
        }
        if row["name"] in watched_by(rules).not_use:
            ways["use"] = False
        for way in filter(ways.get, ways):
            accounts = heard[way].setdefault(row["known_at"].toordinal(), set())
            accounts.add(row["account_key"] or row["user_id"])
    return {way: {day: len(each) for day, each in days.items()} for way, days in heard.items()}


def put(kind: str, text: str) -> None:
    """A definition in force."""
    put_in_force(kind, "", dedent(text), now=at("2026-01-01"), by="test")


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
