"""Threads that ask the state while others wait: few, with connections that stay open.

Two pools: one decides, in milliseconds; one waits for billing systems, in seconds, and never keeps
the first from its work. Whatever the state does, an answer comes soon: of a locked one, an error.
"""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from tenure.base.errors import Unavailable

T = TypeVar("T")
DECIDING, WAITING = 2, 16  # deciding is work for the processor, and threads share one
SWITCH_S = 0.001  # after which who decides gives way to who takes requests
LOCK_MS = 2_500  # longer than any writer of ours holds the state
ANSWER_S = 3.0  # then somebody is told that it does not answer


class Threads:
    """`await threads.deciding(act)` gives what `act()` gives, in a thread with a connection."""

    def __init__(self, deciding: int = DECIDING, waiting: int = WAITING) -> None:
        sys.setswitchinterval(SWITCH_S)
        self._deciding = ThreadPoolExecutor(deciding, thread_name_prefix="leaving")
        self._waiting = ThreadPoolExecutor(waiting, thread_name_prefix="billing")

    async def deciding(self, act: Callable[[], T]) -> T:
        """Raises Unavailable when the state cannot be used, or does not answer within 3 s."""
        work = asyncio.get_running_loop().run_in_executor(self._deciding, with_state, act)
        try:
            return await asyncio.wait_for(work, ANSWER_S)
        except TimeoutError:
            raise Unavailable("the state does not answer; try again in a moment") from None

    async def waiting(self, act: Callable[[], T]) -> T:
        """The same for what may take its time."""
        return await asyncio.get_running_loop().run_in_executor(self._waiting, with_state, act)

    def close(self) -> None:
        """Let go of the threads when their work is done."""
        self._deciding.shutdown(wait=True, cancel_futures=True)
        self._waiting.shutdown(wait=True)


def with_state(act: Callable[[], T]) -> T:
    """What `act` gives. Raises Unavailable for whatever the database says against it."""
    try:
        if connection.errors_occurred:
            connection.close_if_unusable_or_obsolete()
        if connection.connection is None:
            _connect()
        return act()
    except (OperationalError, InterfaceError) as error:
        raise Unavailable(
            f"the state cannot be used at this moment ({error}); try again in a moment"
        ) from error


def _connect() -> None:
    """A connection of this thread that waits for no lock longer than somebody at a page would."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"pragma busy_timeout = {LOCK_MS}")
        else:
            cursor.execute(f"set lock_timeout = '{LOCK_MS}ms'")
