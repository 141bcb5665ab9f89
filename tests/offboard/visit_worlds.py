"""Somebody at the way out, as tests need it: a home with an account, and a client without a network.

The application is driven by hand, without an event loop: so that it may ask the state of the test's
own transaction. Where threads and processes matter, tests start them.
"""

import json
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from tenure.base.home import Home
from tenure.card.models import AccountCard
from tenure.customers.models import Account, Person
from tenure.lake.decoding import RejectedRow
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.shipping import ship
from tenure.offboard.http import build_leaving
from tenure.offboard.http.leaving import Leaving
from tenure.offboard.keys import create_cancel_key
from tenure.offboard.models import CancelKey
from tenure.offboard.tokens import sign
from tenure.offboard.visits import VisitFollower

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = "the home's own secret, long enough"
CARD = {
    "account_id": "acme",
    "name": "Acme",
    "status": "paying",
    "plan": "Team",
    "billing_interval": "month",
    "mrr_minor": 29_000,
    "currency": "EUR",
    "required_outcome": "Invoices go out faster",
    "outcome_stated_on": "2026-02-01",
    "began_on": "2026-01-10",
    "renews_on": "2026-12-01",
    "stage": "active",
    "first_value_on": "2026-02-10",
    "last_seen_on": "2026-11-19",
    "people_active_90_days": 7,
}
PROMOTED = {"account_id", "name", "status", "plan", "billing_interval", "mrr_minor", "currency"}


class Clock:
    """Says the time that it was set to."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


class Here:
    """Asks the state here and now, in the test's own thread."""

    async def deciding(self, act: Any) -> Any:
        return act()

    waiting = deciding

    def close(self) -> None:
        """Nothing is open."""


class InboxDoor:
    """Puts each arrival on disk at once."""

    def __init__(self, home: Home) -> None:
        self.inbox = open_inbox(home)
        self.arrived: list[Arrival] = []

    async def append(self, arrival: Arrival) -> None:
        self.inbox.append([arrival])
        self.arrived.append(arrival)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Exit:
    """A home, the application, and who calls it."""

    home: Home
    clock: Clock
    app: Leaving
    key: CancelKey
    door: Any
    follower: VisitFollower
    nonces: int = field(default=0)

    def token(self, **said: Any) -> str:
        """A token as the host's backend makes it, another for each call."""
        self.nonces += 1
        payload = {
            "account": "acme",
            "subscription": "sub_1",
            "person": "ann",
            "mode": "live",
            "exp": int(self.clock.now.timestamp()) + 3600,
            "nonce": f"nonce-{self.nonces:012d}",
            "country": "US",
            "is_consumer": False,
            "cancel_url": "https://app.example.com/cancel",
            "return_url": "https://app.example.com/billing",
        }
        return sign({k: v for k, v in (payload | said).items() if v is not None}, self.key)

    def open(self, token: str | None = None, **more: Any) -> Reply:
        return self.post("/v1/cancel/open", {"token": token or self.token(), **more})

    def step(self, passage: Any, action: str, values: dict | None = None, **more: Any) -> Reply:
        sealed = passage.json["passage"] if isinstance(passage, Reply) else passage
        body = {"passage": sealed, "action": action, "values": values or {}, **more}
        return self.post("/v1/cancel/step", body)

    def leave(self, reply: Reply) -> Reply:
        """Out from wherever it is."""
        while reply.json["screen"]["name"] not in ("left", "back"):
            reply = self.step(reply, "leave")
        return reply

    def post(self, path: str, value: Any) -> Reply:
        return self.ask("POST", path, json.dumps(value).encode())

    def post_form(self, path: str, fields: dict[str, str]) -> Reply:
        return self.ask("POST", path, urlencode(fields).encode())

    def page(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, b"", **headers)

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        path, _, query = path.partition("?")
        root = headers.pop("root", "")
        named = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
        scope = {
            "type": "http", "method": method, "path": path, "headers": named,
            "query_string": query.encode(), "root_path": root, "client": ("127.0.0.1", 1),
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        by_hand(self.app(scope, receive, send))
        start, end = sent
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], found, end["body"])

    def ship(self) -> None:
        """What is in the inbox reaches the lake, and visits follow."""
        while not ship(
            self.home,
            self.door.inbox,
            {},
            refuse,
            self.clock(),
            on_batch=self.follower.take,
        ).is_caught_up:
            pass
        self.follower.follow(self.clock())


def at_offers(way_out: Exit, **said: Any) -> Reply:
    """Acme's needs have changed, so that a pause is among the offers."""
    reply = way_out.step(way_out.open(way_out.token(**said)), "answer", {"reason": "changed_needs"})
    if reply.json["screen"]["name"] == "value":
        reply = way_out.step(reply, "next")
    assert reply.json["screen"]["name"] == "offers", reply.body
    return reply


def refuse(batch: int, rows: list[RejectedRow]) -> None:
    raise AssertionError(rows)


def by_hand(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives that never waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as stopped:
        return stopped.value
    raise AssertionError("it waits for something")


def card(**said: Any) -> AccountCard:
    """An account with its card, and one person in it."""
    whole = {**CARD, **said}
    id = whole["account_id"]
    values = {
        k: str(v) if isinstance(v, date) else v for k, v in whole.items() if k != "account_id"
    }
    Account.objects.create(
        account_id=id, name=whole["name"], created_at=NOON, first_seen_at=NOON, source="web"
    )
    return AccountCard.objects.create(**{name: whole[name] for name in PROMOTED}, values=values)


def person(id: str = "ann", email: str = "ann@acme.example") -> Person:
    return Person.objects.create(
        person_id=id, name=id.title(), email=email, created_at=NOON, first_seen_at=NOON
    )


def an_exit(home: Home, *, billing: str = "", threads: Any = None) -> Exit:
    """Acme at the way out. `billing` is what `[billing]` of tenure.toml says."""
    home.settings_file.write_text(f'[company]\nname = "Fernhill"\ncurrency = "EUR"\n{billing}')
    clock, door = Clock(), InboxDoor(home)
    app = build_leaving(door, home, SECRET, threads or Here(), clock)
    key = create_cancel_key("Web app", NOON - timedelta(days=1))
    return Exit(home, clock, app, key, door, VisitFollower(home))
