"""A real SMTP server whose behaviour each address chooses by its first word.

`ann@`, `slow-ann@` are taken, `held@` too but the answer comes late; `gone@` and `full@` are refused for good, `later@` for now, `grey@` the
first time only, `down@` with all of the server; `drop@` loses the connection before DATA, `lost@` after DATA before the answer,
`heavy@` is refused after DATA for good, `busy@` for now.
"""

import asyncio
import email
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller

TAKEN = "250 Taken"


class Sink:
    """`taken` has each mail as (recipient, parsed mail), `raw` its bytes."""

    port: int

    def __init__(self, slow_s: float = 0.3) -> None:
        self.taken: list[tuple[str, Message]] = []
        self.raw: list[bytes] = []
        self.connections = 0
        self.tries: Counter[str] = Counter()
        self.slow_s = slow_s

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, replies: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return replies

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        mood = _mood(address)
        self.tries[address] += 1
        if mood == "gone":
            return "550 5.1.1 no such mailbox"
        if mood == "full":
            return "552 5.2.2 mailbox full"
        if mood == "later" or (mood == "grey" and self.tries[address] == 1):
            return "451 4.7.1 try again later"
        if mood == "down":
            return "421 4.3.2 going down"
        if mood == "drop":
            server.transport.abort()
            await asyncio.sleep(0.05)
            return "421 never heard"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        [address] = envelope.rcpt_tos
        mood = _mood(address)
        if mood == "heavy":
            return "554 5.7.1 not this"
        if mood == "busy":
            return "452 4.3.1 no room"
        if mood == "slow":
            await asyncio.sleep(self.slow_s)
        self.raw.append(envelope.content)
        self.taken.append((address, email.message_from_bytes(envelope.content)))
        if mood == "held":
            await asyncio.sleep(self.slow_s)
        if mood == "lost":
            server.transport.abort()
            await asyncio.sleep(0.05)
        return TAKEN

    def received(self, address: str) -> int:
        return sum(to == address for to, _ in self.taken)

    @property
    def message_ids(self) -> list[str]:
        return [mail["Message-ID"] for _, mail in self.taken]


def _mood(address: str) -> str:
    return address.partition("@")[0].partition("-")[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def sink_running(sink: Sink | None = None) -> Iterator[Sink]:
    """A sink that listens on a free port of the loopback until the block ends."""
    sink = sink or Sink()
    sink.port = free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, enable_SMTPUTF8=False)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
