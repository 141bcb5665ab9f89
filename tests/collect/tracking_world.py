"""A tracking API over a real inbox and a real lake, called in this process as a server calls it."""

import asyncio
import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tenure.base.home import Home
from tenure.collect.decode_posthog import decode_posthog
from tenure.collect.decode_segment import decode_segment
from tenure.collect.http import build_tracking
from tenure.collect.http.limits import Limits
from tenure.lake.decoding import decode_all
from tenure.lake.inbox import Batch, GroupCommit, open_inbox
from tenure.lake.shipping import ship
from tenure.lake.tables import open_table

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = "wk_test"
BASIC = {"authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
DECODERS = {"segment": decode_segment, "posthog": decode_posthog}


class KnownKeys:
    """Write keys from a dictionary, instead of from the state."""

    def __init__(self, sources=None):
        self.sources = sources or {KEY: "web"}

    async def source_of(self, key):
        return self.sources.get(key)


def in_order(rows):
    """Rows by time of occurrence and id, with their JSON read."""
    read = [
        row | {name: json.loads(row[name]) for name in ("properties", "context")} for row in rows
    ]
    return sorted(read, key=lambda row: (row["occurred_at"], row["message_id"]))


class MemoryInbox:
    """Arrivals in a list; each batch is all that came since the last."""

    def __init__(self):
        self.waiting = []
        self.batches = []

    def append(self, arrivals):
        self.waiting += arrivals

    def open_batch(self, *, after, now, max_bytes):
        if not self.waiting:
            return None
        self.batches.append(self.waiting)
        self.waiting = []
        return Batch(len(self.batches) - 1, len(self.batches[-1]), 0)

    def arrivals(self, batch):
        return self.batches[batch]

    def release(self, batch, now):
        self.batches[batch] = []

    def close(self):
        pass


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Tracked:
    """Posts bodies, ships them, and shows what is in the lake and what was refused."""

    home: Home
    limits: Limits = field(default_factory=Limits)
    keys: KnownKeys = field(default_factory=KnownKeys)
    now: datetime = NOON

    in_memory: bool = False  # arrivals are not put on disk: for thousands of examples

    def __post_init__(self):
        self.inbox = MemoryInbox() if self.in_memory else open_inbox(self.home)
        self.commit = GroupCommit(self.inbox)
        self.tracking = build_tracking(self.commit, self.keys, self.limits, lambda: self.now)
        self.rejected = []
        self.decoded = []

    def close(self):
        self.commit.close()
        self.inbox.close()

    def call(self, method, path, body=b"", headers=None, chunks=1, client="198.51.100.7"):
        target, _, query = path.partition("?")
        given = {name.lower(): value for name, value in (headers or {}).items()}
        scope = {
            "type": "http",
            "method": method,
            "path": target,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
            "scheme": "http",
            "client": (client, 12345),
        }
        return asyncio.run(self._called(scope, body, chunks))

    def post(self, path, body, headers=BASIC, **more):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.call("POST", path, raw, headers, **more)

    def events(self):
        """Every event that arrived, as the shipper would decode it, before it drops duplicates."""
        self.decode()
        return in_order(self.decoded)

    def decode(self):
        """What arrived since the last time: rows into `decoded`, refused ones into `rejected`."""
        while batch := self.inbox.open_batch(after=0, now=self.now, max_bytes=1 << 30):
            decoded = decode_all(self.inbox.arrivals(batch.number), DECODERS)
            self.decoded += decoded.events.to_pylist() if decoded.events else []
            self._refuse(batch.number, decoded.rejected)
            self.inbox.release(batch.number, self.now)

    def shipped(self):
        """Everything in the lake, after shipping what has arrived."""
        ship(self.home, self.inbox, DECODERS, self._refuse, self.now + timedelta(minutes=1))
        return in_order(open_table(self.home, "event").to_pyarrow_table().to_pylist())

    def event(self):
        """The only event that arrived."""
        [row] = self.events()
        return row

    def refused(self):
        """(code, field, value) of every refused event so far."""
        self.events()
        return [(row.code, row.field, row.value) for row in self.rejected]

    def _refuse(self, batch, rows):
        self.rejected += rows

    async def _called(self, scope, body, chunks):
        size = -(-len(body) // chunks) or 1
        parts = [body[i : i + size] for i in range(0, len(body), size)] or [b""]
        messages = [
            {"type": "http.request", "body": part, "more_body": i < len(parts) - 1}
            for i, part in enumerate(parts)
        ]
        sent = []

        async def receive():
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        await self.tracking(scope, receive, send)
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], head, b"".join(each["body"] for each in sent[1:]))
