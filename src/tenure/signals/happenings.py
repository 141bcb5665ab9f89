"""What the kinds hear: one account's use, events and billing facts, each as one small value."""

from typing import Any

import msgspec


class Happening(msgspec.Struct, gc=False):
    """Something that one account did, or that was done or said there.

    `use` is somebody being there: told once for a person, a name and a day. `event` is one row in
    full, of a name that a kind waits for. `fact` is a billing fact. Instants are microseconds.
    """

    sort: str  # use | event | fact
    name: str  # of the event, or the kind of the fact
    at: int  # when it occurred
    known_at: int
    day: int  # of `at`, in the company's time zone
    type: str = "track"
    person_id: str = ""
    properties: dict[str, Any] = {}
    ref: str = ""  # source/message_id
    batch: int = 0  # of the lake, that brought it
    was_in: list[dict[str, Any]] = []  # of a `joined` event: where else this person was known

    def order(self) -> tuple[int, int, str, str]:
        """Happenings of one account are taken in this order."""
        return self.known_at, self.at, self.ref, self.name

    def text(self) -> str:
        """All that was said in it, of a ticket, a chat, a call or a note."""
        parts = [self.properties.get(field) for field in TEXT_FIELDS]
        return "\n".join(part for part in parts if isinstance(part, str) and part.strip())


TEXT_FIELDS = ("subject", "title", "text", "message", "body", "content", "description", "note")
