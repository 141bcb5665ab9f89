"""The fields of an event as clients write them, read leniently: ids, names, objects.

What has one plausible meaning is taken (a number as an id, blanks around it, null for absent);
anything else raises Refused with the field, the value and a remedy.
"""

import msgspec

from tenure.base.ids import digest
from tenure.collect.refusals import Refused

ID_CHARS = 255
NAME_CHARS = 255
MESSAGE_ID_CHARS = 100  # Segment's limit
TICKET_NAMES = frozenset(
    f"Ticket {what}" for what in ("Opened", "Replied", "Reopened", "Closed", "Solved")
)

_encode = msgspec.json.Encoder().encode


def read_id(value: object, field: str) -> str | None:
    """An id as text without blanks around it; None when absent or blank."""
    if value is None:
        return None
    if type(value) is str:
        text = value.strip()
    elif type(value) is int:
        text = str(value)
    elif type(value) is float:
        text = str(int(value)) if value.is_integer() else repr(value)
    else:
        raise Refused("invalid_id", field, value, f"send {field} as a string or a number")
    if len(text) > ID_CHARS:
        raise Refused(
            "id_too_long", field, text, f"send a {field} of at most {ID_CHARS} characters"
        )
    if "\x00" in text:
        raise Refused("invalid_id", field, value, f"remove the NUL character from {field}")
    return text or None


def read_name(value: object, field: str) -> str | None:
    """A name as text without blanks around it; None when absent or blank."""
    if value is None:
        return None
    if type(value) is str:
        text = value.strip()
    elif type(value) is int or type(value) is float:
        text = str(value)
    else:
        raise Refused("invalid_name", field, value, f"send {field} as a string")
    if len(text) > NAME_CHARS:
        raise Refused(
            "name_too_long", field, text, f"send a {field} of at most {NAME_CHARS} characters"
        )
    if "\x00" in text:
        raise Refused("invalid_name", field, value, f"remove the NUL character from {field}")
    return text or None


def type_of_track(name: str | None, properties: dict) -> str:
    """`ticket` for what a support desk tells of one of its tickets, else `track`.

    So a ticket that is told over the API is the same as one that was imported: it is read for
    words of leaving and counted by the card, and it is no use of the product.
    """
    return "ticket" if name in TICKET_NAMES and properties.get("ticket_id") else "track"


def read_object(value: object, field: str) -> dict:
    """A JSON object, empty when absent."""
    if value is None:
        return {}
    if type(value) is dict:
        return value
    raise Refused(f"invalid_{field}", field, value, f"send {field} as a JSON object")


def read_message_id(value: object, *arrival: str) -> str:
    """The client's id of the event; when it sent none, one made of `arrival`, always the same.

    `arrival` names the event without its id: source, request, place in the batch. An id over
    Segment's 100 characters is replaced by its digest, so that it still recognises itself.
    """
    if type(value) is str:
        text = value.strip()
    elif type(value) is int:
        text = str(value)
    else:
        text = ""
    if not text:
        return digest("no message id", *arrival)
    if len(text) > MESSAGE_ID_CHARS:
        return digest(text)
    return text


def to_json(value: dict) -> bytes:
    """A JSON object as UTF-8, without NUL characters: PostgreSQL's jsonb refuses them."""
    if not value:
        return b"{}"
    encoded = _encode(value)
    if b"\\u0000" in encoded:
        return _encode(_without_nul(value))
    return encoded


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    return value
