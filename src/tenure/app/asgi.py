"""The web process: tracking, leaving and what is shown in the product are answered here, everything
else by Django."""

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.app.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from tenure.app.asked_outcomes import AskedOutcomes  # noqa: E402
from tenure.app.browser import ScriptAnswers, is_script_path  # noqa: E402
from tenure.base.clock import system_clock  # noqa: E402
from tenure.collect.http import build_tracking, is_tracking_path  # noqa: E402
from tenure.collect.http.limits import load_limits  # noqa: E402
from tenure.collect.http.prefixes import load_prefixes, split_prefix  # noqa: E402
from tenure.collect.write_keys import CachedWriteKeys  # noqa: E402
from tenure.lake.inbox import GroupCommit, open_inbox  # noqa: E402
from tenure.messages.in_app.http import InApp, is_in_app_path  # noqa: E402
from tenure.offboard.http import build_leaving, is_leaving_path  # noqa: E402
from tenure.offboard.http.threads import Threads  # noqa: E402
from tenure.offboard.keys import KeysAtHand  # noqa: E402

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HEALTH_PATH = "/healthz"
BATCH_PATH = "/v1/b"
PAGES_AFTER_S = 5.0  # from the start: whoever starts it again and again waits for no page


def build_application() -> Application:
    """One ASGI application over the settings' home, with its own connection to the inbox."""
    inbox = open_inbox(settings.TENURE_HOME, settings.DATABASE_URL)
    commit = GroupCommit(inbox)
    tracking = build_tracking(
        commit,
        CachedWriteKeys(),
        load_limits(settings.TENURE_HOME),
        system_clock,
        AskedOutcomes(),
    )
    threads = Threads()
    leaving = build_leaving(
        commit, settings.TENURE_HOME, settings.SECRET_KEY, threads, system_clock
    )
    in_app = InApp(commit, settings.TENURE_HOME, threads, KeysAtHand(), system_clock)
    prefixes = load_prefixes(settings.TENURE_HOME)
    script = ScriptAnswers()
    pages = get_asgi_application()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send, commit, threads)
        elif scope["path"] == HEALTH_PATH:
            await _answer_health(send)
        else:
            prefix, path = "", scope["path"]
            if not (is_tracking_path(path) or is_leaving_path(path) or is_in_app_path(path)):
                prefix, path = split_prefix(path, prefixes)
            if is_script_path(prefix, path) and scope["method"] in ("GET", "HEAD"):
                await script(scope, receive, send)
            elif is_script_path(prefix, path):
                # Events may go to the script's own address, so that no path is the usual one.
                await tracking(scope | {"path": BATCH_PATH}, receive, send)
            elif is_tracking_path(path):
                await tracking(scope | {"path": path, "root_path": prefix}, receive, send)
            elif is_in_app_path(path):
                await in_app(scope | {"path": path, "root_path": prefix}, receive, send)
            elif is_leaving_path(path):
                await leaving(scope | {"path": path, "root_path": prefix}, receive, send)
            else:
                await pages(scope, receive, send)

    return application


async def _live(receive: Receive, send: Send, commit: GroupCommit, threads: Threads) -> None:
    loading: asyncio.Task[None] | None = None
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            _set_aside_what_stays()
            await send({"type": "lifespan.startup.complete"})
            loading = asyncio.create_task(_load_pages_soon())
        else:
            if loading is not None:
                loading.cancel()
            await asyncio.to_thread(threads.close)
            await asyncio.to_thread(commit.close)
            await send({"type": "lifespan.shutdown.complete"})
            return


def _set_aside_what_stays() -> None:
    """What was loaded stays for good: looking through it for garbage takes a quarter of a second,
    for which everybody would wait."""
    gc.collect()
    gc.freeze()


async def _load_pages_soon() -> None:
    """Load what pages are made of before anybody visits one and waits for it: a second of a core.

    Events are taken before and meanwhile.
    """
    await asyncio.sleep(PAGES_AFTER_S)
    await asyncio.to_thread(_load_pages)


def _load_pages() -> None:
    patterns = get_resolver().url_patterns  # imported here, or at the first visit
    assert patterns
    gc.freeze()  # stays for good as well


async def _answer_health(send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"ok": true}'})


application = build_application()
