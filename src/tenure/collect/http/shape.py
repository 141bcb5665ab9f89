"""The outer shape of a body: is it JSON, how many events, and which key does it state?

Nothing else is looked at before it is on disk; what each event means is decided when it is shipped.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from tenure.base.errors import TooLarge
from tenure.collect.http.body import mended_json, too_deep
from tenure.collect.http.paths import Intake
from tenure.collect.http.refusals import BadRequest


@dataclass(frozen=True, slots=True)
class Shape:
    """`body` is valid JSON, mended where the client wrote it wrongly."""

    body: bytes
    key: object
    events: int


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    writeKey: Any = None


class _One(msgspec.Struct):
    writeKey: Any = None


class _Posthog(msgspec.Struct):
    batch: list[msgspec.Raw] | None = None
    api_key: Any = None
    token: Any = None
    properties: Any = None


_as_batch = msgspec.json.Decoder(_Batch).decode
_as_one = msgspec.json.Decoder(_One).decode
_as_posthog = msgspec.json.Decoder(_Posthog).decode
_as_posthog_list = msgspec.json.Decoder(list[msgspec.Raw]).decode


def read_shape(body: bytes, intake: Intake) -> Shape:
    """What a body of this path holds. Raises BadRequest when it has not the shape of one."""
    if not body.strip():
        raise BadRequest("the body is empty; send a JSON object")
    try:
        return _shape(body, intake)
    except msgspec.ValidationError as error:
        raise BadRequest(str(error)) from None
    except RecursionError:
        raise too_deep() from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    mended = mended_json(body)
    try:
        return _shape(mended, intake)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(str(error)) from None
    except RecursionError:
        raise too_deep() from None


def check_count(shape: Shape, limit: int) -> None:
    """Raises TooLarge for more than `limit` events; PostHog's clients then send half as many."""
    if shape.events > limit:
        error = TooLarge(
            f"the batch has {shape.events} events, and {limit} are the limit; send smaller batches",
            field="batch",
        )
        error.code = "too_many_events"
        raise error


def _shape(body: bytes, intake: Intake) -> Shape:
    if intake.kind == "posthog":
        return _posthog_shape(body)
    if intake.is_batch:
        batch = _as_batch(body)
        return Shape(body, batch.writeKey, len(batch.batch))
    return Shape(body, _as_one(body).writeKey, 1)


def _posthog_shape(body: bytes) -> Shape:
    """PostHog's libraries send a batch, one event, or a bare list of events."""
    if body.lstrip()[:1] == b"[":
        events = _as_posthog_list(body)
        return Shape(body, _key_of_event(events[0]) if events else None, len(events))
    posthog = _as_posthog(body)
    key = posthog.api_key or posthog.token
    if posthog.batch is None:
        return Shape(body, key or _token(posthog.properties), 1)
    if not key and posthog.batch:
        key = _key_of_event(posthog.batch[0])
    return Shape(body, key, len(posthog.batch))


def _key_of_event(raw: msgspec.Raw) -> object:
    try:
        event = _as_posthog(raw)
    except msgspec.ValidationError:
        return None
    return event.api_key or event.token or _token(event.properties)


def _token(properties: object) -> object:
    return properties.get("token") if isinstance(properties, dict) else None
