"""Files that are still there, and whole, after a power cut."""

import os
from collections.abc import Callable
from pathlib import Path

# `os.fsync`, or what a test passes to see which handles are asked for.
Fsync = Callable[[int], None]


def fsync_path(path: Path, fsync: Fsync = os.fsync) -> None:
    """Put a file's bytes, or a folder's list of names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, text: str, fsync: Fsync = os.fsync) -> None:
    """Make `text` the content of `path`: readers see the old or the new one, never a part."""
    draft = path.with_name(path.name + ".new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        fsync(file.fileno())
    draft.replace(path)
    fsync_path(path.parent, fsync)
