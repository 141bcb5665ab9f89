"""How the web process and the worker are started, watched and stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tenure.app.children import STOP_WITHIN_S, end_with_parent
from tenure.base.errors import Unavailable
from tenure.base.home import Home


def run_web(host: str, port: int) -> None:
    """Answer HTTP in this process until told to stop: one event loop, one worker."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    Granian(
        "tenure.app.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=False,
        log_access=False,
        http1_settings=HTTP1Settings(keep_alive=True),
        workers_kill_timeout=STOP_WITHIN_S,
        respawn_failed_workers=True,
    ).serve(target_loader=_load_below)


def _load_below(target: str) -> Any:
    """The application, in Granian's own child, which ends when the process above it is killed.

    Else it would go on answering, and hold the port against the next start.
    """
    end_with_parent()
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or any free one for 0. Raises Unavailable when somebody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise Unavailable(
                f"cannot listen on {host}:{wanted} ({why}); choose another with --port"
            ) from None
        return probe.getsockname()[1]


def base_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run_together(home: Home, host: str, port: int, when_up: Callable[[], None]) -> int:
    """Start web and worker as processes, call `when_up`, and stop both when either ends.

    Returns the exit code: 0 after SIGINT or SIGTERM, else that of the process that ended.
    """
    environment = os.environ | {
        "TENURE_HOME": str(home.root),
        "TENURE_SERVED_AT": base_url(host, port),  # where links in mails lead, unless said
    }
    tenure = [sys.executable, "-m", "tenure.app"]
    children = [
        subprocess.Popen([*tenure, *words], env=environment, preexec_fn=end_with_parent)
        for words in (("web", "--host", host, "--port", str(port)), ("work",))
    ]
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda caught, _frame: stopping.append(caught))
    try:
        _await_web(base_url(host, port), children, stopping)
        if not stopping and _alive(children):
            when_up()
        while not stopping and _alive(children):
            time.sleep(0.2)
    finally:
        codes = _stop(children)
    return 0 if stopping else next((code for code in codes if code), 1)


def _alive(children: list[subprocess.Popen[bytes]]) -> bool:
    return all(child.poll() is None for child in children)


def _await_web(url: str, children: list[subprocess.Popen[bytes]], stopping: list[int]) -> None:
    while not stopping and _alive(children):
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)


def _stop(children: list[subprocess.Popen[bytes]]) -> list[int]:
    codes = [child.poll() for child in children]
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return [code for code in codes if code is not None]
