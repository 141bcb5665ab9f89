"""What is due is sent: each message once, or not at all and it says why."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from tenure.messages import ledger
from tenure.messages.answers import AGAIN, FAILED, SENT, Answer, Transport
from tenure.messages.attention import unwanted_of
from tenure.messages.models import Message, Status
from tenure.messages.planning import wake

AT_ONCE = 20
SECONDS_MAX = 20.0

Transports = Mapping[str, Transport]
Stops = Callable[[], bool]


@dataclass(slots=True)
class Sent:
    """What one round did, by the status that each message ended in. `ready`: tried, and again.

    `down` are the channels that could not be reached.
    """

    counts: dict[str, int] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)

    def note(self, status: str) -> None:
        self.counts[status] = self.counts.get(status, 0) + 1

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def send_due(
    now: datetime,
    transports: Transports,
    *,
    limit: int = 1000,
    max_seconds: float = SECONDS_MAX,
    stops: Stops = lambda: False,
) -> Sent:
    """Send what is ready, over the channels that there are, for so many messages and seconds.

    May be called by any number of threads and processes at once. Messages of a channel without a
    transport wait as they are. When `stops` says so, the message under way is the last one.
    """
    sent = Sent()
    ledger.take_back_abandoned(now)
    ledger.withhold_late(now)
    started, open_channels = time.monotonic(), list(transports)
    ends = started + max_seconds
    is_over = lambda: stops() or time.monotonic() > ends  # noqa: E731
    while open_channels and sent.total < limit and not is_over():
        room = min(AT_ONCE, limit - sent.total)
        claimed = ledger.claim(open_channels, room, _at(now, started))
        if not claimed:
            break
        _send_batch(claimed, transports, (now, started), is_over, sent)
        open_channels = [channel for channel in open_channels if channel not in sent.down]
    return sent


def _send_batch(
    claimed: list[Message],
    transports: Transports,
    since: tuple[datetime, float],
    is_over: Stops,
    sent: Sent,
) -> None:
    """Each answer is written down together with the next begin, in one commit."""
    last: tuple[Message, Answer] | None = None
    unwanted = unwanted_of(claimed)
    for place, message in enumerate(claimed):
        if message.pk in unwanted:
            ledger.suppress(message, unwanted[message.pk], _at(*since))
            continue
        if message.channel in sent.down:
            ledger.release([message])
            continue
        if place and is_over():
            ledger.release(claimed[place:])
            break
        # On disk before the transport opens or uses its socket.
        with transaction.atomic(durable=True):
            if last is not None:
                sent.note(settle(*last, _at(*since)))
                last = None
            if not ledger.begin(message, _at(*since)):
                continue
        answer = transports[message.channel].send(message)
        last = (message, answer)
        if answer.is_down:
            sent.down.add(message.channel)
    if last is not None:
        with transaction.atomic(durable=True):
            sent.note(settle(*last, _at(*since)))


def send_one(message: Message, transport: Transport, now: datetime) -> Message:
    """Send this message now and before all others; it as it stands then.

    What is not ready, because it was withheld or somebody else has it, stays as it is.
    """
    [taken] = ledger.claim_one(message, now) or [None]
    if taken is not None:
        with transaction.atomic(durable=True):
            is_begun = ledger.begin(taken, now)
        if is_begun:
            try:
                answer = transport.send(taken)
            finally:
                transport.close()
            with transaction.atomic(durable=True):
                settle(taken, answer, now)
    message.refresh_from_db()
    return message


def settle(message: Message, answer: Answer, now: datetime) -> str:
    """Write down what came of an attempt; the status that the message has now."""
    if answer.refuses_recipient:
        ledger.suppress_address(message.recipient, answer.why, now)
    if answer.what == AGAIN:
        return ledger.again(message, answer.why, now, timedelta(seconds=answer.after_s))
    status = {SENT: Status.SENT, FAILED: Status.FAILED}.get(answer.what, Status.UNKNOWN)
    ledger.end(message, status, answer.why, now, provider_id=answer.provider_id)
    if status == Status.FAILED and message.person_id:
        wake(now, person_id=message.person_id)  # it took no room: what waits may have it
    return status


def _at(now: datetime, started: float) -> datetime:
    """`now`, moved on by what has passed since."""
    return now + timedelta(seconds=time.monotonic() - started)
