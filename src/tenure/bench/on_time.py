"""A client that asks when it is time, however long the answers take, and counts from that time.

Who comes to a page does not wait for those before. So what a slow answer makes others wait for is
in their waits too, and so is whatever the client itself was late by.
"""

import asyncio
import random
import time
from collections.abc import Iterator


class Lines:
    """Kept-alive connections to one server: as many as are in use at a time, and no fewer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[_Line] = []

    async def ask(self, line: str, body: bytes = b"", headers: str = "") -> bytes:
        """The body of the answer. Raises RuntimeError for any answer but 200."""
        head = (
            f"{line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"{headers}Content-Length: {len(body)}\r\n\r\n"
        )
        # A server hangs up on who is silent for long: a question on such a line has no answer.
        self._free = [wire for wire in self._free if wire.is_open]
        wire = self._free.pop() if self._free else await self._another()
        answer = await wire.ask(head.encode() + body)
        self._free.append(wire)  # not one on which the question is still open
        code, _, said = answer.partition(b"\r\n\r\n")
        if code[9:12] != b"200":
            raise RuntimeError(f"{line} was answered {code[9:12].decode()}: {said[:200]!r}")
        return said

    async def open(self, count: int) -> None:
        """So many connections, so that none is made while the time runs."""
        self._free += [await self._another() for _ in range(count - len(self._free))]

    def close(self) -> None:
        """Hang up, wherever nobody waits."""
        for wire in self._free:
            wire.close()

    async def _another(self) -> "_Line":
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_connection(_Line, "127.0.0.1", self._port)
        return wire


class _Line(asyncio.Protocol):
    """One connection, with one request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._came = b""
        self._whole_at = 0
        self._answer: asyncio.Future[bytes] | None = None

    def ask(self, request: bytes) -> "asyncio.Future[bytes]":
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing()

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._came += data
        if not self._whole_at:
            head, found, _ = self._came.partition(b"\r\n\r\n")
            if not found:
                return
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            self._whole_at = len(head) + 4 + int(length)
        if len(self._came) >= self._whole_at:
            answer, self._came, self._whole_at = self._came, b"", 0
            if self._answer is not None and not self._answer.done():  # somebody still waits
                self._answer.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(RuntimeError(f"the server hung up ({error})"))


async def until(due: float) -> None:
    """Returns at this time of `time.monotonic`, or at once when it has passed."""
    wait = due - time.monotonic()
    if wait > 0:
        await asyncio.sleep(wait)


def by_chance(begin: float, end: float, per_s: float, seed: int = 1) -> Iterator[float]:
    """Times at which people come who know nothing of each other (Poisson), as many in each run."""
    chance = random.Random(seed)
    due = begin + chance.expovariate(per_s)
    while due < end:
        yield due
        due += chance.expovariate(per_s)


def evenly(begin: float, end: float, per_s: float) -> Iterator[float]:
    """Times at which a program sends."""
    # Rounded: what is left of a clock's large number falls a hair short of the whole.
    for number in range(round((end - begin) * per_s)):
        yield begin + number / per_s
