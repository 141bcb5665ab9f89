"""A load of tracking batches with random ids, and a client that keeps a server busy with it."""

import asyncio
import base64
import time
import uuid
from dataclasses import dataclass

import msgspec

EVENTS_A_BATCH = 100
NAMES = [f"Feature {n} Used" for n in range(12)]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What the client saw: events acknowledged with 200, and for how long it asked."""

    accepted_events: int
    refused_requests: int
    took_s: float

    @property
    def events_per_s(self) -> float:
        return self.accepted_events / self.took_s


def batch_bodies(count: int, sent_at: str) -> list[bytes]:
    """`count` bodies of 100 track events each, as Segment's SDKs send them, with random ids."""
    encode = msgspec.json.Encoder().encode
    return [
        encode({"batch": [_event(sent_at, n) for n in range(EVENTS_A_BATCH)], "sentAt": sent_at})
        for _ in range(count)
    ]


def _event(sent_at: str, number: int) -> dict[str, object]:
    return {
        "type": "track",
        "event": NAMES[number % len(NAMES)],
        "messageId": str(uuid.uuid4()),
        "userId": f"u{number}",
        "timestamp": sent_at,
        "properties": {"rows": number, "format": "csv"},
        "context": {"groupId": f"a{number % 40}", "library": {"name": "bench", "version": "1"}},
    }


async def keep_busy(port: int, key: str, bodies: list[bytes], connections: int = 8) -> LoadResult:
    """Post every body once over `connections` kept-alive connections; what was acknowledged."""
    token = base64.b64encode(f"{key}:".encode()).decode()
    head = (
        "POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Basic {token}\r\nContent-Length: "
    )
    pending = iter(bodies)
    accepted = refused = 0

    async def one_connection() -> None:
        nonlocal accepted, refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in pending:
            writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
            if await status_of(reader) == 200:
                accepted += EVENTS_A_BATCH
            else:
                refused += 1
        writer.close()
        await writer.wait_closed()

    started = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(connections)))
    return LoadResult(accepted, refused, time.perf_counter() - started)


async def status_of(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    await reader.readexactly(length)
    return int(head[9:12])
