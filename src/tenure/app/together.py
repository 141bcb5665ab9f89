"""Web and worker as two processes: started, watched and stopped together.

    python -m tenure.app.together HOST PORT FD     # FD: an open file with the words to say

The process that watches lives as long as they do, so it loads nothing that it can do without.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

from tenure.app.children import STOP_WITHIN_S, end_with_parent


def run_together(host: str, port: int, words: str) -> int:
    """Start web and worker as processes, say `words` when they answer, stop both when either ends.

    Returns the exit code: 0 after SIGINT or SIGTERM, else that of the process that ended.
    """
    children = [
        subprocess.Popen([sys.executable, *does], preexec_fn=end_with_parent)
        for does in (["-m", "tenure.app.web", host, str(port)], ["-m", "tenure.app", "work"])
    ]
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda caught, _frame: stopping.append(caught))
    try:
        _await_web(os.environ["TENURE_SERVED_AT"], children, stopping)
        if not stopping and _alive(children):
            sys.stderr.write(words)
            sys.stderr.flush()
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


def _said(number: str) -> str:
    with os.fdopen(int(number), encoding="utf-8") as words:
        words.seek(0)
        return words.read()


if __name__ == "__main__":
    _, host, port, number = sys.argv
    sys.exit(run_together(host, int(port), _said(number)))
