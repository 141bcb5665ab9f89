"""What takes long to make is made once for all processes that run tests, and each looks at a copy."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of this process's own, as `make` fills it; whoever comes first makes it."""
    base = factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = shared / name
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            making = shared / f"{name}.making"
            shutil.rmtree(making, ignore_errors=True)  # of a process that was killed
            make(making)
            making.rename(made)
    return Path(shutil.copytree(made, factory.mktemp(name) / name))
