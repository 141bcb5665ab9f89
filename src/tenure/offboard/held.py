"""A value that costs something to read and seldom changes, kept for a moment. Safe in threads."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Held(Generic[T]):
    """`held()` is what `load()` gave at most so many seconds ago.

    While one thread loads anew, the others go on with what there was.
    """

    def __init__(
        self,
        load: Callable[[], T],
        seconds: float = 2.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load, self._seconds, self._monotonic = load, seconds, monotonic
        self._lock = threading.Lock()
        self._value: tuple[float, T] | None = None

    def __call__(self) -> T:
        held = self._value
        if held is not None and self._monotonic() - held[0] < self._seconds:
            return held[1]
        # Whoever has nothing yet has to wait.
        if not self._lock.acquire(blocking=held is None):
            return held[1]  # type: ignore[index]
        try:
            current = self._value
            if current is not None and current is not held:
                return current[1]
            loaded = self._load()
            self._value = (self._monotonic(), loaded)
            return loaded
        finally:
            self._lock.release()
