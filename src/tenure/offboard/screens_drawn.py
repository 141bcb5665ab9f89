"""A screen as HTML: a page of its own, or the fragment that the embed puts into its shadow root.

    style = style_of(flow)
    html = page(screen, flow, passage, token=..., action="/leave", style=style)
    headers["Content-Security-Policy"] = policy_of(style, ...)

One HTML (`screens_written.py`) and one style sheet for both; no script. The form posts `passage`,
the fields, and the `action` of the button.
"""

import base64
import hashlib
import re
from functools import lru_cache
from importlib.resources import files

from django.template.loader import get_template

from tenure.offboard.colours import DARK, LIGHT, readable, text_on
from tenure.offboard.flow_parts import Flow, Theme
from tenure.offboard.flow_words import Words
from tenure.offboard.passage import Passage
from tenure.offboard.screens import Screen
from tenure.offboard.screens_text import lang_attribute
from tenure.offboard.screens_written import fragment_of

FILL_RATIO = 3.0  # of a button against the page; WCAG 2.2, 1.4.11
ACCENT = "#2f5bd3"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(r"\s+")


def fragment(screen: Screen, flow: Flow, passage: Passage, *, token: str, action: str) -> str:
    """The screen alone. `token` is the sealed passage, `action` where its form posts to."""
    test_word = Words(flow, screen.language)("test") if passage.ask.is_test else ""
    return fragment_of(screen, token=token, action=action, test_word=test_word)


def page(
    screen: Screen, flow: Flow, passage: Passage, *, token: str, action: str, style: str
) -> str:
    """The whole page, with its style inside: nothing else needs to be fetched."""
    inside = fragment(screen, flow, passage, token=token, action=action)
    return _page_around(screen, inside, style, from_name=flow.from_name)


def style_of(flow: Flow) -> str:
    """The style sheet with the flow's theme; for `:host` of a shadow root and for `body` alike."""
    return _sheet() + theme_of(flow.theme)


def policy_of(style: str) -> str:
    """The Content-Security-Policy of a page with that style: nothing but it and its own forms.

    `form-action` is left out: the host's own link may be where a posted step leads to.
    """
    seal = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{seal}'; img-src data:; base-uri 'none'; "
        "frame-ancestors 'self'"
    )


@lru_cache(maxsize=64)
def theme_of(theme: Theme) -> str:
    """The custom properties of a theme, its colours moved until they are read in both schemes."""
    accent = theme.accent or ACCENT
    fills = [readable(accent, behind, FILL_RATIO) for behind in (LIGHT, DARK)]
    inks = [readable(accent, behind) for behind in (LIGHT, DARK)]
    said = {
        "--fill": _both(*fills),
        "--on-fill": _both(*(text_on(fill) for fill in fills)),
        "--accent": _both(*inks),
        "--radius": f"{theme.radius}px",
    }
    if theme.font:
        said["--font"] = theme.font
    return ":host,body{" + ";".join(f"{name}:{value}" for name, value in said.items()) + "}"


def plain_page(screen: Screen, *, token: str, action: str) -> tuple[str, str]:
    """A page that belongs to no flow (a link that is too old, coming back), and its policy."""
    style = _plain_style()
    inside = fragment_of(screen, token=token, action=action)
    return _page_around(screen, inside, style), policy_of(style)


def _page_around(screen: Screen, inside: str, style: str, from_name: str = "") -> str:
    context = {
        "screen": screen,
        "lang": lang_attribute(screen.language),
        "fragment": inside,
        "style": style,
        "from_name": from_name,
    }
    return get_template("offboard/page.html").render(context)


@lru_cache(maxsize=1)
def _plain_style() -> str:
    return _sheet() + theme_of(Theme())


def _both(light: str, dark: str) -> str:
    return light if light == dark else f"light-dark({light},{dark})"


@lru_cache(maxsize=1)
def _sheet() -> str:
    text = files("tenure.offboard").joinpath("page.css").read_text("utf-8")
    return _SPACE.sub(" ", _COMMENT.sub("", text)).strip()
