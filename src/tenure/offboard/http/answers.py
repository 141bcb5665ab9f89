"""What goes back: a screen as JSON or as a page; how to leave without us when something failed."""

from typing import TYPE_CHECKING

from tenure.base.errors import TenureError
from tenure.collect.http.replies import Reply, error_reply, json_reply, send_reply
from tenure.collect.http.request import Request, Send
from tenure.offboard.flow_words import Words
from tenure.offboard.http import pages
from tenure.offboard.screens import Screen
from tenure.offboard.screens_drawn import style_of
from tenure.offboard.turning import Turn, result_of

if TYPE_CHECKING:
    from tenure.offboard.http.house import Asked

HTML_HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    # The address holds a token: it goes nowhere else, and into no index.
    (b"referrer-policy", b"no-referrer"),
    (b"x-robots-tag", b"noindex, nofollow"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


def page_reply(
    page: tuple[str, str], status: int = 200, extra: tuple[tuple[bytes, bytes], ...] = ()
) -> Reply:
    """A page of ours, given with its policy, and with what keeps it to itself."""
    html, policy = page
    headers = (*HTML_HEADERS, (b"content-security-policy", policy.encode()), *extra)
    return Reply(status, html.encode(), headers)


def shown(asked: "Asked", turn: Turn, screen: Screen, passage: str) -> Reply:
    """A screen, in the way that was asked for."""
    status = 422 if screen.error else 200
    if asked.wants_html:
        return page_reply(pages.screen_page(asked, turn, screen, passage), status)
    return json_reply(_value(asked, turn, screen, passage))


def _value(asked: "Asked", turn: Turn, screen: Screen, passage: str) -> dict[str, object]:
    value: dict[str, object] = {
        "visit": turn.passage.visit_id,
        "mode": turn.passage.ask.mode,
        "passage": passage,
        "screen": screen,
        "expires_at": turn.passage.ask.expires_at,
    }
    if asked.channel == "embed":
        value["html"] = pages.screen_fragment(asked, turn, screen, passage)
        value["style"] = style_of(turn.flow)
    if result := result_of(turn):
        value["result"] = result
    if turn.is_settling and turn.settling.act:
        said = Words(turn.flow, turn.passage.language)("acting")
        value["act"] = {**turn.settling.act, "words": said}
    return value


def refused(asked: "Asked", turn: Turn, screen: Screen, passage: str, error: TenureError) -> Reply:
    """What cannot be had any more, and the screen to go on with."""
    if asked.wants_html:
        return page_reply(pages.screen_page(asked, turn, screen, passage), error.status)
    return json_reply({**error.as_json(), **_value(asked, turn, screen, passage)}, error.status)


def failed(asked: "Asked", error: TenureError) -> Reply:
    """What went wrong, and the host's own way to cancel, where the token named one."""
    if asked.wants_html:
        extra = ((b"retry-after", b"5"),) if error.status == 503 else ()
        return page_reply(pages.failed_page(asked, error), error.status, extra)
    reply = error_reply(error)
    if asked.ask is None:
        return reply
    value = {
        **error.as_json(),
        "visit": asked.ask.visit_id,
        "cancel_url": asked.ask.cancel_url or None,
        "return_url": asked.ask.return_url or None,
    }
    return Reply(reply.status, json_reply(value).body, reply.headers)


async def send(reply: Reply, request: Request, send: Send, *, is_page: bool) -> None:
    """One reply. Any page may read JSON, for which it holds a token; none reads a page of ours."""
    if not is_page:
        await send_reply(reply, request, send)
        return
    headers = [*reply.headers, (b"cache-control", reply.cache)]
    headers.append((b"content-length", b"%d" % len(reply.body)))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
