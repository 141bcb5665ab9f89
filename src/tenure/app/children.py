"""How a process that we start ends: when it is told to, and never later than we do."""

import ctypes
import signal
import subprocess
import sys

STOP_WITHIN_S = 10
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def end_with_parent() -> None:
    """In a child: end when its parent is killed, rather than go on alone. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop_child(child: "subprocess.Popen[bytes]", within_s: float = STOP_WITHIN_S) -> None:
    """Ask it to end, and kill it when it does not in time."""
    if child.poll() is None:
        child.terminate()
    try:
        child.wait(within_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
