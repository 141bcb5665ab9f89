"""A screen as HTML: a page of its own, or the fragment that the embed puts into its shadow root.

    style = style_of(flow)
    html = page(screen, flow, passage, token=..., action="/leave", style=style)
    headers["Content-Security-Policy"] = policy_of(style, ...)

One set of templates and one style sheet for both; no script. The form posts `passage`, the fields,
and the `action` of the button.
"""

import base64
import hashlib
import re
from functools import lru_cache
from importlib.resources import files
from itertools import groupby

from django.template.loader import get_template

from tenure.offboard.colours import DARK, LIGHT, readable, text_on
from tenure.offboard.flow_parts import Flow, Theme
from tenure.offboard.flow_words import Words
from tenure.offboard.passage import CONFIRM, LEFT, Passage
from tenure.offboard.screens import Block, Field, Screen
from tenure.offboard.screens_text import lang_attribute

FILL_RATIO = 3.0  # of a button against the page; WCAG 2.2, 1.4.11
ACCENT = "#2f5bd3"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACE = re.compile(r"\s+")


def fragment(screen: Screen, flow: Flow, passage: Passage, *, token: str, action: str) -> str:
    """The screen alone. `token` is the sealed passage, `action` where its form posts to."""
    return get_template("offboard/fragment.html").render(
        _context(screen, flow, passage, token=token, action=action)
    )


def page(
    screen: Screen, flow: Flow, passage: Passage, *, token: str, action: str, style: str
) -> str:
    """The whole page, with its style inside: nothing else needs to be fetched."""
    context = _context(screen, flow, passage, token=token, action=action)
    return get_template("offboard/page.html").render(
        context | {"style": style, "from_name": flow.from_name}
    )


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


def context_of(screen: Screen, *, token: str, action: str) -> dict[str, object]:
    """What the templates need of a screen; for pages of Tenure's own beside a flow's, too."""
    # Where the way out stays in sight, it has the bar with the way on to itself.
    below = {"send", "back", *(("stay",) if screen.has_leave_always else ())}
    return {
        "screen": screen,
        "lang": lang_attribute(screen.language),
        "token": token,
        "action": action,
        # What is decided is read first; what is asked then comes after it.
        "fields_last": screen.name in (CONFIRM, LEFT),
        "groups": _groups(screen),
        "ways": [way for way in screen.ways if way.kind not in below],
        "ways_below": [way for way in screen.ways if way.kind in below - {"send"}],
        "problem_at": _place_of(screen.error_field, screen.fields),
    }


def _context(
    screen: Screen, flow: Flow, passage: Passage, *, token: str, action: str
) -> dict[str, object]:
    return context_of(screen, token=token, action=action) | {
        "is_test": passage.ask.is_test,
        "test_word": Words(flow, screen.language)("test"),
    }


def plain_page(screen: Screen, *, token: str, action: str) -> tuple[str, str]:
    """A page that belongs to no flow (a link that is too old, coming back), and its policy."""
    style = _plain_style()
    context = context_of(screen, token=token, action=action) | {"style": style}
    return get_template("offboard/page.html").render(context), policy_of(style)


@lru_cache(maxsize=1)
def _plain_style() -> str:
    return _sheet() + theme_of(Theme())


def _groups(screen: Screen) -> list[dict[str, object]]:
    """The blocks, those that are rows of one panel together."""
    return [
        {"is_panel": is_panel, "blocks": list(blocks)}
        for is_panel, blocks in groupby(screen.blocks, key=_is_row)
    ]


def _is_row(block: Block) -> bool:
    return block.kind in ("dates", "list", "facts") or (block.kind == "text" and bool(block.title))


def _place_of(name: str, fields: tuple[Field, ...]) -> str:
    """The id to jump to from the error: the first radio of a choice, else the field."""
    for field in fields:
        if field.name == name:
            return f"field-{name}-1" if field.kind == "choice" else f"field-{name}"
    return ""


def _both(light: str, dark: str) -> str:
    return light if light == dark else f"light-dark({light},{dark})"


@lru_cache(maxsize=1)
def _sheet() -> str:
    text = files("tenure.offboard").joinpath("page.css").read_text("utf-8")
    return _SPACE.sub(" ", _COMMENT.sub("", text)).strip()
