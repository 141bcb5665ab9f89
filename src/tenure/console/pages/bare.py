"""What pages without a rail need: language, theme, where we are."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from tenure.console.pages.frame import theme


def bare_context(request: HttpRequest) -> dict[str, Any]:
    return {
        "language": get_language() or "en",
        "languages": [(code, str(name)) for code, name in settings.LANGUAGES],
        "theme": theme(request),
        "here": request.get_full_path() if request.method == "GET" else "/sign-in",
    }
