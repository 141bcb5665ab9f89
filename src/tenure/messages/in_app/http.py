"""What waits for who is at a page, and what they did with it, as an ASGI application.

POST  v1/in-app        {token, language}                         -> {messages, poll_s}
POST  v1/in-app/did    {token, key, did, times, name, answers}   -> {success}

Both are asked by pages of any origin, without cookies: what lets somebody in is the token, which
their host's server signed. Nothing is answered to who merely says who they are.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from tenure.base.clock import Clock
from tenure.base.errors import InvalidInput, TenureError
from tenure.base.home import Home
from tenure.collect.http.refusals import ClientGone, WrongMethod
from tenure.collect.http.replies import (
    ACCEPTED,
    Reply,
    error_reply,
    json_reply,
    preflight_reply,
    send_reply,
)
from tenure.collect.http.request import Receive, Request, Scope, Send, read_body
from tenure.kit.signed_token import SigningKey
from tenure.lake.inbox import Arrival
from tenure.lake.recording import SOURCE
from tenure.lake.rows import KIND, pack_events
from tenure.messages.in_app.deeds import DEEDS, Deed, Heard, hear, note
from tenure.messages.in_app.waiting import waiting_for, whose
from tenure.messages.person_token import Present, key_id_of, read_person

ASK, DID = "/v1/in-app", "/v1/in-app/did"
BODY_BYTES = 32 * 1024
POLL_S = 300  # how often a page that stays open asks again
LANGUAGE_CHARS = 50
T = TypeVar("T")
Keys = Callable[[str], Mapping[str, SigningKey]]  # by the id that a token names


class Door(Protocol):
    """Where events go: `lake.inbox.GroupCommit`."""

    async def append(self, arrival: Arrival) -> None: ...


class Pool(Protocol):
    """Where the state is asked, while others wait."""

    async def deciding(self, act: Callable[[], T]) -> T: ...


class _Asked(msgspec.Struct, kw_only=True):
    token: str
    language: str = ""


class _Did(msgspec.Struct, kw_only=True):
    token: str
    key: str
    did: str
    times: int = 0
    name: str = ""
    answers: dict[str, int | str | None] = {}


def is_in_app_path(path: str) -> bool:
    """Whether this path is about what is shown in the product."""
    return path in (ASK, DID)


class InApp:
    """`await in_app(scope, receive, send)` answers one HTTP request."""

    def __init__(self, door: Door, home: Home, threads: Pool, keys: Keys, clock: Clock) -> None:
        self._door, self._home, self._threads = door, home, threads
        self._keys, self._clock = keys, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request.of(scope, scope["path"])
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
        if request.method != "POST":
            raise WrongMethod(f"{request.path} answers POST, not {request.method}")
        body = await read_body(request, receive, BODY_BYTES)
        if request.path == ASK:
            return await self._waiting(_read(body, _Asked))
        return await self._did(_read(body, _Did))

    async def _waiting(self, asked: _Asked) -> Reply:
        now, language = self._clock(), asked.language[:LANGUAGE_CHARS]

        def act() -> list[dict[str, Any]]:
            present = self._present(asked.token, now)
            return waiting_for(whose(present), now, language or present.locale)

        messages = await self._threads.deciding(act)
        return json_reply({"messages": messages, "poll_s": POLL_S})

    async def _did(self, said: _Did) -> Reply:
        now = self._clock()
        if said.did not in DEEDS:
            raise InvalidInput(f"did is {said.did[:40]!r}; use {', '.join(DEEDS)}", field="did")
        key = said.key.replace("\0", "")  # PostgreSQL takes none
        deed = Deed(key, said.did, said.times, said.name, said.answers)

        def act() -> Heard | None:
            return hear(whose(self._present(said.token, now)), deed, now)

        heard = await self._threads.deciding(act)
        if heard is None:
            return ACCEPTED  # it is over: in another tab, or because it was said twice
        if heard.rows:
            # Before the ledger: said again, an event is the same one, and a moved row says nothing.
            filled = [{"source": SOURCE, "known_at": now, "received_at": now, **row}
                      for row in heard.rows]  # fmt: skip
            await self._door.append(Arrival(KIND, SOURCE, now, pack_events(filled), {}))
        done = heard
        await self._threads.deciding(lambda: note(self._home, done, now))
        return ACCEPTED

    def _present(self, token: str, now: datetime) -> Present:
        return read_person(token, self._keys(key_id_of(token)), now)


def _read(body: bytes, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"the body is no JSON of the kind that is asked for: {error}") from None
