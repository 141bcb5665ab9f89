"""Language and appearance, kept in cookies of this browser."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tenure.console.pages.frame import THEME_COOKIE, THEMES
from tenure.console.pages.sign_in.page import safe_next

A_YEAR_S = 365 * 24 * 3600


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Set what was chosen and go back; an unknown choice changes nothing."""
    reply = redirect(safe_next(request, request.POST.get("next", "")))
    language, theme = request.POST.get("language"), request.POST.get("theme")
    if language in dict(settings.LANGUAGES):
        _keep(request, reply, settings.LANGUAGE_COOKIE_NAME, str(language))
    if theme in THEMES:
        _keep(request, reply, THEME_COOKIE, str(theme))
    return reply


def _keep(request: HttpRequest, reply: HttpResponse, name: str, value: str) -> None:
    reply.set_cookie(
        name, value, max_age=A_YEAR_S, samesite="Lax", httponly=True, secure=request.is_secure()
    )
