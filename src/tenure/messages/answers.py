"""What a transport can say about one attempt, and what a transport is."""

from dataclasses import dataclass
from typing import Protocol

from tenure.messages.models import Message

SENT, AGAIN, FAILED, UNKNOWN = "sent", "again", "failed", "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """`what` is one of the four; AGAIN means that the other side has certainly not taken it.

    `is_down` says that no other message would fare better now, `refuses_recipient` that the address
    does not exist.
    """

    what: str
    why: str = ""
    after_s: float = 0.0  # at the earliest, where the other side said so
    is_down: bool = False
    refuses_recipient: bool = False
    provider_id: str = ""  # what who carries it calls the mail


class Transport(Protocol):
    """One way out. `send` opens a socket when it has none, and may keep it for the next message."""

    channel: str

    def send(self, message: Message) -> Answer: ...

    def close(self) -> None: ...
