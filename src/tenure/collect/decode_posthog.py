"""Bodies of PostHog's capture API as rows of the event table.

PostHog has one kind of event with reserved names; ours are told apart by type:

    $identify, $set, $set_once        identify, traits from $set over $set_once
    $groupidentify                    group, traits from $group_set
    $create_alias, $merge_dangerously alias
    $pageview                         page
    $screen                           screen
    anything else                     track

What starts with `$` says something about the client and goes to the context, the rest to the
properties. `$groups` names the account. Pure: the same arrivals give the same rows.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from tenure.collect.arrival_facts import ArrivalFacts, raw_text
from tenure.collect.client_side import completed_context
from tenure.collect.event_fields import (
    read_id,
    read_message_id,
    read_name,
    read_object,
    to_json,
    type_of_track,
)
from tenure.collect.event_table import EventRow, event_table
from tenure.collect.event_times import occurred_us, read_instant_us
from tenure.collect.posthog_groups import account_of_groups, is_account_group
from tenure.collect.refusals import Refused, shown
from tenure.lake.decoding import Decoded
from tenure.lake.inbox import Arrival

POSTHOG_EVENT_BYTES = 900 * 1024  # what its SDKs let pass

_TYPES = {
    "$identify": "identify",
    "$set": "identify",
    "$set_once": "identify",
    "$groupidentify": "group",
    "$create_alias": "alias",
    "$merge_dangerously": "alias",
    "$pageview": "page",
    "$screen": "screen",
}
# Reserved properties that become a column or a part of our context, by their own name there.
_PAGE = {
    "$current_url": "url",
    "$pathname": "path",
    "$referrer": "referrer",
    "title": "title",
}
_TAKEN = {
    "$set",
    "$set_once",
    "$groups",
    "$group_type",
    "$group_key",
    "$group_set",
    "$lib",
    "$lib_version",
    "$ip",
    "$raw_user_agent",
    "$current_url",
    "$pathname",
    "$referrer",
    "distinct_id",
    "token",
}


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw] | None = None
    sent_at: Any = None
    historical_migration: Any = None


class _Shared(NamedTuple):
    """What a body says for all of its events."""

    sent: object
    is_historical: bool


_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_batch = msgspec.json.Decoder(_Batch).decode


def decode_posthog(arrivals: Sequence[Arrival]) -> Decoded:
    """Every event of the arrivals as a row, or as a refused row with its reason."""
    rows: list[EventRow] = []
    rejected = []
    for arrival in arrivals:
        facts = ArrivalFacts.of(arrival, event_bytes=POSTHOG_EVENT_BYTES)
        events, shared = _events(arrival)
        for index, raw in enumerate(events):
            event = None
            try:
                event = facts.event(raw)
                rows.append(_row(event, facts, shared, index))
            except Refused as refusal:
                text = raw_text(raw) if event is None else _alone(event, shared)
                facts.refuse(refusal, text, index)
        rejected += facts.rejected
    return Decoded(event_table(rows), None, rejected)


def _events(arrival: Arrival) -> tuple[list[msgspec.Raw], _Shared]:
    """The events of a body: a batch, a bare list, or one event by itself."""
    body = arrival.body
    sent = int(arrival.meta["sent_at"]) if "sent_at" in arrival.meta else None
    if body.lstrip()[:1] == b"[":
        return _decode_list(body), _Shared(sent, False)
    batch = _decode_batch(body)
    shared = _Shared(
        batch.sent_at if batch.sent_at is not None else sent, batch.historical_migration is True
    )
    return [msgspec.Raw(body)] if batch.batch is None else batch.batch, shared


def _row(event: dict, facts: ArrivalFacts, shared: _Shared, index: int) -> EventRow:
    properties = read_object(event.get("properties"), "properties")
    posthog_name = read_name(event.get("event"), "event")
    if posthog_name is None:
        raise Refused(
            "no_event_name", "event", event.get("event"), "send the name of what happened as event"
        )
    event_type = _TYPES.get(posthog_name, "track")
    if posthog_name == "$groupidentify" and not is_account_group(properties.get("$group_type")):
        event_type = "track"  # a project, a channel: something that does not pay
    warnings: list[str] = []
    happened = _happened(event, facts, warnings)
    sent = read_instant_us(_first(event.get("sent_at"), shared.sent))
    occurred = occurred_us(received=facts.received, sent=sent, original=happened)
    if facts.known is not None:
        known = facts.known
    else:
        known = occurred if shared.is_historical else facts.received
    ids = _ids(event, properties, event_type, posthog_name)
    account_key = _account_key(event_type, properties)
    context = _context(event, properties, account_key, event_type)
    return EventRow(
        message_id=read_message_id(
            event.get("uuid") or event.get("messageId") or properties.get("$insert_id"),
            facts.source,
            facts.request_id,
            str(index),
        ),
        source=facts.source,
        type=type_of_track(posthog_name, properties) if event_type == "track" else event_type,
        name=_name(event_type, posthog_name, properties),
        occurred_at=occurred,
        known_at=known,
        received_at=facts.received,
        sent_at=sent,
        original_at=happened,
        user_id=ids.user,
        anonymous_id=ids.anonymous,
        previous_id=ids.previous,
        account_key=account_key,
        properties=to_json(_own_properties(event, properties, event_type, posthog_name)),
        context=to_json(completed_context(context, facts.arrival.meta, warnings)),
    )


class _Ids(NamedTuple):
    user: str | None
    anonymous: str | None = None
    previous: str | None = None


def _ids(event: dict, properties: dict, event_type: str, posthog_name: str) -> _Ids:
    """Who it was. PostHog has one id; whether it names a person is said by flags beside it."""
    distinct = _first(event.get("distinct_id"), event.get("$distinct_id"))
    distinct_id = read_id(_first(distinct, properties.get("distinct_id")), "distinct_id")
    if event_type == "group" and properties.get("$is_identified") is not True:
        # The SDKs make up an id for the call itself; nobody stands behind it.
        return _Ids(None)
    if distinct_id is None:
        raise Refused("no_distinct_id", "distinct_id", None, "send the person's id as distinct_id")
    if event_type == "alias":
        alias = read_id(properties.get("alias"), "properties.alias")
        if alias is None:
            raise Refused(
                "no_alias", "properties.alias", None, "send the person's other id as alias"
            )
        if posthog_name == "$merge_dangerously":
            return _Ids(distinct_id, previous=alias)
        # `alias` is the name from now on, in every SDK's own examples.
        return _Ids(alias, previous=distinct_id)
    device_id = read_id(properties.get("$device_id"), "properties.$device_id")
    is_anonymous = (
        properties.get("$is_identified") is False
        or (properties.get("$process_person_profile") is False)
        or device_id == distinct_id
    )
    if is_anonymous and event_type != "identify":
        return _Ids(None, distinct_id)
    anonymous_id = read_id(properties.get("$anon_distinct_id"), "properties.$anon_distinct_id")
    if anonymous_id is None and properties.get("$is_identified") is True:
        anonymous_id = device_id
    return _Ids(distinct_id, None if anonymous_id == distinct_id else anonymous_id)


def _happened(event: dict, facts: ArrivalFacts, warnings: list[str]) -> int | None:
    """The client's time of the event; `offset` is how many milliseconds ago it was."""
    value = event.get("timestamp")
    if value is None:
        offset = event.get("offset")
        is_number = isinstance(offset, int | float) and not isinstance(offset, bool)
        return facts.received - int(offset * 1000) if is_number and 0 <= offset < 1e11 else None
    instant = read_instant_us(value)
    if instant is None:
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            remedy = "send timestamp as text such as 2026-01-31T12:00:00.000Z"
            raise Refused("invalid_timestamp", "timestamp", value, remedy)
        warnings.append(f"timestamp {shown(value)!r} could not be read; our clock was used instead")
    return instant


def _account_key(event_type: str, properties: dict) -> str | None:
    if event_type == "group":
        key = read_id(properties.get("$group_key"), "properties.$group_key")
        if key is None:
            raise Refused(
                "no_group_id", "properties.$group_key", None, "send the account's id as $group_key"
            )
        return key
    return account_of_groups(properties.get("$groups"))


def _name(event_type: str, posthog_name: str, properties: dict) -> str | None:
    if event_type == "track":
        return posthog_name
    if event_type == "page":
        name = _first(properties.get("title"), properties.get("$pathname"))
        name = _first(name, properties.get("$current_url"))
    elif event_type == "screen":
        name = properties.get("$screen_name")
    else:
        return None
    # The page was seen whatever it is called: a wild title is no reason to refuse.
    return name.replace("\x00", "").strip()[:255] or None if isinstance(name, str) else None


def _own_properties(event: dict, properties: dict, event_type: str, posthog_name: str) -> dict:
    if event_type == "identify":
        once = {**_object(properties.get("$set_once")), **_object(event.get("$set_once"))}
        return {**once, **_object(properties.get("$set")), **_object(event.get("$set"))}
    if event_type == "group":
        return _object(properties.get("$group_set"))
    if posthog_name == "$groupidentify":
        return properties
    return {
        name: value
        for name, value in properties.items()
        if not (name.startswith("$") or name in _TAKEN or (name, event_type) == ("alias", "alias"))
    }


def _context(event: dict, properties: dict, account_key: str | None, event_type: str) -> dict:
    context: dict[str, object] = {}
    if "$lib" in properties:
        context["library"] = {
            "name": properties["$lib"],
            "version": properties.get("$lib_version"),
        }
    page = {ours: properties[theirs] for theirs, ours in _PAGE.items() if theirs in properties}
    if page and "$current_url" in properties:
        context["page"] = page
    if properties.get("$ip"):
        context["ip"] = properties["$ip"]
    if properties.get("$raw_user_agent"):
        context["userAgent"] = properties["$raw_user_agent"]
    if account_key is not None and event_type != "group":
        context["groupId"] = account_key
    if event_type not in ("identify", "group"):
        traits = {**_object(properties.get("$set_once")), **_object(event.get("$set_once"))}
        traits |= {**_object(properties.get("$set")), **_object(event.get("$set"))}
        if traits:
            context["traits"] = traits
    rest = {n: v for n, v in properties.items() if n.startswith("$") and n not in _TAKEN}
    if "$groups" in properties:
        rest["$groups"] = properties["$groups"]
    if rest:
        context["posthog"] = rest
    return context


def _alone(event: dict, shared: _Shared) -> str:
    """A refused event by itself, with when its body was sent."""
    alone = {name: value for name, value in event.items() if name not in ("api_key", "token")}
    if shared.sent is not None:
        alone.setdefault("sent_at", shared.sent)
    return msgspec.json.encode(alone).decode()


def _object(value: object) -> dict:
    return value if isinstance(value, dict) else {}


def _first(value: object, otherwise: object) -> object:
    return otherwise if value is None or value == "" else value
