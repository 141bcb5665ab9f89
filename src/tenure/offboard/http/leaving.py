"""Leaving, as an ASGI application: verify, decide, record, show.

Opening and answering write to the inbox alone, in the group commit that tracking uses; the end of a
visit also writes one transaction of state, and then waits a moment for billing. When something
fails, the answer says how to leave without us.
"""

import logging
from datetime import datetime

from tenure.base.clock import Clock
from tenure.base.errors import InvalidInput, TenureError
from tenure.base.home import Home
from tenure.collect.http.refusals import ClientGone, WrongMethod
from tenure.collect.http.replies import Reply, preflight_reply
from tenure.collect.http.request import Receive, Request, Scope, Send, read_body
from tenure.lake.inbox import Arrival
from tenure.lake.recording import SOURCE
from tenure.lake.rows import KIND, pack_events
from tenure.offboard.deciding import Deciding
from tenure.offboard.http import answers, coming_back
from tenure.offboard.http.bodies import (
    BODY_BYTES,
    HTML,
    languages_of,
    read_form,
    read_opening,
    read_stepping,
    stepping_of,
)
from tenure.offboard.http.house import Asked, Door, House, Pools
from tenure.offboard.http.paths import (
    EXPORT,
    FORM,
    JSON_PATHS,
    OPEN,
    PAGE,
    RETURN,
    RETURN_PAGE,
    STEP,
    Place,
    place_of,
)
from tenure.offboard.outcomes import carry_out_now
from tenure.offboard.passage import Passage, Step
from tenure.offboard.passage_token import seal, unseal
from tenure.offboard.screens import Screen
from tenure.offboard.tokens import Ask, key_id_of, read_token
from tenure.offboard.turning import (
    Turn,
    acted_on,
    open_visit,
    seen_again,
    seen_without,
    shown_on,
    step_on,
)
from tenure.offers.accepting import OfferGone

log = logging.getLogger("tenure.leaving")
ACTED = "acted"  # the host's page made what it was to make, or could not


def build_leaving(door: Door, home: Home, secret: str, threads: Pools, clock: Clock) -> "Leaving":
    """The ASGI application that answers every path of `is_leaving_path`."""
    return Leaving(House(home, secret, door, threads, clock))


class Leaving:
    """`await leaving(scope, receive, send)` answers one HTTP request."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._deciding = Deciding(house.home)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = place_of(scope["path"]) or Place(PAGE)
        request = Request.of(scope, scope["path"])
        asked = Asked(request, place, root=request.root)
        asked.wants_html = place.kind not in JSON_PATHS
        try:
            reply = await self._reply(asked, receive)
        except ClientGone:
            return
        except TenureError as error:
            if error.status >= 500:
                log.error("leaving failed (%s): %s", error.code, error.message)
            reply = answers.failed(asked, error)
        except Exception:
            # Whatever is broken here, nobody may be kept from leaving by it.
            log.exception("leaving is broken")
            reply = answers.failed(asked, TenureError("the mistake is ours, and is in our log"))
        await answers.send(reply, request, send, is_page=asked.wants_html)

    async def _reply(self, asked: Asked, receive: Receive) -> Reply:
        request, place = asked.request, asked.place
        if request.method == "OPTIONS":
            return preflight_reply(request)
        if request.method != place.method and not (
            request.method == "HEAD" and place.method == "GET"
        ):
            raise WrongMethod(f"{request.path} answers {place.method}, not {request.method}")
        if request.method == "HEAD":  # a look at a link opens nothing
            return Reply(200, b"", answers.HTML_HEADERS)
        body = b""
        if place.method == "POST":
            body = await read_body(request, receive, BODY_BYTES)
        return await self._BY_KIND[place.kind](self, asked, body)

    async def _open_page(self, asked: Asked, body: bytes) -> Reply:
        asked.channel = "page"
        wanted = (asked.request.query.get("language"),)
        return await self._open(asked, asked.place.token, wanted)

    async def _open_json(self, asked: Asked, body: bytes) -> Reply:
        opening = read_opening(body)
        asked.channel = "embed" if opening.render == HTML else "api"
        return await self._open(asked, opening.token, (opening.language,))

    async def _open(self, asked: Asked, token: str, wanted: tuple[str | None, ...]) -> Reply:
        now = self._house.clock()

        def act() -> tuple[Turn, Reply]:
            ask = self._ask_of(token, now)
            asked.ask = ask
            languages = languages_of(asked.request, *wanted, ask.locale or None)
            turn = open_visit(self._deciding, ask, now, channel=asked.channel, wanted=languages)
            return turn, self._shown(asked, turn, now)

        turn, reply = await self._house.threads.deciding(act)
        await self._record(turn, now)
        return reply

    async def _step_json(self, asked: Asked, body: bytes) -> Reply:
        stepping = read_stepping(body)
        asked.channel = "embed" if stepping.render == HTML else "api"
        if stepping.action == ACTED:
            return await self._acted(asked, stepping.passage, stepping.step)
        return await self._step(asked, stepping.passage, stepping.step)

    async def _acted(self, asked: Asked, sealed: str, step: Step) -> Reply:
        """What the host's page says came of a change that it makes: billing is read at once."""
        house, now = self._house, self._house.clock()

        def act() -> tuple[Turn, Reply]:
            before = unseal(sealed, house.secret, now)
            asked.before, asked.ask = before, before.ask
            turn = acted_on(self._deciding, before, step, now)
            assert turn.outcome is not None
            turn.outcome = carry_out_now(turn.outcome, house.home, now)
            return turn, self._shown(asked, turn, house.clock())

        turn, reply = await house.threads.waiting(act)
        await self._record_if_possible(turn, now)
        return reply

    async def _step_form(self, asked: Asked, body: bytes) -> Reply:
        asked.channel = "page"
        stepping = stepping_of(read_form(body))
        return await self._step(asked, stepping.passage, stepping.step)

    async def _step(self, asked: Asked, sealed: str, step: Step) -> Reply:
        house, now = self._house, self._house.clock()

        def act() -> tuple[Turn, Reply | None]:
            before = unseal(sealed, house.secret, now)
            asked.before, asked.ask = before, before.ask
            try:
                turn = step_on(self._deciding, before, step, now)
            except OfferGone as error:
                return self._without(asked, before, step, error, now)
            except InvalidInput as error:
                if asked.channel == "api":
                    raise
                return self._again(asked, before, step, error, now)
            if turn.is_settling:
                return turn, None
            return turn, self._shown(asked, turn, now)

        turn, reply = await house.threads.deciding(act)
        if reply is not None:
            await self._record(turn, now)
            return reply
        return await self._ended(asked, turn, now)

    def _again(
        self, asked: Asked, before: Passage, step: Step, error: InvalidInput, now: datetime
    ) -> tuple[Turn, Reply]:
        """The same screen, which says what was wrong with the answer. Nothing is recorded."""
        turn = seen_again(self._deciding, before, now)
        screen = shown_on(turn, now, refused=error, said=step.values)
        turn.rows.clear()
        return turn, self._answer(asked, turn, screen, now)

    def _without(
        self, asked: Asked, before: Passage, step: Step, error: OfferGone, now: datetime
    ) -> tuple[Turn, Reply]:
        """The screen without an offer that somebody else was quicker to take."""
        turn = seen_without(self._deciding, before, step, now)
        refused = InvalidInput(error.message, field="action")
        screen = shown_on(turn, now, refused=refused)
        passage = seal(turn.passage, self._house.secret, now)
        return turn, answers.refused(asked, turn, screen, passage, error)

    async def _ended(self, asked: Asked, turn: Turn, now: datetime) -> Reply:
        """The outcome is in state. Its event, billing and the last screen follow; whatever of it
        fails now is done by the worker."""
        await self._record_if_possible(turn, now)
        outcome = turn.outcome
        assert outcome is not None

        def act() -> Reply:
            try:
                turn.outcome = carry_out_now(outcome, self._house.home, now)
            except Exception:
                # It was received, and that is what they are told; the worker carries it out.
                log.exception("billing waits for the worker")
            return self._shown(asked, turn, self._house.clock())

        reply = await self._house.threads.waiting(act)
        await self._record_if_possible(turn, now)
        return reply

    async def _return_page(self, asked: Asked, body: bytes) -> Reply:
        return await coming_back.page(self._house, asked)

    async def _return(self, asked: Asked, body: bytes) -> Reply:
        return await coming_back.come_back(self._house, asked, read_form(body))

    async def _export(self, asked: Asked, body: bytes) -> Reply:
        return await coming_back.export(self._house, asked)

    def _ask_of(self, token: str, now: datetime) -> Ask:
        return read_token(token, self._deciding.keys(key_id_of(token)), now)

    def _shown(self, asked: Asked, turn: Turn, now: datetime) -> Reply:
        return self._answer(asked, turn, shown_on(turn, now), now)

    def _answer(self, asked: Asked, turn: Turn, screen: Screen, now: datetime) -> Reply:
        return answers.shown(asked, turn, screen, seal(turn.passage, self._house.secret, now))

    async def _record(self, turn: Turn, now: datetime) -> None:
        """Raises Unavailable: what is not on disk was not shown."""
        rows, turn.rows = turn.rows, []
        if rows:
            filled = [
                {"source": SOURCE, "known_at": now, "received_at": now, **row} for row in rows
            ]
            await self._house.door.append(Arrival(KIND, SOURCE, now, pack_events(filled), {}))

    async def _record_if_possible(self, turn: Turn, now: datetime) -> None:
        try:
            await self._record(turn, now)
        except TenureError as error:
            log.error("an outcome waits to be told (%s): %s", error.code, error.message)

    _BY_KIND = {
        PAGE: _open_page,
        FORM: _step_form,
        OPEN: _open_json,
        STEP: _step_json,
        RETURN_PAGE: _return_page,
        RETURN: _return,
        EXPORT: _export,
    }
