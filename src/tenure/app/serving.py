"""How web and worker are begun together: where they listen, and who watches them."""

import os
import socket
import sys
import tempfile
from typing import NoReturn

from tenure.base.errors import Unavailable
from tenure.base.home import Home


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
