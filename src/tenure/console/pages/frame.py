"""What every page has around it: rail, title, language, theme, freshness; and rendering it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from tenure.base.clock import system_clock
from tenure.console.freshness import Freshness, freshness
from tenure.console.navigation import RAIL, Place

THEMES = ("system", "light", "dark")
THEME_COOKIE = "tenure_theme"
PAGES = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of one reply; `place` is the key of the rail's entry that is lit."""

    title: str
    place: str
    css: str
    js: str
    has_charts: bool
    theme: str
    language: str
    languages: list[tuple[str, str]]
    company: str
    places: list[Place]
    user_name: str
    freshness: Freshness | None
    here: str


@cache
def _own_asset(page: str, suffix: str) -> str:
    """The page's own file, else that of the page it lies in."""
    for name in (page, page.rpartition("/")[0]):
        if name and (PAGES / name / f"page.{suffix}").exists():
            return f"pages/{name}/page.{suffix}"
    return ""


def theme(request: HttpRequest) -> str:
    chosen = request.COOKIES.get(THEME_COOKIE, "system")
    return chosen if chosen in THEMES else "system"


def page_reply(
    request: HttpRequest,
    page: str,
    title: str,
    context: dict[str, Any],
    *,
    place: str = "",
    has_charts: bool = False,
    status: int = 200,
) -> HttpResponse:
    """A whole page from `pages/<page>/page.html`; inside the drawer only its content block."""
    if is_in_drawer(request):
        context = {**context, "title": title}
        reply = HttpResponse(render_to_string(f"pages/{page}/panel.html", context, request))
        patch_vary_headers(reply, ["HX-Request"])
        return reply
    frame = Frame(
        title=title,
        place=place or page,
        css=_own_asset(page, "css"),
        js=_own_asset(page, "js"),
        has_charts=has_charts,
        theme=theme(request),
        language=get_language() or "en",
        languages=[(code, str(name)) for code, name in settings.LANGUAGES],
        company=settings.TENURE_HOME.company.name,
        places=RAIL,
        user_name=request.user.get_username() if request.user.is_authenticated else "",
        freshness=freshness(settings.TENURE_HOME, system_clock()),
        here=request.get_full_path(),
    )
    body = render_to_string(f"pages/{page}/page.html", {**context, "frame": frame}, request)
    reply = HttpResponse(body, status=status)
    patch_vary_headers(reply, ["HX-Request", "Cookie"])
    reply.headers["Cache-Control"] = "private, no-store"
    return reply


def is_in_drawer(request: HttpRequest) -> bool:
    """Whether the reply goes into the drawer beside a page instead of being one."""
    return request.headers.get("HX-Target") == "drawer-body"


def is_part(request: HttpRequest, target: str) -> bool:
    """Whether only the part of the page with this id is asked for."""
    return request.headers.get("HX-Target") == target
