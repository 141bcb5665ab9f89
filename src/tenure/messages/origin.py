"""What the planner asks of whatever messages come from, because only that knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec
from django.db import transaction

from tenure.base.ids import digest
from tenure.messages.ledger import withheld
from tenure.messages.models import Message, MessageData, MessageDecision, Status
from tenure.messages.quoted import note_quotes_anew

FRESH = timedelta(minutes=10)  # words and reasons that are older are asked for anew before they go


@dataclass(frozen=True, slots=True)
class Anew:
    """A held message as it would be written now; `because` with a code: it is not wanted any more.

    `fields` are columns of Message; `values` the data that its words were written with.
    """

    fields: Mapping[str, Any]
    values: Mapping[str, Any] | None = None
    because: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Volume:
    """The most that a step did in an hour and in a day of its replay, in messages."""

    in_an_hour: int
    in_a_day: int


class Origin(Protocol):
    """Where held messages come from."""

    def look_anew(self) -> None:
        """Forget what was read before: another turn of the planner begins."""
        ...

    def is_off(self, play: str) -> bool:
        """Whether nothing of it may go out now."""
        ...

    def volume(self, play: str, step: str) -> Volume | None:
        """What its replay foretold; None where there is none."""
        ...

    def anew(self, stale: Sequence[Message], now: datetime) -> Mapping[int, Anew]:
        """Those of these that are another thing by now, by their key; the others stay."""
        ...


class AsWritten:
    """An origin that nothing can be asked of: messages go as they were written."""

    def look_anew(self) -> None:
        """Nothing is read."""

    def is_off(self, play: str) -> bool:
        return False

    def volume(self, play: str, step: str) -> Volume | None:
        return None

    def anew(self, stale: Sequence[Message], now: datetime) -> Mapping[int, Anew]:
        return {}


def write_anew(stale: Sequence[Message], origin: Origin, now: datetime) -> None:
    """Ask what became of messages that have waited, and write that down."""
    found = origin.anew(stale, now)
    with transaction.atomic():
        held = Message.objects.filter(status=Status.HELD)
        held.filter(pk__in=[each.pk for each in stale]).update(written_at=now)
        for pk, each in found.items():
            ours = held.filter(pk=pk)
            if each.because is not None:
                because = dict(each.because)
                why = str(because.pop("why", "") or because.get("code", ""))
                if ours.update(because=because, **withheld(why, now)):
                    MessageDecision.objects.create(
                        message_id=pk, at=now, status=Status.SUPPRESSED, because=because
                    )
                continue
            changes = dict(each.fields)
            if each.values is not None:
                changes["data_digest"] = data_digest(each.values)
            is_changed = bool(changes) and bool(ours.update(**changes))
            if is_changed and "html" in changes:
                note_quotes_anew(pk, str(changes["html"]), changes.get("payload"))
            if is_changed and each.values is not None:
                MessageData.objects.update_or_create(
                    message_id=pk, defaults={"values": dict(each.values)}
                )


def data_digest(values: Mapping[str, Any]) -> str:
    """What names these values for ever, and tells nothing of them."""
    return digest("data", msgspec.json.encode(values, order="sorted").decode())
