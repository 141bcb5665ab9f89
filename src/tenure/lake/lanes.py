"""Tables made side by side, each once those that it reads are there.

One statement on some hundred thousand rows keeps one core busy and not two; two statements do.
Those that the longest chain of others waits for come first, or it would end with one lane alone.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Condition

LANES = 2


@dataclass(frozen=True, slots=True)
class Planned:
    """A table to be made: `reads` names those that have to be there first, `lane` the only one that
    may make it.
    """

    name: str
    select: str
    params: Mapping[str, object]
    reads: tuple[str, ...] = ()
    lane: int | None = None


Make = Callable[[Planned], None]


def make_side_by_side(planned: Sequence[Planned], lanes: Sequence[Make]) -> None:
    """Make all of them: the first lane works in this thread, each other in one of its own.

    A failure ends all, and is raised when no lane works any more.
    """
    if len(lanes) == 1 or len(planned) == 1:
        for each in planned:
            lanes[each.lane or 0](each)
        return
    work = _Work(planned)
    with ThreadPoolExecutor(len(lanes) - 1) as pool:
        others = [pool.submit(work.go_on, place, lanes[place]) for place in range(1, len(lanes))]
        work.go_on(0, lanes[0])
    for each in others:
        each.result()


class _Work:
    def __init__(self, planned: Sequence[Planned]) -> None:
        self._waiting = _longest_chain_first(planned)
        self._missing = {each.name for each in planned}
        self._changed = Condition()
        self._has_failed = False

    def go_on(self, lane: int, make: Make) -> None:
        """Make one after the other until none is left for this lane, or one failed in any."""
        while (each := self._next(lane)) is not None:
            is_made = False
            try:
                make(each)
                is_made = True
            finally:
                self._end(each, is_made)

    def _next(self, lane: int) -> Planned | None:
        with self._changed:
            while not self._has_failed:
                mine = [each for each in self._waiting if each.lane in (None, lane)]
                if not mine:
                    return None
                for each in mine:
                    if not self._missing.intersection(each.reads):
                        self._waiting.remove(each)
                        return each
                self._changed.wait()
            return None

    def _end(self, each: Planned, is_made: bool) -> None:
        with self._changed:
            self._missing.discard(each.name)
            self._has_failed = self._has_failed or not is_made
            self._changed.notify_all()


def _longest_chain_first(planned: Sequence[Planned]) -> list[Planned]:
    """The same, each after its reads: first those for which most wait one after the other."""
    behind = {each.name: 0 for each in planned}
    for each in reversed(planned):
        for name in each.reads:
            if name in behind:
                behind[name] = max(behind[name], behind[each.name] + 1)
    return sorted(planned, key=lambda each: -behind[each.name])
