"""One HTTP request and its answer, in so many seconds altogether, whatever the other side does.

A socket's own timeout begins anew with each byte, and looking up a name has none at all. So the
exchange runs in a thread of its own, and who asked waits no longer than the time that there is.
"""

import http.client
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

REPLY_BYTES_MAX = 64_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered. `body` is None when it was longer than it may be."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes | None


@dataclass(frozen=True, slots=True)
class NoReply:
    """Why there is none. `was_asked`: the request may have arrived all the same."""

    why: str
    was_asked: bool


@dataclass(slots=True)
class _Exchange:
    url: str
    body: bytes
    headers: dict[str, str]
    within_s: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    ended: threading.Event = field(default_factory=threading.Event)
    connection: http.client.HTTPConnection | None = None
    was_asked: bool = False
    is_abandoned: bool = False
    outcome: Reply | NoReply | None = None

    def run(self) -> None:
        try:
            self.outcome = self._ask()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.outcome = NoReply(f"{type(error).__name__}: {error}"[:300], self.was_asked)
        finally:
            if self.connection is not None:
                self.connection.close()
            self.ended.set()

    def _ask(self) -> Reply | NoReply:
        parts = urlsplit(self.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self.connection = _connection(parts.scheme, str(parts.hostname), parts.port, self.within_s)
        self.connection.connect()
        with self.lock:
            if self.is_abandoned:
                return NoReply("the time was over before it was asked", was_asked=False)
            self.was_asked = True
        self.connection.request("POST", path, self.body, self.headers)
        response = self.connection.getresponse()
        body = response.read(REPLY_BYTES_MAX + 1)
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, headers, body if len(body) <= REPLY_BYTES_MAX else None)

    def abandon(self) -> NoReply:
        """End it from outside; a socket that somebody waits on wakes up."""
        with self.lock:
            self.is_abandoned = True
            was_asked = self.was_asked
        sock = self.connection.sock if self.connection is not None else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        what = "it was asked and gave no answer" if was_asked else "it could not be reached"
        return NoReply(f"{what} within {self.within_s:.1f} s", was_asked)


def post(url: str, body: bytes, headers: dict[str, str], within_s: float) -> Reply | NoReply:
    """The answer to one POST, or why there is none, after `within_s` seconds at the latest.

    No redirect and no proxy is followed. Raises nothing that the network does.
    """
    exchange = _Exchange(url, body, headers, within_s)
    threading.Thread(target=exchange.run, name="billing-exchange", daemon=True).start()
    if not exchange.ended.wait(within_s):
        return exchange.abandon()
    assert exchange.outcome is not None, "the exchange ended without a word"
    return exchange.outcome


def _connection(
    scheme: str, host: str, port: int | None, timeout_s: float
) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=timeout_s, context=context)
    return http.client.HTTPConnection(host, port, timeout=timeout_s)
