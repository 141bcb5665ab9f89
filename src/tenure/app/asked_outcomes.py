"""What `tenure.ask` offers to choose from: the product file's outcomes, from memory."""

import asyncio
import time
from collections.abc import Callable

from django.db import connections
from django.db.utils import Error as DatabaseError

from tenure.base.errors import Unavailable
from tenure.card.product import product

Titles = list[dict[str, str]]
KEEP_S = 10.0


def declared_titles() -> Titles:
    """Name and title of each outcome of the product file in force, in its order."""
    return [{"name": each.name, "title": each.title} for each in product().outcomes]


class AskedOutcomes:
    """`await outcomes()` is the list as it was at most `keep_s` ago.

    While the state cannot be read, the last known list holds; without one it raises Unavailable.
    """

    def __init__(
        self,
        load: Callable[[], Titles] = declared_titles,
        *,
        keep_s: float = KEEP_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._keep_s = keep_s
        self._monotonic = monotonic
        self._titles: Titles | None = None
        self._until = 0.0
        self._loading = asyncio.Lock()

    async def __call__(self) -> Titles:
        async with self._loading:
            if self._titles is None or self._monotonic() >= self._until:
                try:
                    self._titles = await asyncio.to_thread(self._load_closing)
                except DatabaseError as error:
                    if self._titles is None:
                        raise Unavailable(
                            f"outcomes cannot be looked up ({error}); ask again in a few seconds"
                        ) from error
                self._until = self._monotonic() + self._keep_s
            return self._titles

    def _load_closing(self) -> Titles:
        try:
            return self._load()
        finally:
            connections.close_all()  # of this thread
