"""What is true of every event of one accepted body, read once."""

from dataclasses import dataclass, field

import msgspec

from tenure.base.ids import digest
from tenure.collect.event_times import read_instant_us, to_us
from tenure.collect.refusals import Refused
from tenure.lake.inbox import Arrival
from tenure.lake.rejects import RejectedRow

EVENT_BYTES = 32 * 1024
NESTING_DEPTH = 200

_decode = msgspec.json.Decoder().decode


@dataclass(slots=True)
class ArrivalFacts:
    """One arrival as the decoders see it; `refuse` collects what they could not take."""

    arrival: Arrival
    source: str
    path: str
    request_id: str  # names this arrival among all others, the same at each decoding
    received: int  # microseconds
    known: int | None  # of all its events, when they were mended later
    event_bytes: int
    rejected: list[RejectedRow] = field(default_factory=list)

    @classmethod
    def of(cls, arrival: Arrival, event_bytes: int = EVENT_BYTES) -> "ArrivalFacts":
        meta = arrival.meta
        return cls(
            arrival=arrival,
            source=arrival.source,
            path=meta.get("path", ""),
            request_id=meta.get("id")
            or digest(arrival.received_at.isoformat(), arrival.body.hex()),
            received=to_us(arrival.received_at),
            known=read_instant_us(meta.get("known_at")),
            event_bytes=int(meta.get("event_bytes", event_bytes)),
        )

    def event(self, raw: msgspec.Raw) -> dict:
        """One event as an object. Raises Refused when it is none, too large or too deep."""
        size = len(memoryview(raw))
        if size > self.event_bytes:
            remedy = f"send events of at most {self.event_bytes} bytes; leave out large properties"
            raise Refused("event_too_large", "", f"{size} bytes", remedy)
        try:
            event = _decode(raw)
        except RecursionError:
            raise _too_deep() from None
        # Also UnicodeDecodeError, and a number of thousands of digits.
        except ValueError as error:
            raise Refused("malformed_json", "", str(error), "send valid JSON in UTF-8") from None
        if type(event) is not dict:
            raise Refused("not_an_object", "", event, "send each event as a JSON object")
        if _may_be_too_deep(raw) and _depth(event) > NESTING_DEPTH:
            raise _too_deep()
        return event

    def refuse(self, refusal: Refused, raw: str, index: int) -> None:
        """Keep a refused event, with its place: `POST /v1/batch [3]`."""
        self.rejected.append(
            RejectedRow(
                position=len(self.rejected),
                code=refusal.code,
                field=refusal.field,
                value=refusal.value,
                remedy=refusal.remedy,
                raw=raw,
                source=self.source,
                source_ref=f"POST {self.path} [{index}]",
                received_at=self.arrival.received_at,
            )
        )


def raw_text(raw: msgspec.Raw) -> str:
    """An event as it came, readable even where it is not UTF-8."""
    return bytes(raw).decode("utf-8", "replace")


def _too_deep() -> Refused:
    return Refused(
        "too_deep", "", f"over {NESTING_DEPTH} levels", "nest objects and arrays less deeply"
    )


def _may_be_too_deep(raw: msgspec.Raw) -> bool:
    text = bytes(raw)
    return text.count(b"{") + text.count(b"[") > NESTING_DEPTH


def _depth(value: object) -> int:
    """How many objects and arrays lie around the innermost value."""
    depth, level = 0, [value]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [
            child for each in level for child in (each.values() if isinstance(each, dict) else each)
        ]
    return depth
