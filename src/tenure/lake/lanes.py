"""Tables made side by side, each once those that it reads are there.

One statement on some hundred thousand rows keeps one core busy and not two; two statements do.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition

LANES = 2


@dataclass(frozen=True, slots=True)
class Planned:
    """A table to be made: `reads` names those that have to be there first."""

    name: str
    select: str
    params: Mapping[str, object]
    reads: tuple[str, ...] = ()


Make = Callable[[Planned], None]


def make_side_by_side(planned: Sequence[Planned], lanes: Sequence[Make]) -> None:
    """Make all of them: the first lane works in this thread, each other in one of its own.

    A failure ends all, and is raised when no lane works any more.
    """
    if len(lanes) == 1 or len(planned) == 1:
        for each in planned:
            lanes[0](each)
        return
    work = _Work(planned)
    with ThreadPoolExecutor(len(lanes) - 1) as pool:
        others = [pool.submit(work.go_on, lane) for lane in lanes[1:]]
        work.go_on(lanes[0])
    for each in others:
        each.result()


class _Work:
    def __init__(self, planned: Sequence[Planned]) -> None:
        self._waiting = list(planned)
        self._missing = {each.name for each in planned}
        self._changed = Condition()
        self._has_failed = False

    def go_on(self, make: Make) -> None:
        """Make one after the other until none is left, or one failed in any lane."""
        while (each := self._next()) is not None:
            is_made = False
            try:
                make(each)
                is_made = True
            finally:
                self._end(each, is_made)

    def _next(self) -> Planned | None:
        with self._changed:
            while self._waiting and not self._has_failed:
                for place, each in enumerate(self._waiting):
                    if not self._missing.intersection(each.reads):
                        return self._waiting.pop(place)
                self._changed.wait()
            return None

    def _end(self, each: Planned, is_made: bool) -> None:
        with self._changed:
            self._missing.discard(each.name)
            self._has_failed = self._has_failed or not is_made
            self._changed.notify_all()
