"""How a browser gets `tenure.js`: small, kept for long, and from any page of any origin."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from tenure.app.browser.assembling import CHURNKEY_PARTS, Script, in_app_js, tenure_js

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

NAME = "/tenure.js"
CHURNKEY = "/churnkey.js"  # the same, and the call that pages made to Churnkey
# What shows messages stands beside the script, by the script's own name and this end.
IN_APP = "-in-app.js"
_AT_ROOT = (NAME, CHURNKEY, "/tenure-in-app.js", "/churnkey-in-app.js")
# Below a prefix that the operator declared the script answers to any name: lists of what to block
# know the usual ones.
_ANY_NAME = re.compile(r"/[\w.-]+\.js")
_AN_HOUR = b"public, max-age=3600, stale-while-revalidate=86400"
_FOR_EVER = b"public, max-age=31536000, immutable"


def is_script_path(prefix: str, path: str) -> bool:
    """Whether the script is what `path` names, below `prefix` (empty: at the root)."""
    return path in _AT_ROOT or bool(prefix and _ANY_NAME.fullmatch(path))


class ScriptAnswers:
    """`await answers(scope, receive, send)` sends the script, or says that it is still the same.

    For GET and HEAD.
    """

    def __init__(self) -> None:
        self._script, self._churnkey = tenure_js(), tenure_js(CHURNKEY_PARTS)
        self._in_app = in_app_js()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = dict(scope["headers"])
        script = self._named(scope["path"])
        etag = f'W/"{script.digest}"'.encode()
        headers = _headers(scope, script, etag)
        if etag in asked.get(b"if-none-match", b""):
            status, body = 304, b""
        elif _takes_gzip(asked.get(b"accept-encoding", b"")):
            status, body = 200, script.gzipped
            headers.append((b"content-encoding", b"gzip"))
        else:
            status, body = 200, script.text
        if status != 304:
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )

    def _named(self, path: str) -> Script:
        if path.endswith(IN_APP):
            return self._in_app
        return self._churnkey if path.endswith(CHURNKEY) else self._script


def _headers(scope: Scope, script: Script, etag: bytes) -> list[tuple[bytes, bytes]]:
    named = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("v", [""])[-1]
    return [
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"cache-control", _FOR_EVER if named == script.digest else _AN_HOUR),
        (b"etag", etag),
        (b"vary", b"accept-encoding"),
        (b"access-control-allow-origin", b"*"),
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"timing-allow-origin", b"*"),
        (b"x-content-type-options", b"nosniff"),
    ]


def _takes_gzip(accepted: bytes) -> bool:
    for each in accepted.decode("latin-1").lower().split(","):
        coding, _, quality = each.partition(";")
        if coding.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
