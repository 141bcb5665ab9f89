"""What one effect of an enrolment is in the ledger: held until the planner says what becomes of it.

Both arms are held alike; of who is left alone a row has no address and no words.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tenure.messages.ledger import new_message
from tenure.messages.models import Message, Purpose, Status
from tenure.plays.doing import Doing
from tenure.plays.models import Enrolment
from tenure.plays.parts import TRANSACTIONAL
from tenure.plays.turns import enrolment_key
from tenure.proof.assignment import HOLD_OUT, TREATED


def held_row(each: Doing, *, key: str, channel: str, now: datetime, **fields: Any) -> Message:
    """A row that waits for the planner; `fields` are its words. Raises InvalidInput for an address
    that is none."""
    named = columns_of(each, key=key, channel=channel) | {"status": Status.HELD} | fields
    if each.is_left_alone:
        return Message(**named, intended_at=now, next_at=now, written_at=now)
    return new_message(now=now, **named, written_at=now)


def ended_row(  # noqa: PLR0913
    each: Doing, *, key: str, channel: str, now: datetime, status: str,
    because: Mapping[str, Any], why: str, **fields: Any,
) -> Message:  # fmt: skip
    """A row of what was meant and will never be sent, with the reason."""
    ended = {"intended_at": now, "next_at": now, "ended_at": now}
    named = columns_of(each, key=key, channel=channel) | {"status": status}
    return Message(**named | ended | {"because": dict(because), "why": why} | fields)


def columns_of(each: Doing, *, key: str, channel: str) -> dict[str, Any]:
    """What every row of an effect has."""
    row = each.row
    return {
        "key": key,
        "purpose": Purpose.PLAY,
        "channel": channel,
        "valid_until": each.effect.valid_until,
        "play": row.play,
        "step": each.effect.step,
        "enrolment": enrolment_of(row),
        "account_id": each.account_id,
        "person_id": each.person_id,
        "topic": topic_of(each),
        "asks": each.asks,
        "priority": each.play.priority,
        "arm": HOLD_OUT if each.is_left_alone else TREATED,
    }


def topic_of(each: Doing) -> str:
    """What somebody may switch off; empty of what they are owed."""
    return "" if each.play.purpose == TRANSACTIONAL else each.play.topic


def enrolment_of(row: Enrolment) -> str:
    """What the keys of all messages of one enrolment begin with, and name it by."""
    return enrolment_key(row.play, row.raw_subject_id, row.entry_key)
