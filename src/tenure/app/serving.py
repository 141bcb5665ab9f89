"""How the web process listens, and how it and the worker are begun together."""

import os
import socket
import sys
import tempfile
from importlib import import_module
from typing import Any, NoReturn

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


def watch_from_here(home: Home, host: str, port: int, words: str) -> NoReturn:
    """Become the process that starts web and worker, says `words` when they answer, and ends when
    they end. It has nothing loaded that only making ready needed.
    """
    said = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - goes on into the other
    said.write(words)
    said.flush()
    os.set_inheritable(said.fileno(), True)
    environment = os.environ | {
        "TENURE_HOME": str(home.root),
        "TENURE_SERVED_AT": base_url(host, port),  # where links in mails lead, unless said
    }
    command = [sys.executable, "-m", "tenure.app.together", host, str(port), str(said.fileno())]
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, command, environment)  # noqa: S606 - this very program
