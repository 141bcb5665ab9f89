"""The places between the commits of whatever uses the database, counted as it passes them."""

from collections.abc import Callable
from typing import Any

from django.db import connection

WRITES = ("INSERT", "UPDATE", "DELETE")


class CommitPoints:
    """Something happens at the so-and-so-many-th place; `connection.execute_wrapper` takes it.

    After a write outside of a transaction, that is committed; after one in a transaction it is not
    yet; the first statement after a transaction finds it committed.
    """

    def __init__(self, at: int, happens: Callable[[], object]) -> None:
        self.at, self.happens, self.passed = at, happens, 0
        self._outside, self._was_inside = _depth(), False

    def __call__(self, execute: Callable[..., Any], sql: str, *given: Any) -> Any:
        is_inside = _depth() != self._outside
        if self._was_inside and not is_inside:
            self._pass()
        self._was_inside = is_inside
        done = execute(sql, *given)
        if sql[:6].upper() in WRITES:
            self._pass()
        return done

    @property
    def is_between(self) -> bool:
        """Whether what was written so far is committed."""
        return _depth() == self._outside

    def _pass(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            self.happens()


def _depth() -> tuple[bool, int]:
    """Tests themselves may run in a transaction: what counts is whether it is a deeper one."""
    return connection.in_atomic_block, len(connection.savepoint_ids)
