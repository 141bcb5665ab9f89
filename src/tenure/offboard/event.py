"""What Tenure records of leaving: events of type `offboard`, made by whoever answers, and read by
whoever folds them.

A visit in test mode is recorded under names of its own, `Visit Opened (test)`: so nothing that
counts events, raises signals or selects accounts ever meets one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tenure.base.ids import digest

TYPE = "offboard"
OPENED, SHOWN, ANSWERED = "Visit Opened", "Screen Shown", "Visit Answered"
CHOSEN, ACCEPTED, CONFIRMED = "Offers Chosen", "Offer Accepted", "Leaving Confirmed"
ABANDONED, RETURNED, BILLING = "Visit Abandoned", "Account Returned", "Billing Changed"
EXPORTED = "Account Exported"
NAMES = (
    OPENED, SHOWN, ANSWERED, CHOSEN, ACCEPTED, CONFIRMED,
    ABANDONED, RETURNED, BILLING, EXPORTED,
)  # fmt: skip
TEST = " (test)"
ANONYMOUS = "anon:"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True, slots=True)
class Whose:
    """Which visit it is, and of whom; the same on each of its events."""

    visit_id: str
    account_id: str
    subscription_id: str = ""
    person_id: str = ""
    mode: str = "live"


@dataclass(frozen=True, slots=True)
class VisitEvent:
    """One event as the lake has it. `said` are its properties, without whose it is."""

    message_id: str
    name: str
    at: datetime
    whose: Whose
    said: dict[str, Any]
    seq: int = 0


def event_row(
    whose: Whose, name: str, at: datetime, said: Mapping[str, object], *told: str
) -> dict[str, object]:
    """The row for the inbox. `told` is what its id is made of, beside visit and name.

    The same again is the same event, and reaches the lake once.
    """
    is_anonymous = whose.person_id.startswith(ANONYMOUS)
    properties = {
        "visit": whose.visit_id,
        "mode": whose.mode,
        "subscription": whose.subscription_id,
        **said,
    }
    return {
        "message_id": digest(TYPE, whose.visit_id, name, *told),
        "type": TYPE,
        "name": name + TEST if whose.mode == "test" else name,
        "occurred_at": at,
        "account_key": whose.account_id or None,
        "user_id": None if is_anonymous else whose.person_id or None,
        "anonymous_id": whose.person_id.removeprefix(ANONYMOUS) if is_anonymous else None,
        "properties": _encode(properties).decode(),
    }


def events_of(table: pa.Table | None) -> list[VisitEvent]:
    """The events of visits among rows of the lake, in the order in which they happened.

    One that `billing` recorded names no visit; its `key` is that of an outcome's change.
    """
    if table is None or not len(table):
        return []
    rows = table.filter(pc.and_(pc.equal(table["type"], TYPE), pc.equal(table["source"], "tenure")))
    columns = ["message_id", "name", "occurred_at", "user_id", "anonymous_id", "account_key"]
    found = []
    for row in rows.select([*columns, "properties"]).to_pylist():
        said = _decode(row["properties"])
        visit = said.pop("visit", "")
        person = row["user_id"] or (ANONYMOUS + row["anonymous_id"] if row["anonymous_id"] else "")
        whose = Whose(
            visit,
            row["account_key"] or "",
            said.pop("subscription", ""),
            person,
            said.pop("mode", "live"),
        )
        name = (row["name"] or "").removesuffix(TEST)
        seq = int(said.get("seq", 0))
        at = row["occurred_at"]
        found.append(VisitEvent(row["message_id"], name, at, whose, said, seq))
    return sorted(found, key=_order)


def _order(event: VisitEvent) -> tuple[datetime, int, int, str]:
    rank = NAMES.index(event.name) if event.name in NAMES else len(NAMES)
    return event.at, event.seq, rank, event.message_id
