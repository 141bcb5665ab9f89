"""What only the operator can decide: whether an unsure message arrived, and who is reachable."""

from datetime import datetime

from tenure.base.errors import Conflict, NotFound
from tenure.messages.models import SECRET_PURPOSES, Channel, Message, Status, address_digest
from tenure.messages.suppression import lift_suppression, refused_addresses


def unsure_messages() -> list[Message]:
    """Messages that may have arrived or not, the oldest first."""
    return list(Message.objects.filter(status=Status.UNKNOWN).order_by("sending_at", "id"))


def resolve_as_sent(key: str, *, now: datetime, by: str) -> Message:
    """The message, held to have arrived. Raises NotFound, and Conflict unless it is unsure."""
    return _resolve(key, [Status.UNKNOWN], {"status": Status.SENT, "ended_at": now}, "arrived", by)


def send_again(key: str, *, now: datetime, by: str) -> Message:
    """The message, ready once more, unsure or refused as it was. Whoever says so takes the risk.

    Raises NotFound, and Conflict for any other status, where the text is gone or too late, and for
    an address to which nothing is sent.
    """
    message = _message(key)
    if message.purpose in SECRET_PURPOSES:
        raise Conflict(f"{key}: its link is not kept; let them ask for a new one")
    if message.valid_until is not None and message.valid_until <= now:
        raise Conflict(f"{key}: it was of use until {message.valid_until:%Y-%m-%d %H:%M} UTC only")
    if message.channel == Channel.MAIL:
        if not message.recipient:
            raise Conflict(f"{key}: it was to somebody who is forgotten")
        for because in refused_addresses([message.recipient]).values():
            raise Conflict(f"{key}: the address is suppressed: {because}; lift that first")
    changes = {
        "status": Status.READY,
        "attempts": 0,
        "next_at": now,
        "claim": "",
        "claimed_until": None,
        "ended_at": None,
    }
    return _resolve(key, [Status.UNKNOWN, Status.FAILED], changes, "to be sent again", by)


def allow_address(address: str, *, now: datetime, by: str) -> None:
    """Send to an address again; who said so is kept. Raises NotFound when it is not suppressed."""
    try:
        lift_suppression(address_digest(address), now=now, by=by)
    except NotFound:
        raise NotFound(f"{address} is not suppressed") from None


def _resolve(key: str, of: list[str], changes: dict[str, object], what: str, by: str) -> Message:
    changes = {**changes, "why": f"{by} said: {what}"}
    if not Message.objects.filter(key=key, status__in=of).update(**changes):
        message = _message(key)
        raise Conflict(f"{key} is {message.status}, not {' or '.join(of)}; there is nothing to do")
    return _message(key)


def _message(key: str) -> Message:
    message = Message.objects.filter(key=key).first()
    if message is None:
        raise NotFound(f"there is no message {key!r}; `tenure messages list` shows them")
    return message
