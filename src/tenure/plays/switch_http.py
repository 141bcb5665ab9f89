"""Switching plays on and off over the JSON API."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from tenure.base.clock import system_clock
from tenure.plays.following import switch_on
from tenure.plays.switching import switch_off

router = Router(tags=["plays"])


@router.post("/plays/{name}/on", response=dict[str, Any])
def play_on(request: HttpRequest, name: str) -> dict[str, Any]:
    """Switch a play on in the version that holds; 409 with the reason where nobody looked first."""
    play = switch_on(settings.TENURE_HOME, name, now=system_clock(), by=_by(request))
    return {"name": name, "is_on": True, "running_digest": play.digest}


@router.post("/plays/{name}/off", response=dict[str, Any])
def play_off(request: HttpRequest, name: str) -> dict[str, Any]:
    """Switch a play off, also one that cannot be read any more."""
    switch_off(name, now=system_clock(), by=_by(request))
    return {"name": name, "is_on": False, "running_digest": None}


def _by(request: HttpRequest) -> str:
    """Who asks: somebody signed in, or a token by its name."""
    if request.user.is_authenticated:
        return request.user.get_username()
    return str(getattr(request, "auth", None) or "api")
