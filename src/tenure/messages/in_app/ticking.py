"""Items of checklists are ticked by what people did, wherever they did it.

    follow_checklists(home, now)      # after the refresh

What was done before the list was shown counts: nobody is asked to do again what they have done.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from tenure.base.home import Home
from tenure.customers.keep_memberships import canonical_ids
from tenure.customers.members import canonical_people
from tenure.customers.models import Account
from tenure.kit.sql_file import load
from tenure.lake.reading import reading
from tenure.lake.recording import record
from tenure.messages.in_app.deeds import item_done_row, tick
from tenure.messages.in_app.parts import CHECKLIST
from tenure.messages.in_app.waiting import OPEN
from tenure.messages.models import Channel, Message

Subject = tuple[str, str]  # account or person, and its id
Done = Mapping[Subject, set[str]]  # names of events
_AT_ONCE = 500


def follow_checklists(home: Home, now: datetime) -> int:
    """How many checklists have an item more that is done."""
    waiting = [(row, left) for row in _open() if (left := _left(row))]
    if not waiting:
        return 0
    whole = _whole({_whose(message) for message, _ in waiting})
    done = _done(home, set(whole.values()), {name for _, left in waiting for name in left.values()})
    ticked = []
    for message, left in waiting:
        names = done.get(whole[_whose(message)], set())
        if new := [name for name, event in left.items() if event in names]:
            ticked.append((message, new))
    rows = [item_done_row(message, name, now) for message, new in ticked for name in new]
    record(home, settings.DATABASE_URL, rows, now)
    return sum(tick(message.pk, new, now) for message, new in ticked)


def _open() -> Iterable[Message]:
    rows = Message.objects.filter(channel=Channel.IN_APP, status__in=OPEN)
    return rows.filter(payload__kind=CHECKLIST).iterator()


def _left(message: Message) -> dict[str, str]:
    """Items that an event ticks and none has yet, with that event."""
    payload: dict[str, Any] = message.payload or {}
    said = next(iter(payload["said"].values()))
    return {
        item["name"]: item["event"]
        for item in said["items"]
        if item["event"] and item["name"] not in payload["ticked"]
    }


def _whose(message: Message) -> Subject:
    """Whose doing counts: of a play over accounts the whole account's, else the person's."""
    if message.account_id and (message.payload or {}).get("over") == "account":
        return "account", message.account_id
    return "person", message.person_id


def _whole(subjects: Collection[Subject]) -> dict[Subject, Subject]:
    """Who each of these is now."""
    accounts = [id for kind, id in subjects if kind == "account"]
    led: dict[Subject, Subject] = {each: each for each in subjects}
    people = canonical_people([id for kind, id in subjects if kind == "person"])
    led |= {("person", raw): ("person", id) for raw, id in people.items()}
    for first in range(0, len(accounts), _AT_ONCE):
        merged = canonical_ids(Account, accounts[first : first + _AT_ONCE])
        led |= {("account", raw): ("account", id) for raw, id in merged.items()}
    return led


def _done(home: Home, whose: Collection[Subject], names: Collection[str]) -> Done:
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
