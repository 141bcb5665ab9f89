"""One HTTP request as the tracking API reads it."""

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from tenure.base.errors import TooLarge
from tenure.collect.http.refusals import ClientGone

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

QUERY_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Request:
    """Method, tidy path, headers by lower-case name, and the query's fields (the last wins)."""

    method: str
    path: str
    headers: dict[bytes, bytes]
    query: dict[str, str]
    scheme: str
    client: str  # address of whoever opened the connection
    root: str = ""  # the prefix below which we were asked, as `/t`

    @classmethod
    def of(cls, scope: Scope, path: str) -> "Request":
        return cls(
            method=scope["method"],
            path=path,
            headers=dict(scope["headers"]),
            query=_query(scope.get("query_string", b"")),
            scheme=scope.get("scheme", "http"),
            client=(scope.get("client") or ("",))[0],
            root=scope.get("root_path", ""),
        )

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")

    def public_scheme(self, proxies: int) -> str:
        """`http` or `https`, as the client's own address bar has it."""
        stated = self.header(b"x-forwarded-proto").split(",")[-1].strip().lower()
        return stated if proxies and stated in ("http", "https") else self.scheme

    def address(self, proxies: int) -> str:
        """The client's address, behind so many proxies of our own; empty when there is none.

        Each proxy appends who called it to X-Forwarded-For; what stands left of ours, anybody may
        have written.
        """
        if not proxies:
            return _address(self.client)
        hops = [each.strip() for each in self.header(b"x-forwarded-for").split(",")]
        return _address(hops[-proxies] if len(hops) >= proxies else hops[0])


async def read_body(request: Request, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises TooLarge over `limit` bytes, and ClientGone."""
    stated = request.headers.get(b"content-length", b"")
    if stated.isdigit() and int(stated) > limit:
        raise too_large(int(stated), limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        if chunk := message.get("body"):
            size += len(chunk)
            if size > limit:
                raise too_large(size, limit)
            chunks.append(chunk)
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def too_large(size: int, limit: int) -> TooLarge:
    return TooLarge(f"the body has at least {size} bytes, and {limit} are the limit; send less")


def _query(text: bytes) -> dict[str, str]:
    if not text:
        return {}
    try:
        return dict(parse_qsl(text.decode("latin-1"), max_num_fields=QUERY_FIELDS))
    except ValueError:  # too many fields: none of them is ours
        return {}


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return ""
