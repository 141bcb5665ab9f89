"""A real Tenure in processes of its own, its start timed and its memory read."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tenure.app.serving import free_port

UP_WITHIN_S = 60


def new_home(root: Path) -> None:
    """Make an installation, as an operator does."""
    subprocess.run(
        [sys.executable, "-m", "tenure.app", "--home", str(root), "init"],
        check=True,
        capture_output=True,
    )


def new_home_with_key(root: Path) -> str:
    """Make an installation that takes events; its write key."""
    new_home(root)
    made = subprocess.run(
        [sys.executable, "-m", "tenure.app", "--home", str(root), "keys", "create", "bench"],
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.split()[0]


@contextmanager
def running(root: Path, *words: str) -> Iterator[tuple[int, int, float]]:
    """`tenure WORDS` on a free loopback port: (port, process id, seconds until it answered)."""
    port = free_port("127.0.0.1", 0)
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "tenure.app", "--home", str(root), *words, "--port", str(port)],
        env={key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port, process.pid, _await_answer(process, port, started)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes, by the clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def resident_mb(root_pid: int) -> float:
    """Resident memory of a process and all below it; pages they share are counted once (PSS)."""
    return sum(_proportional_kb(pid) for pid in _tree(root_pid)) / 1024


def _await_answer(process: subprocess.Popen[bytes], port: int, started: float) -> float:
    while time.perf_counter() - started < UP_WITHIN_S:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it answered")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return time.perf_counter() - started
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError(f"the server did not answer within {UP_WITHIN_S} s")


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(below for child in children for below in _tree(int(child)))]


def _proportional_kb(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE).group(1))
