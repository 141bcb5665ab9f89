"""The web process: it listens, and answers in a child of its own.

    python -m tenure.app.web HOST PORT     # on a home that is up to date

The process above the child has only to listen, and to start it again: it loads nothing else.
"""

import sys
from importlib import import_module
from typing import Any

from tenure.app.children import STOP_WITHIN_S, end_with_parent


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


if __name__ == "__main__":
    run_web(sys.argv[1], int(sys.argv[2]))
