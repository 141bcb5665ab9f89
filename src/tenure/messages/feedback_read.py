"""What a provider's report means: anymail has put it into words of its own, but says of a mail that
came back neither whether for good nor whether because of what was sent."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from tenure.messages.anymail import OURS
from tenure.messages.feedback import Kind, Report

_PLAIN = {
    "delivered": Kind.DELIVERED,
    "complained": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED,
}
_CAME_BACK = {"bounced", "rejected", "failed"}
_REASONS = {
    "invalid": Kind.BOUNCED,
    "bounced": Kind.BOUNCED,
    "timed_out": Kind.RETURNED,
    "blocked": Kind.REFUSED,
    "spam": Kind.REFUSED,
    "unsubscribed": Kind.UNSUBSCRIBED,
}
# Words by which providers say more than anymail passes on, in any field of their report.
_SOFT = re.compile(
    r"soft.?bounce|softbounced?\b|transient|temporary|mailbox.?full|quota|over.?quota|greylist",
    re.IGNORECASE,
)
_CONTENT = re.compile(
    r"too.?large|message.?size|size.?limit|content.?(reject|block)|attachment.?reject|virus|"
    r"spam.?(content|block)|policy",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_SOFT_CLASSES = {"20", "21", "22", "24", "40", "70"}  # SparkPost's
_CONTENT_CLASSES = {"23", "25", "50", "51", "52", "53", "54"}


class Event(Protocol):
    """`anymail.signals.AnymailTrackingEvent`."""

    event_type: str
    timestamp: datetime | None
    event_id: str | None
    esp_event: Any
    message_id: str | None
    metadata: Mapping[str, str]
    recipient: str | None
    reject_reason: str | None
    description: str | None
    mta_response: str | None


def report_of(event: Event, provider: str, now: datetime) -> Report | None:
    """What an event tells of a mail; None of one that tells nothing of whether it arrived."""
    kind = _PLAIN.get(event.event_type)
    if kind is None and event.event_type in _CAME_BACK:
        kind = _why_it_came_back(event)
    if kind is None:
        return None
    detail = " ".join(filter(None, (event.description, event.mta_response)))
    return Report(
        provider=provider,
        id=str(event.event_id or ""),
        kind=kind,
        address=str(event.recipient or "").strip(),
        at=event.timestamp or now,
        message=str((event.metadata or {}).get(OURS, "")),
        provider_id=str(event.message_id or ""),
        detail=" ".join(detail.split()),
    )


def _why_it_came_back(event: Event) -> Kind:
    said = _said(event)
    classified = _field(event.esp_event, "bounce_class")
    if classified in _CONTENT_CLASSES:
        return Kind.REFUSED
    if classified in _SOFT_CLASSES:
        return Kind.RETURNED
    by_code = kind_by_code(str(event.mta_response or ""))
    if by_code is not None:
        return by_code
    kind = _REASONS.get(event.reject_reason or "")
    if event.event_type == "failed" or _CONTENT.search(said):
        return Kind.REFUSED
    if kind in (Kind.BOUNCED, None) and _SOFT.search(said):
        return Kind.RETURNED
    return kind or Kind.RETURNED


def kind_by_code(response: str) -> Kind | None:
    """What the enhanced status code of the mail server says (RFC 3463)."""
    found = _ENHANCED.search(response)
    if found is None:
        return None
    kind, subject, detail = found[1], found[2], found[3]
    if (subject, detail) in (("3", "4"), ("2", "3")) or subject in ("6", "7"):
        return Kind.REFUSED
    if kind == "4" or (subject, detail) == ("2", "2"):
        return Kind.RETURNED
    return Kind.BOUNCED if kind == "5" and subject in ("1", "2") else None


def _said(event: Event) -> str:
    """The short words of a report, where it says of which sort it is."""
    names = ("Type", "event", "type", "bounceType", "bounceSubType", "bounce_type", "error",
             "reason", "severity", "Name", "subType")  # fmt: skip
    raw = event.esp_event
    nested = [raw, *(_field_of(raw, name) for name in ("bounce", "data", "event-data", "msg"))]
    nested.append(_field_of(_field_of(raw, "data"), "bounce"))
    words = [_field(each, name) for each in nested for name in names]
    return " ".join(filter(None, [*words, str(event.description or "")]))


def _field(raw: Any, name: str) -> str:
    found = _field_of(raw, name)
    return str(found) if isinstance(found, str | int) else ""


def _field_of(raw: Any, name: str) -> Any:
    return raw.get(name) if isinstance(raw, Mapping) else None
