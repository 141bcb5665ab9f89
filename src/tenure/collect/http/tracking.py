"""The tracking API as an ASGI application: read, check the key, put it on disk, say yes.

A plain application, not a Django view: one request costs some 50 microseconds here. What it
answers, and why, is in docs/tracking.md.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Protocol

from tenure.base.clock import Clock
from tenure.base.errors import NotFound, TenureError, TooLarge, Unauthorized
from tenure.collect.http import bootstrap
from tenure.collect.http.body import plain_json
from tenure.collect.http.limits import Limits
from tenure.collect.http.paths import (
    DROPPED,
    FLAGS,
    INTAKES,
    OUTCOMES,
    POSTHOG_ARRAY,
    PROJECTS,
    SETTINGS,
    SOURCE_CONFIG,
    Intake,
    tidy_path,
)
from tenure.collect.http.rate import RequestRate
from tenure.collect.http.refusals import ClientGone, RateLimited, WrongMethod
from tenure.collect.http.replies import (
    ACCEPTED,
    Reply,
    error_reply,
    json_reply,
    preflight_reply,
    script_reply,
    send_reply,
)
from tenure.collect.http.request import Receive, Request, Scope, Send, read_body
from tenure.collect.http.shape import check_count, read_shape
from tenure.collect.http.stated_key import basic_key, stated_key
from tenure.lake.inbox import Arrival

_USER_AGENT_CHARS = 500
_A_FEW_MINUTES = b"private, max-age=300"
Outcomes = Callable[[], Awaitable[list[dict[str, str]]]]


class Door(Protocol):
    """Where an accepted body goes: `lake.inbox.GroupCommit`."""

    async def append(self, arrival: Arrival) -> None: ...


class WriteKeys(Protocol):
    """Who may write: `collect.write_keys.CachedWriteKeys`."""

    async def source_of(self, key: str) -> str | None: ...


async def no_outcomes() -> list[dict[str, str]]:
    return []


def build_tracking(
    group_commit: Door,
    write_keys: WriteKeys,
    limits: Limits,
    clock: Clock,
    outcomes: Outcomes = no_outcomes,
) -> "Tracking":
    """The ASGI application that answers every path of `is_tracking_path`.

    `outcomes` gives name and title of what accounts may have bought us for.
    """
    return Tracking(group_commit, write_keys, limits, clock, outcomes)


class Tracking:
    """`await tracking(scope, receive, send)` answers one HTTP request."""

    def __init__(
        self,
        group_commit: Door,
        write_keys: WriteKeys,
        limits: Limits,
        clock: Clock,
        outcomes: Outcomes,
    ) -> None:
        self._group_commit = group_commit
        self._write_keys = write_keys
        self._limits = limits
        self._clock = clock
        self._outcomes = outcomes
        self._rate = RequestRate(limits.requests_per_second, limits.burst_requests)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request.of(scope, tidy_path(scope["path"]))
        try:
            reply = await self._reply(request, receive)
        except ClientGone:
            return
        except TenureError as error:
            reply = error_reply(error)
        await send_reply(reply, request, send)

    async def _reply(self, request: Request, receive: Receive) -> Reply:
        if request.method == "OPTIONS":
            return preflight_reply(request)
        intake = INTAKES.get(request.path)
        if intake is not None:
            if request.method != "POST":
                raise WrongMethod(f"{request.path} takes events by POST, not by {request.method}")
            return await self._take(request, intake, receive)
        if request.path in DROPPED:
            await read_body(request, receive, self._limits.body_bytes)
            return ACCEPTED
        return await self._bootstrap(request)

    async def _take(self, request: Request, intake: Intake, receive: Receive) -> Reply:
        limits = self._limits
        body = await read_body(request, receive, limits.body_bytes)
        key = basic_key(request)
        # Where the header names the key, a stranger does not make us unpack and parse.
        source = await self._admitted(key) if key else ""
        shape = read_shape(plain_json(body, request, limits.body_bytes), intake)
        source = source or await self._admitted(stated_key(request, shape.key))
        check_count(shape, limits.events_per_batch)
        if not intake.is_batch and len(shape.body) > limits.event_bytes:
            raise TooLarge(
                f"the event has {len(shape.body)} bytes, and {limits.event_bytes} are the limit; "
                "leave out large properties"
            )
        if shape.events:
            meta = self._meta(request, intake)
            await self._group_commit.append(
                Arrival(intake.kind, source, self._clock(), shape.body, meta)
            )
        return ACCEPTED

    def _meta(self, request: Request, intake: Intake) -> dict[str, str]:
        """What the decoder needs beside the body; see `client_side` and `arrival_facts`."""
        limits = self._limits
        # Events without an id of their own are known by this one and their place in the batch.
        meta = {"path": intake.path, "id": secrets.token_hex(8)}
        if intake.kind == "segment" and limits.event_bytes != Limits().event_bytes:
            meta["event_bytes"] = str(limits.event_bytes)
        if intake.is_browser or b"origin" in request.headers:
            meta["client_side"] = "1"
            if agent := request.header(b"user-agent"):
                meta["user_agent"] = agent[:_USER_AGENT_CHARS]
        if limits.keep_ip == "none":
            meta["drop_ip"] = "1"
        elif address := request.address(limits.proxies):
            meta["ip"] = address
        if intake.kind == "posthog" and request.query.get("_", "").isdigit():
            meta["sent_at"] = request.query["_"]
        return meta

    async def _admitted(self, key: str) -> str:
        """The source of a key that may write, now."""
        source = await self._source(key)
        wait_s = self._rate.seconds_to_wait(source)
        if wait_s:
            rate = self._limits.requests_per_second
            raise RateLimited(
                f"source {source} sends over {rate:g} requests a second; "
                "send larger batches, and this one again later",
                wait_s,
            )
        return source

    async def _source(self, key: str) -> str:
        source = await self._write_keys.source_of(key)
        if source is None:
            raise Unauthorized(
                f"write key {key[:4]}… is not known or was revoked; "
                "create one with `tenure keys create`, or in the console under Data",
                field="writeKey",
            )
        return source

    async def _bootstrap(self, request: Request) -> Reply:
        """What libraries ask for before they send; only for keys that may write."""
        path = request.path
        if path in FLAGS:
            return json_reply(bootstrap.posthog_flags())
        if path in SOURCE_CONFIG:
            key = stated_key(request)
            return json_reply(bootstrap.rudderstack_source(key, await self._source(key)))
        if path == OUTCOMES:
            await self._source(stated_key(request, request.query.get("key")))
            return json_reply({"outcomes": await self._outcomes()}, cache=_A_FEW_MINUTES)
        if path.startswith(PROJECTS) and path.endswith(SETTINGS):
            key = path[len(PROJECTS) : -len(SETTINGS)]
            await self._source(key)
            scheme = request.public_scheme(self._limits.proxies)
            host = request.header(b"host") + request.root
            return json_reply(bootstrap.segment_settings(key, host, scheme))
        key, _, wanted = path.removeprefix(POSTHOG_ARRAY).partition("/")
        if path.startswith(POSTHOG_ARRAY) and wanted in ("config", "config.js"):
            await self._source(key)
            if wanted == "config":
                return json_reply(bootstrap.posthog_config(key))
            return script_reply(bootstrap.posthog_config_script(key))
        raise NotFound(f"there is nothing at {path}")
