"""What goes back to the client: status, JSON, and the headers that browsers ask for."""

import math
from dataclasses import dataclass

import msgspec

from tenure.base.errors import TenureError, Unavailable
from tenure.collect.http.refusals import RateLimited
from tenure.collect.http.request import Request, Send

RETRY_AFTER_S = 5
_SUCCESS = b'{"success": true}'
_JSON = (b"content-type", b"application/json")
_PREFLIGHT_SECONDS = b"86400"
_ASKED_CHARS = 1024


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = (_JSON,)
    cache: bytes = b"no-store"


# Some clients take exactly 200 for success, and no other 2xx.
ACCEPTED = Reply(200, _SUCCESS)


def json_reply(value: object, status: int = 200, cache: bytes = b"no-store") -> Reply:
    return Reply(status, msgspec.json.encode(value), cache=cache)


def script_reply(text: str) -> Reply:
    return Reply(200, text.encode(), ((b"content-type", b"text/javascript; charset=utf-8"),))


def error_reply(error: TenureError) -> Reply:
    """The one error shape, and when to come again. `detail` is where PostHog's clients look."""
    headers = [_JSON]
    if isinstance(error, RateLimited):
        wait = b"%d" % max(1, math.ceil(error.wait_s))
        headers += [(b"retry-after", wait), (b"x-ratelimit-reset", wait)]
    elif isinstance(error, Unavailable):
        headers.append((b"retry-after", b"%d" % RETRY_AFTER_S))
    body = msgspec.json.encode({**error.as_json(), "detail": error.message})
    return Reply(error.status, body, tuple(headers))


def preflight_reply(request: Request) -> Reply:
    """Yes to whatever headers a browser asks to send: none of them gives any right here."""
    asked = request.headers.get(b"access-control-request-headers", b"")[:_ASKED_CHARS]
    allowed = asked or b"authorization, content-type, content-encoding, anonymousid"
    return Reply(
        204,
        b"",
        (
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", allowed),
            (b"access-control-max-age", _PREFLIGHT_SECONDS),
        ),
    )


async def send_reply(reply: Reply, request: Request, send: Send) -> None:
    """Sends one reply, readable by any page."""
    headers = [*reply.headers, *_cross_origin(request)]
    if reply.status != 204:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    headers.append((b"cache-control", reply.cache))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _cross_origin(request: Request) -> list[tuple[bytes, bytes]]:
    """Any page may write and read here: what lets somebody in is the key, never a cookie.

    The origin is named, rather than `*`, because a beacon sends credentials along.
    """
    origin = request.headers.get(b"origin")
    if origin is None:
        return [(b"access-control-allow-origin", b"*")]
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"retry-after, x-ratelimit-reset"),
        (b"vary", b"origin"),
    ]
