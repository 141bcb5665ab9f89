"""Items of checklists are ticked by what people did, wherever they did it.

    follow_checklists(home, now)      # after the refresh

What was done before the list was shown counts: nobody is asked to do again what they have done.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from tenure.base.home import Home
from tenure.customers.merging import canonical_id
from tenure.kit.sql_file import load
from tenure.lake.reading import reading
from tenure.lake.recording import record
from tenure.messages.in_app.deeds import item_done_row, tick
from tenure.messages.in_app.parts import CHECKLIST
from tenure.messages.in_app.waiting import OPEN
from tenure.messages.models import Channel, Message

Done = Mapping[tuple[str, str], set[str]]  # (account or person, id): names of events


def follow_checklists(home: Home, now: datetime) -> int:
    """How many checklists have an item more that is done."""
    waiting = [(row, left) for row in _open() if (left := _left(row))]
    if not waiting:
        return 0
    done = _done(home, waiting)
    count = 0
    for message, left in waiting:
        names = done.get(_whose(message), set())
        ticked = [name for name, event in left.items() if event in names]
        if ticked:
            rows = [item_done_row(message, name, now) for name in ticked]
            record(home, settings.DATABASE_URL, rows, now)
            count += tick(message.pk, ticked, now)
    return count


def _open() -> Iterable[Message]:
    rows = Message.objects.filter(channel=Channel.IN_APP, status__in=OPEN)
    return (row for row in rows.iterator() if (row.payload or {}).get("kind") == CHECKLIST)


def _left(message: Message) -> dict[str, str]:
    """Items that an event ticks and none has yet, with that event."""
    payload: dict[str, Any] = message.payload or {}
    said = next(iter(payload["said"].values()))
    return {
        item["name"]: item["event"]
        for item in said["items"]
        if item["event"] and item["name"] not in payload["ticked"]
    }


def _whose(message: Message) -> tuple[str, str]:
    """Whose doing counts: of a play over accounts the whole account's, else the person's."""
    if message.account_id and (message.payload or {}).get("over") == "account":
        return "account", canonical_id("account", message.account_id)
    return "person", canonical_id("person", message.person_id)


def _done(home: Home, waiting: Sequence[tuple[Message, dict[str, str]]]) -> Done:
    whose = {_whose(message) for message, _ in waiting}
    names = {event for _, left in waiting for event in left.values()}
    with reading(home) as reader:
        rows = reader.rows(
            load("tenure.messages", "items_done"),
            account_ids=sorted(id for kind, id in whose if kind == "account"),
            person_ids=sorted(id for kind, id in whose if kind == "person"),
            names=sorted(names),
        )
    done: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        done["account", row["account_id"] or ""].add(row["name"])
        done["person", row["person_id"] or ""].add(row["name"])
    return done
