"""The pages of leaving as HTML: a screen, one that failed, and coming back."""

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _

from tenure.base.errors import TenureError
from tenure.offboard.http.bodies import languages_of
from tenure.offboard.returning import BACK, LEAVING, Standing
from tenure.offboard.screens import Block, Item, Screen, Way
from tenure.offboard.screens_drawn import fragment, page, plain_page, policy_of, style_of
from tenure.offboard.screens_text import day, direction
from tenure.offboard.tokens import KeyRevoked, TokenExpired, TokenUsed
from tenure.offboard.turning import Turn

if TYPE_CHECKING:
    from tenure.offboard.http.house import Asked

FORM_PATH, RETURN_PATH = "/leave", "/leave/return"


def screen_page(asked: "Asked", turn: Turn, screen: Screen, passage: str) -> tuple[str, str]:
    """The page of a screen, and its Content-Security-Policy."""
    style = style_of(turn.flow)
    html = page(
        screen,
        turn.flow,
        turn.passage,
        token=passage,
        action=asked.root + FORM_PATH,
        style=style,
    )
    return html, policy_of(style)


def screen_fragment(asked: "Asked", turn: Turn, screen: Screen, passage: str) -> str:
    """The screen as the embed puts it into its shadow root."""
    action = asked.root + FORM_PATH
    html = fragment(screen, turn.flow, turn.passage, token=passage, action=action)
    return html.encode().decode()  # a plain text: JSON knows no safe one


def failed_page(asked: "Asked", error: TenureError) -> tuple[str, str]:
    """What went wrong, and how to leave all the same: by the host's own link, where it gave one."""
    ask = asked.ask
    language = _language(asked, ask.locale if ask else "")
    ways = []
    with translation.override(language):
        if ask and ask.cancel_url and not isinstance(error, TokenUsed):
            ways.append(Way("", _("Cancel without these pages"), "link", ask.cancel_url))
        if ask and ask.return_url:
            ways.append(Way("", _("Back to where I came from"), "link", ask.return_url))
        title, text = _said(error)
        if error.status >= 500 or not ways:
            text = f"{text} {_how_else(bool(ways))}"
    screen = _screen("failed", title, text, (), tuple(ways), language)
    return plain_page(screen, token="", action="")


def return_page(asked: "Asked", standing: Standing, token: str) -> tuple[str, str]:
    """Whether the cancellation can be taken back, with the one button that does it."""
    language = standing.left.language
    blocks: tuple[Block, ...] = ()
    ways: tuple[Way, ...] = ()
    with translation.override(language):
        if standing.state == LEAVING:
            title = _("Keep your subscription?")
            text = _("It goes on as it was, and nothing has to be entered again.")
            ways = (Way("return", _("Undo the cancellation"), "stay"),)
            if standing.ends_on:
                until = Item(_("It works until"), day(standing.ends_on, language))
                blocks = (Block("dates", items=(until,), name="terms"),)
        elif standing.state == BACK:
            title = _("Your subscription goes on")
            text = _("The cancellation was taken back. You need not do anything else.")
        else:
            title = _("The subscription has ended")
            text = _("It cannot be continued by this link any more.")
    screen = _screen("return", title, text, blocks, ways, language)
    return plain_page(screen, token=token, action=asked.root + RETURN_PATH)


def _said(error: TenureError) -> tuple[str, str]:
    if isinstance(error, TokenUsed):
        return (
            _("This was decided already"),
            _("Your cancellation was received. A confirmation is sent by mail."),
        )
    if isinstance(error, TokenExpired):
        return _("This page stood open for too long"), _("Nothing was changed.")
    if isinstance(error, KeyRevoked):
        return _("This link is not valid any more"), _("Nothing was changed.")
    if error.status >= 500:
        return (
            _("This page cannot be shown at the moment"),
            _("The mistake is ours. Please try again in a moment."),
        )
    if error.status == 409:
        return _("This was decided already"), _("Nothing else was changed.")
    return _("This link is not valid"), _("Nothing was changed.")


def _how_else(has_ways: bool) -> str:
    if has_ways:
        return _("You can also cancel where you came from.")
    return _("Go back to where you came from, and open this page again.")


def _language(asked: "Asked", locale: str) -> str:
    """The interface's language that is nearest to what they read."""
    for wanted in languages_of(asked.request, locale or None):
        try:
            return get_supported_language_variant((wanted or "").lower())
        except LookupError:
            continue
    return "en"


def _screen(  # noqa: PLR0913
    name: str, title: str, text: str, blocks: tuple[Block, ...], ways: tuple[Way, ...],
    language: str,
) -> Screen:  # fmt: skip
    return Screen(
        name=name,
        title=title,
        text=text,
        blocks=blocks,
        fields=(),
        ways=ways,
        is_end=True,
        language=language,
        direction=direction(language),
    )
