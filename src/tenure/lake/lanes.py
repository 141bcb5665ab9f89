"""Tables made side by side, each once those that it reads are there.

One statement on some hundred thousand rows keeps one core busy and not two; two statements do.
Those that the longest chain of others waits for come first, or it would end with one lane alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
    with ThreadPoolExecutor(len(lanes) - 1) as pool, work.all_or_none():
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
        with self.all_or_none():
            while (each := self._next(lane)) is not None:
                make(each)
                self._end(each)

    @contextmanager
    def all_or_none(self) -> Iterator[None]:
        """Whatever ends this ends all lanes: also who is interrupted while it waits, because others
        would wait for ever for what it alone may make.
        """
        is_whole = False
        try:
            yield
            is_whole = True
        finally:
            if not is_whole:
                self._fail()

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

    def _end(self, each: Planned) -> None:
        with self._changed:
            self._missing.discard(each.name)
            self._changed.notify_all()

    def _fail(self) -> None:
        with self._changed:
            self._has_failed = True
            self._changed.notify_all()


def _longest_chain_first(planned: Sequence[Planned]) -> list[Planned]:
    """The same, each after its reads: first those for which most wait one after the other."""
    behind = {each.name: 0 for each in planned}
    for each in reversed(planned):
        for name in each.reads:
            if name in behind:
                behind[name] = max(behind[name], behind[each.name] + 1)
    return sorted(planned, key=lambda each: -behind[each.name])
