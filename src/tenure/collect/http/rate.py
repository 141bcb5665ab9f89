"""How many requests a write key may make: a bucket of tokens, filled at a steady rate."""

import time
from collections.abc import Callable


class RequestRate:
    """One bucket for each source; each request takes a token. For one thread."""

    def __init__(
        self,
        per_second: float,
        burst: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._monotonic = monotonic
        self._buckets: dict[str, tuple[float, float]] = {}  # source: (tokens, when counted)

    def seconds_to_wait(self, source: str) -> float:
        """0 when the request may pass, which takes a token; else when one will be there."""
        now = self._monotonic()
        tokens, counted_at = self._buckets.get(source, (self._burst, now))
        tokens = min(self._burst, tokens + (now - counted_at) * self._per_second)
        if tokens >= 1:
            self._buckets[source] = (tokens - 1, now)
            return 0.0
        self._buckets[source] = (tokens, now)
        return (1 - tokens) / self._per_second
