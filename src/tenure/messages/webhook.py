"""A message to a Slack-compatible webhook: JSON with `text` and `blocks`, posted once.

429 and 5xx mean that it was not taken, and are tried again, after `Retry-After`. A gateway that got
no answer (504) cannot say, and no more can a connection that is lost while waiting: unknown.
"""

import http.client
import ssl
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import msgspec

from tenure.base.clock import Clock
from tenure.messages.answers import AGAIN, FAILED, SENT, UNKNOWN, Answer
from tenure.messages.configuration import WebhookSettings
from tenure.messages.models import Channel, Message

REPLY_BYTES = 2_000
AFTER_S_MAX = 6 * 3600.0
GATEWAY_TIMEOUT = 504


class Webhook:
    """A transport to one webhook. Nothing is signed, and no redirect is followed."""

    channel = Channel.WEBHOOK

    def __init__(self, settings: WebhookSettings, clock: Clock) -> None:
        self.settings, self.clock = settings, clock

    def send(self, message: Message) -> Answer:
        """How it went. Raises nothing that the network or the server does."""
        connection, path = self._connection()
        body = msgspec.json.encode(message.payload or {"text": message.text})
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Tenure"}
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return Answer(AGAIN, f"the webhook cannot be reached: {error}", is_down=True)
        try:
            connection.request("POST", path, body, headers)
            reply = connection.getresponse()
            said = reply.read(REPLY_BYTES).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            return Answer(UNKNOWN, f"the webhook was asked and gave no answer: {error!r}")
        finally:
            connection.close()
        return self._answer(reply, f"{reply.status} {' '.join(said.split())[:200]}".strip())

    def close(self) -> None:
        """Nothing is kept open."""

    def _connection(self) -> tuple[http.client.HTTPConnection, str]:
        parts = urlsplit(self.settings.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host, timeout_s = str(parts.hostname), self.settings.timeout_s
        if parts.scheme == "https":
            context = ssl.create_default_context()
            return (
                http.client.HTTPSConnection(host, parts.port, timeout=timeout_s, context=context),
                path,
            )
        return http.client.HTTPConnection(host, parts.port, timeout=timeout_s), path

    def _answer(self, reply: http.client.HTTPResponse, said: str) -> Answer:
        status = reply.status
        if 200 <= status < 300:
            return Answer(SENT, said)
        if status == GATEWAY_TIMEOUT:
            return Answer(UNKNOWN, said)
        if status == 429 or status >= 500:
            after_s = _after_s(reply.headers.get("Retry-After", ""), self.clock())
            return Answer(AGAIN, said, after_s=after_s, is_down=True)
        if 300 <= status < 400:
            return Answer(FAILED, f"{said}: a redirect; put the address that is meant in [webhook]")
        return Answer(FAILED, said)


def _after_s(stated: str, now: datetime) -> float:
    """`Retry-After` in seconds or as a date; 0 for what is neither."""
    if stated.strip().isdecimal():
        return min(float(stated), AFTER_S_MAX)
    try:
        wait_s = (parsedate_to_datetime(stated) - now).total_seconds()
    except (TypeError, ValueError):
        return 0.0
    return min(max(wait_s, 0.0), AFTER_S_MAX)
