"""People for whom messages wait, drawn as text:

ann  mail   priority 70  lost 48h
ann  modal  topic tips   arm hold_out
"""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from message_worlds import NOON

from tenure.customers.models import Person
from tenure.messages.ledger import intend_all
from tenure.messages.models import Message, Status
from tenure.messages.origin import AsWritten, Volume
from tenure.messages.planning import Released, release_due

KINDS = ("modal", "banner", "survey")


def people(text: str) -> None:
    """`ann  time_zone=Europe/Berlin`, one a line."""
    for line in filter(None, map(str.strip, text.splitlines())):
        name, *traits = line.split()
        Person.objects.create(
            person_id=name,
            email=f"{name}@example.org",
            traits=dict(each.split("=") for each in traits),
            created_at=NOON,
            first_seen_at=NOON,
            last_seen_at=NOON,
        )


def held(text: str, now: datetime = NOON) -> list[Message]:
    """The messages of the lines, in the ledger."""
    made = []
    for line in filter(None, map(str.strip, text.splitlines())):
        who, what, *rest = line.split()
        said = dict(zip(rest[::2], rest[1::2], strict=True))
        made.append(row(who, what, said, now))
    intend_all([(message, []) for message in made])
    return made


def row(who: str, what: str, said: dict[str, str], now: datetime) -> Message:
    is_in_app = what in KINDS
    lost = said.get("lost")
    number = Message.objects.count() + row.made
    row.made += 1
    return Message(
        key=said.get("key", f"{who}/{what}/{number}"),
        purpose="play",
        channel="in_app" if is_in_app else what,
        recipient="" if is_in_app or who == "-" else f"{who}@example.org",
        payload={"kind": what} if is_in_app else None,
        status=Status.HELD,
        play=said.get("play", "tips"),
        step=said.get("step", "first"),
        person_id="" if who == "-" else who,
        topic="" if said.get("topic") == "owed" else said.get("topic", "tips"),
        priority=int(said.get("priority", 50)),
        arm=said.get("arm", "treated"),
        valid_until=now + timedelta(hours=int(lost.removesuffix("h"))) if lost else None,
        intended_at=now,
        next_at=now,
        written_at=now,
    )


row.made = 0


class Plays(AsWritten):
    """An origin of which a test says what is off, and how much was foretold."""

    def __init__(self, off: set[str] = frozenset(), **volumes: Volume) -> None:
        self.off, self.volumes, self.asked = off, volumes, []
        self.news: dict[str, Any] = {}

    def is_off(self, play: str) -> bool:
        return play in self.off

    def volume(self, play: str, step: str) -> Volume | None:
        return self.volumes.get(step)

    def anew(self, stale, now):
        self.asked += [each.key for each in stale]
        return {each.pk: self.news[each.key] for each in stale if each.key in self.news}


def release(home: Any, now: datetime = NOON, origin: Any = None, **more: Any) -> Released:
    return release_due(home, now, origin or Plays(), **more)


def home_with(tmp_path, reach: str = "", zone: str = "UTC") -> SimpleNamespace:
    """As much of a home as the planner reads."""
    file = tmp_path / "tenure.toml"
    file.write_text(f"[reach]\n{reach}")
    return SimpleNamespace(settings_file=file, company=SimpleNamespace(time_zone=zone))


def stand(*columns: str) -> dict[str, Any]:
    """Each message by its key: its status, or these columns."""
    rows = Message.objects.order_by("pk")
    if not columns:
        return dict(rows.values_list("key", "status"))
    return {each[0]: each[1:] for each in rows.values_list("key", *columns)}


def why(key: str) -> str:
    return Message.objects.get(key=key).because.get("code", "")
