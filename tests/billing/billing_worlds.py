"""Billing as tests need it: promised changes, and a host's backend that does as it is told."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tenure.billing.changes import ask_for
from tenure.billing.models import BillingChange
from tenure.billing.webhook import WebhookBilling

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = b"0123456789abcdef0123456789abcdef"
TERMS = {
    "subscription_id": "sub_1",
    "status": "active",
    "plan": "Team",
    "billing_interval": "month",
}
# What a request may meet, by name: (status, headers, body), or None to hang up.
Reply = tuple[int, dict[str, str], bytes] | None


def asked(kind: str = "pause", key: str = "visit_1:pause", **more: Any) -> BillingChange:
    values = {"pause": {"until_on": "2027-01-20"}, "discount": {"percent_off": 20, "months": 3}}
    fields = {
        "key": key,
        "account_id": "acme",
        "subscription_id": "sub_1",
        "kind": kind,
        "values": values.get(kind, {}),
        "now": NOON,
    }
    return ask_for(**fields | more)


def applied(terms: dict[str, Any], asked_for: dict[str, Any]) -> dict[str, Any]:
    """The terms after a change, as an honest host would have them."""
    kind, values = asked_for["kind"], asked_for["values"]
    if kind == "pause":
        return terms | {"status": "paused", "paused_until_on": values.get("until_on")}
    if kind == "resume":
        return terms | {"status": "active", "paused_until_on": None}
    if kind == "discount":
        return terms | {
            "percent_off": values.get("percent_off"),
            "amount_off_minor": values.get("amount_off_minor"),
            "discount_ends_on": values.get("until_on"),
        }
    if kind == "cancel_at_period_end":
        return terms | {"cancels_on": values.get("ends_on", "2026-12-01")}
    if kind == "cancel_now":
        return terms | {"status": "ended"}
    if kind == "uncancel":
        return terms | {"cancels_on": None}
    if kind == "refund":
        refunds = terms.get("refunds", {}) | {asked_for["id"]: values["amount_minor"]}
        return terms | {"refunds": refunds}
    if kind == "plan_change":
        is_later = values.get("effective") == "period_end"
        return terms | ({"next_plan": values["plan"]} if is_later else {"plan": values["plan"]})
    if kind == "trial_extension":
        return terms | {"trial_ends_on": values["until_on"]}
    if kind == "free_months":
        return terms | {"percent_off": 100, "discount_ends_on": values["until_on"]}
    raise AssertionError(f"this host cannot {kind}")


class Host(ThreadingHTTPServer):
    """A backend that knows each key again. `before` and `after` may answer in its place.

    `before(asked)` is called before anything is done, `after(asked)` once it is; each gives None to
    go on as usual, or a callable that writes whatever it likes to the connection.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.terms: dict[str, Any] = dict(TERMS)
        self.effects: Counter[str] = Counter()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.before: Callable[[dict], Any] = lambda asked: None
        self.after: Callable[[dict], Any] = lambda asked: None
        self.lies = False
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/tenure/billing"

    def kinds(self) -> list[str]:
        return [each["kind"] for each in self.requests]

    def make(self, asked_for: dict[str, Any]) -> None:
        with self.lock:
            if asked_for["id"] not in self.effects:
                self.effects[asked_for["id"]] += 1
                if not self.lies:
                    self.terms = applied(self.terms, asked_for)


class _Asked(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        host, found = self.server, json.loads(body)
        host.bodies.append(body)
        host.headers.append({k.lower(): v for k, v in self.headers.items()})
        host.requests.append(found)
        if self._instead(host.before, found):
            return
        answer: dict[str, Any] = {"status": "done"}
        if found["kind"] == "read_back":
            answer["terms"] = host.terms
        elif found["kind"] != "ping":
            host.make(found)
        if not self._instead(host.after, found):
            self.answer(200, json.dumps(answer).encode())

    def _instead(self, hook: Callable[[dict], Any], found: dict) -> bool:
        act = hook(found)
        if act is None:
            return False
        act(self)
        return True

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests print nothing."""


def hangs_up(request: Any) -> None:
    request.close_connection = True
    request.connection.close()


def says(status: int, body: str = "", **headers: str) -> Callable[[Any], None]:
    return lambda request: request.answer(status, body.encode(), **headers)


def sleeps(seconds: float) -> Callable[[Any], None]:
    def sleep(request: Any) -> None:
        time.sleep(seconds)
        request.close_connection = True

    return sleep


def only(kind: str, act: Callable[[Any], None]) -> Callable[[dict], Any]:
    """The act for requests of one kind; others go on as usual."""
    return lambda asked_for: act if asked_for["kind"] == kind else None


@contextmanager
def host_running(host: Host | None = None) -> Iterator[Host]:
    server = host or Host()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def webhook_to(host: Host, now: datetime = NOON, **more: Any) -> WebhookBilling:
    return WebhookBilling(**{"url": host.url, "keys": [KEY], "clock": lambda: now} | more)
