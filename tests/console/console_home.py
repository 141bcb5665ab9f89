"""Homes that console tests look at: running Tenure in them, and reading its forms."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ACCOUNTS, MONTHS = 90, 14
PASSWORD = "a password for tests"
SET_PASSWORD = f"""
import tenure.app.cli as cli
cli.prepare_django()
from tenure.console.sign_in import owner
user = owner()
user.set_password({PASSWORD!r})
user.save()
"""


def run(home: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return kept | {"TENURE_HOME": str(home)}


@dataclass(frozen=True, slots=True)
class Served:
    """A running web process."""

    url: str
    home: Path


def serve(home: Path) -> Iterator[Served]:
    """`tenure web` on a free port, until the caller is done."""
    from tenure.app.serving import free_port

    port = free_port("127.0.0.1", 0)
    log = (home / "web.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "tenure.app", "web", "--port", str(port)],
        env=environment(home),
        stdout=log,
        stderr=log,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_up(url, process)
        yield Served(url, home)
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


def wait_until_up(url: str, process: subprocess.Popen) -> None:
    for _ in range(200):
        assert process.poll() is None, "the web process ended"
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the web process did not come up")


def csrf_token(html: str) -> str:
    found = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', html)
    assert found
    return found[1]
