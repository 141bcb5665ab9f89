"""Bodies of the Segment HTTP API, with RudderStack's habits, as rows of the event table.

Pure: the same arrivals give the same rows. What an event means is decided here, when it is
shipped; at the door only the key, the size and the outer shape are looked at.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from tenure.collect.arrival_facts import ArrivalFacts, raw_text
from tenure.collect.client_side import completed_context
from tenure.collect.event_fields import (
    NAME_CHARS,
    read_id,
    read_message_id,
    read_name,
    read_object,
    to_json,
    type_of_track,
)
from tenure.collect.event_table import EventRow, event_table
from tenure.collect.event_times import occurred_us, read_instant_us
from tenure.collect.refusals import Refused, shown
from tenure.lake.decoding import Decoded
from tenure.lake.inbox import Arrival

TYPES = ("track", "identify", "group", "page", "screen", "alias")
IMPORT_PATH = "/v1/import"
# A path of one event says its type; the others hold a batch.
TYPE_OF_PATH = {f"/v1/{name}": name for name in TYPES}


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    context: Any = None
    integrations: Any = None
    channel: Any = None
    sentAt: Any = None
    timestamp: Any = None


class _Times(NamedTuple):
    occurred: int
    sent: int | None
    original: int | None


_decode_batch = msgspec.json.Decoder(_Batch).decode


def decode_segment(arrivals: Sequence[Arrival]) -> Decoded:
    """Every event of the arrivals as a row, or as a refused row with its reason."""
    rows: list[EventRow] = []
    rejected = []
    for arrival in arrivals:
        facts = ArrivalFacts.of(arrival)
        if facts.path in TYPE_OF_PATH:
            batch = _Batch([msgspec.Raw(arrival.body)])
        else:
            batch = _decode_batch(arrival.body)
        shared = _Shared.of(batch)
        for index, raw in enumerate(batch.batch):
            event = None
            try:
                event = facts.event(raw)
                rows.append(_row(event, facts, shared, index))
            except Refused as refusal:
                text = raw_text(raw) if event is None else _alone(event, facts, batch)
                facts.refuse(refusal, text, index)
        rejected += facts.rejected
    return Decoded(event_table(rows), None, rejected)


class _Shared(NamedTuple):
    """What a batch says for all of its events."""

    context: dict
    integrations: dict
    channel: object
    sent: object
    original: object

    @classmethod
    def of(cls, batch: _Batch) -> "_Shared":
        return cls(
            batch.context if isinstance(batch.context, dict) else {},
            batch.integrations if isinstance(batch.integrations, dict) else {},
            batch.channel,
            batch.sentAt,
            batch.timestamp,
        )


def _row(event: dict, facts: ArrivalFacts, shared: _Shared, index: int) -> EventRow:
    event_type = TYPE_OF_PATH.get(facts.path) or event.get("type")
    if event_type not in TYPES:
        raise Refused("unknown_type", "type", event_type, f"send one of {', '.join(TYPES)}")
    warnings: list[str] = []
    times = _times(event, facts, shared, warnings)
    context = _context(event, shared)
    user_id = read_id(event.get("userId"), "userId")
    anonymous_id = read_id(event.get("anonymousId"), "anonymousId")
    if user_id is None and anonymous_id is None:
        raise Refused(
            "no_user_anon_id", "userId", None, "send a userId or an anonymousId with every event"
        )
    name, properties = _NAMED[event_type](event, context)
    context = completed_context(context, facts.arrival.meta, warnings)
    if facts.known is not None:
        known = facts.known
    else:
        # An import tells of the past: what it says could be known when it happened.
        known = times.occurred if facts.path == IMPORT_PATH else facts.received
    return EventRow(
        message_id=read_message_id(
            event.get("messageId"), facts.source, facts.request_id, str(index)
        ),
        source=facts.source,
        type=type_of_track(name, properties) if event_type == "track" else event_type,
        name=name,
        occurred_at=times.occurred,
        known_at=known,
        received_at=facts.received,
        sent_at=times.sent,
        original_at=times.original,
        user_id=user_id,
        anonymous_id=anonymous_id,
        previous_id=_previous_id(event, user_id) if event_type == "alias" else None,
        account_key=_account_key(event, event_type, context),
        properties=to_json(properties),
        context=to_json(context),
    )


def _times(event: dict, facts: ArrivalFacts, shared: _Shared, warnings: list[str]) -> _Times:
    """When it happened, by the fields that Segment and RudderStack send.

    `timestamp` is the client's time; RudderStack's Node SDK names it `originalTimestamp`. Where
    both are there and differ, `timestamp` was set or corrected by whoever passed the event on, and
    is taken as it is.
    """
    sent = _instant(event, "sentAt", shared.sent, warnings)
    stated = _instant(event, "timestamp", None, warnings)
    original = _instant(event, "originalTimestamp", None, warnings)
    is_corrected = stated is not None and original is not None and stated != original
    happened = stated if stated is not None else original
    if happened is None:
        happened = read_instant_us(shared.original)
    occurred = occurred_us(
        received=facts.received, sent=sent, original=happened, is_corrected=is_corrected
    )
    return _Times(occurred, sent, original if is_corrected else happened)


def _instant(event: dict, field: str, otherwise: object, warnings: list[str]) -> int | None:
    value = event.get(field)
    if value is None:
        return read_instant_us(otherwise) if otherwise is not None else None
    instant = read_instant_us(value)
    if instant is None:
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            remedy = f"send {field} as text such as 2026-01-31T12:00:00.000Z"
            raise Refused("invalid_timestamp", field, value, remedy)
        warnings.append(f"{field} {shown(value)!r} could not be read; our clock was used instead")
    return instant


def _context(event: dict, shared: _Shared) -> dict:
    """The event's context over the batch's, with `integrations` and `channel` beside."""
    own = read_object(event.get("context"), "context")
    context = {**shared.context, **own} if shared.context else own
    integrations = event.get("integrations")
    if shared.integrations:
        own = integrations if isinstance(integrations, dict) else {}
        integrations = {**shared.integrations, **own}
    if integrations:
        context = {**context, "integrations": integrations}
    channel = event.get("channel") or shared.channel
    if channel and "channel" not in context:
        context = {**context, "channel": channel}
    return context


def _track(event: dict, _context: dict) -> tuple[str, dict]:
    name = read_name(event.get("event"), "event")
    if name is None:
        raise Refused(
            "no_event_name", "event", event.get("event"), "send the name of what happened as event"
        )
    return name, read_object(event.get("properties"), "properties")


def _page(event: dict, _context: dict) -> tuple[str | None, dict]:
    """Python's `screen('u1', 'Main')` puts "Main" in `category` and leaves `name` null."""
    properties = read_object(event.get("properties"), "properties")
    name = read_name(event.get("name"), "name")
    category = read_name(event.get("category"), "category")
    if category is not None and "category" not in properties:
        properties = {**properties, "category": category}
    if name is None:
        name = category
    if name is None and isinstance(own := properties.get("name"), str):
        # Only a fallback: an odd one is no reason to refuse the page.
        name = own.replace("\x00", "").strip()[:NAME_CHARS] or None
    return name, properties


def _identify(event: dict, context: dict) -> tuple[None, dict]:
    """RudderStack's clients put the traits of a person in `context.traits`."""
    traits = read_object(event.get("traits"), "traits")
    earlier = context.get("traits")
    return None, {**earlier, **traits} if isinstance(earlier, dict) and earlier else traits


def _group(event: dict, _context: dict) -> tuple[None, dict]:
    if read_id(event.get("groupId"), "groupId") is None:
        raise Refused(
            "no_group_id", "groupId", event.get("groupId"), "send the account's id as groupId"
        )
    return None, read_object(event.get("traits"), "traits")


def _alias(event: dict, _context: dict) -> tuple[None, dict]:
    return None, read_object(event.get("properties"), "properties")


_NAMED = {
    "track": _track,
    "page": _page,
    "screen": _page,
    "identify": _identify,
    "group": _group,
    "alias": _alias,
}


def _previous_id(event: dict, user_id: str | None) -> str:
    previous_id = read_id(event.get("previousId"), "previousId")
    if previous_id is None:
        raise Refused(
            "no_previous_id", "previousId", None, "send the earlier id of the person as previousId"
        )
    if user_id is None:
        raise Refused("no_user_id", "userId", None, "send the person's id from now on as userId")
    return previous_id


def _account_key(event: dict, event_type: str, context: dict) -> str | None:
    if event_type == "group":
        return read_id(event.get("groupId"), "groupId")
    key = read_id(context.get("groupId"), "context.groupId")
    return key if key is not None else read_id(event.get("groupId"), "groupId")


def _alone(event: dict, facts: ArrivalFacts, batch: _Batch) -> str:
    """A refused event with what its batch said for it, so that it can be sent again by itself."""
    alone = {name: value for name, value in event.items() if name != "writeKey"}
    if facts.path in TYPE_OF_PATH:
        alone["type"] = TYPE_OF_PATH[facts.path]
    for name in ("context", "integrations"):
        shared, own = getattr(batch, name), event.get(name)
        if isinstance(shared, dict) and shared and (own is None or isinstance(own, dict)):
            alone[name] = {**shared, **(own or {})}
    for name in ("sentAt", "channel"):
        if getattr(batch, name) is not None:
            alone.setdefault(name, getattr(batch, name))
    return msgspec.json.encode(alone).decode()
