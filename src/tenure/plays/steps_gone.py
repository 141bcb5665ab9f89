"""What becomes of messages whose step an edit took out of their play?

They are withheld with that reason: who edits a step away says that it is not to be said any more.
What is shown in the product goes from there. A step that was renamed by `moved` is still there.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet

from tenure.messages.ledger import withheld
from tenure.messages.models import Message, MessageDecision, Status
from tenure.plays.parts import Act, Call, Play, Step
from tenure.plays.parts import Message as Said
from tenure.plays.turns import STEP_GONE

WHY = "its step was taken out of the play"
LATELY = timedelta(days=30)
_NOT_BEGUN = (Status.HELD, Status.READY, Status.CLAIMED, Status.SHOWN)
_AT_ONCE = 500


def step_of(play: Play, step: str, channel: str) -> Step | None:
    """The step that a message is of, by its name or by the one that an edit gave it; None where it
    says nothing over that channel any more."""
    found = play.step(play.moved.get(step, step))
    return found if found is not None and _channel(found.act) == channel else None


def waiting_for_gone(play: Play) -> QuerySet[Message]:
    """What waits, and would have no step under this version of the play."""
    there: dict[str, set[str]] = {}
    names = {each.name for each in play.steps} | set(play.moved)
    for name in names:
        found = play.step(play.moved.get(name, name))
        if found is not None and (channel := _channel(found.act)):
            there.setdefault(channel, set()).add(name)
    waiting = Message.objects.filter(play=play.name, status__in=_NOT_BEGUN).exclude(enrolment="")
    for channel, steps in there.items():
        waiting = waiting.exclude(channel=channel, step__in=steps)
    return waiting


def withhold_gone(play: Play, now: datetime) -> int:
    """How many messages are withheld because this version of the play has not their step."""
    ids = waiting_for_gone(play).order_by("pk").values_list("pk", flat=True).iterator()
    count = 0
    for some in _parts(ids):
        count += _withhold(some, now)
    return count


def withheld_lately(play: str, now: datetime) -> int:
    """How many were withheld for that in the last 30 days."""
    gone = Message.objects.filter(play=play, status=Status.SUPPRESSED, because__code=STEP_GONE)
    return gone.filter(ended_at__gt=now - LATELY).count()


@transaction.atomic
def _withhold(ids: list[int], now: datetime) -> int:
    """How many of these are withheld; what a sender has begun with meanwhile goes its way."""
    waiting = Message.objects.filter(pk__in=ids, status__in=_NOT_BEGUN)
    for step in sorted(set(waiting.values_list("step", flat=True))):
        because = {"code": STEP_GONE, "step": step}
        waiting.filter(step=step).update(because=because, **withheld(WHY, now))
    gone = Message.objects.filter(
        pk__in=ids, status=Status.SUPPRESSED, because__code=STEP_GONE, ended_at=now
    )
    said = MessageDecision.objects.bulk_create(
        MessageDecision(message_id=pk, at=now, status=Status.SUPPRESSED, because=because)
        for pk, because in gone.values_list("pk", "because")
    )
    return len(said)


def _channel(act: Act) -> str:
    """Over which channel a step says something; empty of one that does not."""
    if isinstance(act, Said):
        return act.channel
    if isinstance(act, Call):
        return "slack" if act.text else "webhook"
    return ""


def _parts(ids: Iterator[int]) -> Iterator[list[int]]:
    while some := list(islice(ids, _AT_ONCE)):
        yield some
