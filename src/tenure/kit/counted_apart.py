"""What takes long to count is counted in a process of its own, and lies in a file when it is done.

    found = read_counted(file, Counted)        # None: nothing lies there, or of another version
    if found is None and count_apart(file, [sys.executable, "-m", MODULE, str(file)], env):
        ...                                    # it is being counted; ask again

So a web process answers everybody else meanwhile.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TypeVar

import msgspec

Held = TypeVar("Held")
_children: dict[Path, subprocess.Popen[bytes]] = {}
_lock = Lock()


def read_counted(file: Path, kind: type[Held]) -> Held | None:
    """What lies there; None where nothing does, or an earlier version of Tenure left it."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def write_counted(file: Path, counted: object, *, pattern: str, most: int) -> None:
    """Put it there at once, and let the oldest of too many of this pattern go."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(f".{os.getpid()}")
    beside.write_bytes(msgspec.json.encode(counted))
    beside.replace(file)
    old = sorted(file.parent.glob(pattern), key=lambda each: each.stat().st_mtime)
    for each in old[:-most]:
        each.unlink(missing_ok=True)


def count_apart(file: Path, command: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether a process counts what is to lie there: it is started unless it runs. False where the
    last one failed: then it has to be counted here.
    """
    with _lock:
        for each in _children.values():
            each.poll()  # so that none that has ended stays behind as a process
        child = _children.get(file)
        if child is not None and child.poll() is None:
            return True
        if child is not None and _children.pop(file).returncode:
            return False
        _children[file] = subprocess.Popen(list(command), env=os.environ | env)
    return True
