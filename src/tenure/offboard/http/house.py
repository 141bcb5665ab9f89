"""What the application of leaving stands on, and one request as far as it has been read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tenure.base.clock import Clock
from tenure.base.home import Home
from tenure.collect.http.request import Request
from tenure.lake.inbox import Arrival
from tenure.offboard.http.paths import Place
from tenure.offboard.passage import Passage
from tenure.offboard.tokens import Ask

T = TypeVar("T")


class Door(Protocol):
    """Where events go: `lake.inbox.GroupCommit`."""

    async def append(self, arrival: Arrival) -> None: ...


class Pools(Protocol):
    """Where the state is asked: `threads.Threads`."""

    async def deciding(self, act: Callable[[], T]) -> T: ...

    async def waiting(self, act: Callable[[], T]) -> T: ...


@dataclass(frozen=True, slots=True)
class House:
    """What the application stands on."""

    home: Home
    secret: str
    door: Door
    threads: Pools
    clock: Clock


@dataclass(slots=True)
class Asked:
    """One request, as far as it has been read; what an error page may say comes from here."""

    request: Request
    place: Place
    root: str = ""  # the prefix below which we were asked
    ask: Ask | None = None
    before: Passage | None = None
    wants_html: bool = False
    channel: str = "api"
