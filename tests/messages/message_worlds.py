"""Messages as tests need them: into the ledger, and out over a sink."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from tenure.messages.configuration import MailSettings
from tenure.messages.ledger import intend
from tenure.messages.models import Message
from tenure.messages.sending import Sent, send_due
from tenure.messages.smtp import Smtp

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
LATER = timedelta(minutes=16)  # after every lease


def intended(address: str, key: str = "", now: datetime = NOON, **more: Any) -> Message:
    fields = {
        "key": key or f"to:{address}",
        "purpose": "digest",
        "channel": "mail",
        "recipient": address,
        "subject": "News of Northwind",
        "text": "Something happened.\n",
        "html": "<p>Something happened.</p>",
        "now": now,
    }
    return intend(**fields | more)


def settings_of(port: int, **more: Any) -> MailSettings:
    fields = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "user": "",
        "password": "",
        "sender": "Tenure <tenure@example.com>",
        "address": "tenure@example.com",
        "reply_to": "",
        "timeout_s": 2.0,
    }
    return MailSettings(**fields | more)


def send_all(port: int, now: datetime = NOON, **more: Any) -> Sent:
    transport = Smtp(settings_of(port), lambda: now)
    try:
        return send_due(now, {"mail": transport}, **more)
    finally:
        transport.close()


def statuses() -> dict[str, int]:
    return dict(Counter(Message.objects.values_list("status", flat=True)))


def status_of(key: str) -> str:
    return Message.objects.get(key=key).status
