"""Who may write which part of the lake at this moment: one process, for one purpose at a time.

    stored    base tables and links: appended to by shipping and following
    derived   what refreshing makes of them, and the manifest
    all       both: compacting and forgetting, because a delete beside a busy appender fails
    signals   nothing of the lake: what is kept of accounts while its rows are watched

Refreshing reads the stored part at pinned versions, so that shipping goes on meanwhile: what has
just arrived must not wait for charts. Each part is a lock of the operating system, so it ends with
its holder, however that dies. Where several machines share one lake, they share a database too,
and lock there as well.
"""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import IO, TYPE_CHECKING

from tenure.base.errors import LeaseHeld
from tenure.base.home import Home

if TYPE_CHECKING:
    import psycopg

# In the order in which they are taken, so that two who want both never wait for each other.
LOCK_FILES = {
    "stored": "lake.lock",
    "derived": "lake.derived.lock",
    "signals": "signals.lock",
}
# Of 64 bits, the same on every machine: "tenure" and the purpose of the lock.
ADVISORY_KEYS = {
    "stored": int.from_bytes(b"tnr.lake", "big", signed=True),
    "derived": int.from_bytes(b"tnr.derv", "big", signed=True),
    "signals": int.from_bytes(b"tnr.sgnl", "big", signed=True),
}
PARTS = {
    "stored": ("stored",),
    "derived": ("derived",),
    "all": ("stored", "derived"),
    "signals": ("signals",),
}
POLL_SECONDS = 0.05


@dataclass(eq=False, slots=True)
class Lease:
    """The right to write one home's lake, or a part of it, while the block that took it runs."""

    home: Home
    purpose: str
    is_held: bool = True
    session: "psycopg.Connection | None" = field(default=None, repr=False)
    part: str = "all"

    def covers(self, part: str) -> bool:
        return set(PARTS[part]) <= set(PARTS[self.part])

    def check(self) -> None:
        """Raises LeaseHeld when the right was lost meanwhile; ask before each commit."""
        if not self.is_held:
            raise LeaseHeld(f"the lake-writer lease for {self.purpose} has ended; take a new one")
        if self.session is None:
            return
        import psycopg

        try:
            self.session.execute("select 1")
        except psycopg.Error as error:
            self.is_held = False
            raise LeaseHeld(
                f"the database session that held the lake-writer lease for {self.purpose} is "
                f"gone ({error}); run it again"
            ) from error


@contextmanager
def lake_writer(
    home: Home,
    purpose: str,
    *,
    part: str = "all",
    lease: Lease | None = None,
    database_url: str = "",
    wait_seconds: float = 0.0,
) -> Iterator[Lease]:
    """The lake-writer lease: `lease` itself when given, else a new one until the block ends.

    `part` is `stored`, `derived`, `all` or `signals`; a given lease has to cover it.

    Passing the outer lease is how a step inside another step (compacting after shipping) is told
    that it may write; nothing is re-entrant by itself.
    Raises LeaseHeld, naming the holder, when it is not free within `wait_seconds`.
    """
    if lease is not None:
        assert lease.home.root == home.root, f"{lease} is for another home than {home.root}"
        assert lease.covers(part), f"{lease} does not cover {part}"
        lease.check()
        yield lease
        return
    home.root.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + wait_seconds
    with ExitStack() as held:
        files = [
            held.enter_context(open(home.root / LOCK_FILES[each], "a+", encoding="utf-8"))
            for each in PARTS[part]
        ]
        _wait_for(lambda: _try_files(files), lambda: _file_holder(files), purpose, until)
        for lock in files:
            lock.truncate(0)
            lock.write(f"pid {os.getpid()} ({purpose})")
            lock.flush()
            held.callback(lock.truncate, 0)
        session = held.enter_context(_advisory(database_url, part, purpose, until))
        taken = Lease(home, purpose, session=session, part=part)
        try:
            yield taken
        finally:
            taken.is_held = False


def _wait_for(attempt, holder, purpose: str, until: float) -> None:
    while not attempt():
        if time.monotonic() >= until:
            raise LeaseHeld(
                f"{purpose} needs to write the lake, but {holder()} does so at this moment; "
                "try again when that has finished"
            )
        time.sleep(POLL_SECONDS)


def _try_files(locks: list[IO[str]]) -> bool:
    """All of them or none: who waits for one part does not keep others from the other."""
    for lock in locks:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            for taken in locks:
                fcntl.flock(taken, fcntl.LOCK_UN)
            return False
    return True


def _file_holder(locks: list[IO[str]]) -> str:
    for lock in locks:
        lock.seek(0)
        if holder := lock.read().strip():
            return holder
    return "another process"


@contextmanager
def _advisory(
    database_url: str, part: str, purpose: str, until: float
) -> "Iterator[psycopg.Connection | None]":
    """A session of its own that holds the advisory locks; None without a database."""
    if not database_url:
        yield None
        return
    # The driver is loaded only where a database is named.
    import psycopg

    name = f"tenure lake: pid {os.getpid()} on {socket.gethostname()} ({purpose})"
    with psycopg.connect(database_url, autocommit=True, application_name=name[:63]) as session:
        keys = [ADVISORY_KEYS[each] for each in PARTS[part]]
        attempt, holder = partial(_try_advisory, session, keys), partial(_holder, session, keys)
        _wait_for(attempt, holder, purpose, until)
        yield session


def _try_advisory(session: "psycopg.Connection", keys: list[int]) -> bool:
    for place, key in enumerate(keys):
        row = session.execute("select pg_try_advisory_lock(%s)", (key,)).fetchone()
        if not (row and row[0]):
            for taken in keys[:place]:
                session.execute("select pg_advisory_unlock(%s)", (taken,))
            return False
    return True


def _holder(session: "psycopg.Connection", keys: list[int]) -> str:
    row = session.execute(
        """
        select activity.application_name
        from pg_locks as locks
        join pg_stat_activity as activity on activity.pid = locks.pid
        where locks.locktype = 'advisory' and locks.granted and locks.objsubid = 1
            and ((locks.classid::bigint << 32) | locks.objid::bigint) = any(%s)
            and locks.pid <> pg_backend_pid()
        """,
        (keys,),
    ).fetchone()
    return row[0].removeprefix("tenure lake: ") if row and row[0] else "another session"
