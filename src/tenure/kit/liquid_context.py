"""What a template is filled with beside its values: marks, and who is asked what it says.

Marks are of Unicode's private use. They stand where a value belongs, so that whatever turns the
text into something else, Markdown into HTML say, never reads what a customer typed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import liquid

OPENS, CLOSES = "\ue000", "\ue001"
MARK = re.compile(f"{OPENS}(\\d+){CLOSES}")
PRIVATE = re.compile("[\ue000-\uf8ff]")
# Names that no template can write.
SAID, READER, FORM = "said by the values", "asked of the reader", "form of the words"

Form = Callable[[str], str]  # Markdown with marks, as it belongs into what is being filled


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that a block puts in: Markdown with Liquid, and values of its own beside the text's.

    With `is_ready` they are no Markdown, but what the mail is made of already.
    """

    text: str
    is_ready: bool = False
    values: Mapping[str, object] = field(default_factory=dict)


class Reader(Protocol):
    """Who reads what is being filled: asked by `where` and `block`."""

    account_id: str
    person_id: str
    language: str
    now: datetime

    def holds(self, condition: str) -> bool | None: ...
    def value(self, column: str) -> object: ...
    def block(self, name: str) -> Piece | None: ...


class Context(liquid.RenderContext):
    """Values that are marked are gathered, and the reader asked, under names of ours."""

    def marked_values(self) -> list[str] | None:
        found = self.globals.get(SAID)
        return found if isinstance(found, list) else None

    def reader(self) -> Reader | None:
        return self.globals.get(READER)  # type: ignore[return-value]

    def form(self) -> Form | None:
        return self.globals.get(FORM)  # type: ignore[return-value]


def whole(value: str, said: list[str]) -> str:
    """What was captured has marks; a filter may have written beside them, or in them."""
    known = MARK.sub(lambda mark: said[n] if (n := int(mark[1])) < len(said) else "", value)
    return PRIVATE.sub("", known)
