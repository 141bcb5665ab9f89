"""Who is reading which table versions now, so that no vacuum takes files from under a reader.

A reader leaves a file in `lake/readers/` that names its versions, and holds a lock of the operating
system on it, which ends with the reader however that dies. A vacuum asks for `held_versions` after
it opened the newest version, and a reader looks again after it left its file: whichever comes
second sees the other.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from tenure.base.clock import Clock, system_clock
from tenure.base.home import Home

FOLDER = "readers"
# A reader that hangs for longer loses its files: nobody may keep a person from being forgotten.
READS_AT_MOST = timedelta(hours=6)


@contextmanager
def holding(home: Home, versions: Mapping[str, int], clock: Clock = system_clock) -> Iterator[None]:
    """While the block runs, `versions` (table -> Delta version) are kept from vacuums."""
    folder = home.lake / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{os.getpid()}-{secrets.token_hex(6)}.json"
    expires_at = clock() + READS_AT_MOST
    note = {"pid": os.getpid(), "versions": dict(versions), "expires_at": expires_at.isoformat()}
    # The lock is taken on a name that no vacuum looks at, so that it never finds one unlocked.
    draft = path.with_suffix(".new")
    with draft.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        json.dump(note, file)
        file.flush()
        draft.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def held_versions(home: Home, now: datetime) -> dict[str, set[int]]:
    """The versions of each table that a living reader holds; files of dead readers are removed."""
    held: dict[str, set[int]] = {}
    for path in sorted((home.lake / FOLDER).glob("*.json")):
        note = _living(path, now)
        for table, version in (note or {}).get("versions", {}).items():
            held.setdefault(table, set()).add(version)
    return held


def _living(path: Path, now: datetime) -> dict | None:
    try:
        with path.open("r+", encoding="utf-8") as file:
            note = json.load(file)
            if datetime.fromisoformat(note["expires_at"]) > now and not _is_free(file.fileno()):
                return note
    except FileNotFoundError:
        return None
    path.unlink(missing_ok=True)
    return None


def _is_free(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
