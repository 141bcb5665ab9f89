"""The program that tests start: somebody leaves, in a home and with a state that the environment
names, with real threads, event loops and connections.

    prepare URL              a home whose billing is asked at URL, with Acme in it
    at_once WHAT             eight windows confirm, or accept, at the same moment; prints the answers
    killed WHERE             confirms, and dies by SIGKILL before the event, or before billing
    after                    what a worker does then; prints what there is
    locked                   confirms while somebody else holds the state; prints answer and seconds
"""

import asyncio
import json
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from offboard.visit_worlds import NOON, SECRET, Clock, Exit, Here, an_exit, card, person  # noqa: E402
from tenure.app.installation import bring_up_to_date  # noqa: E402
from tenure.base.home import Home  # noqa: E402
from tenure.billing.changes import carry_out_due  # noqa: E402
from tenure.billing.models import BillingChange  # noqa: E402
from tenure.lake.inbox import GroupCommit, open_inbox  # noqa: E402
from tenure.offboard.http import build_leaving  # noqa: E402
from tenure.offboard.http.threads import Threads  # noqa: E402
from tenure.offboard.models import CancelKey, LogEntry, Visit, VisitOutcome  # noqa: E402
from tenure.offboard.visits import VisitFollower  # noqa: E402
from tenure.offers.models import Concession  # noqa: E402
from tenure.saves.models import Save  # noqa: E402

HOME = settings.TENURE_HOME
BILLING = '[billing]\nsystem = "webhook"\nurl = "{url}"\nsecret = "whsec_{key}"\n'
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def prepare(url: str) -> None:
    bring_up_to_date(HOME)
    card()
    person()
    an_exit(HOME, billing=BILLING.format(url=url, key=KEY))


def exit_of(threads=None) -> Exit:
    """Another process of the same home."""
    clock = Clock()
    commit = GroupCommit(open_inbox(HOME, settings.DATABASE_URL))
    app = build_leaving(commit, Home(HOME.root), SECRET, threads or Here(), clock)
    return Exit(HOME, clock, app, CancelKey.objects.get(), commit, VisitFollower(HOME))


def answer(app, path: str, value: dict) -> dict:
    """What one request is answered, in an event loop of its own."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": json.dumps(value).encode()}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": path, "headers": []}
    asyncio.run(app(scope, receive, send))
    return {"status": sent[0]["status"], **json.loads(sent[1]["body"])}


def walked(way_out: Exit, *steps: tuple[str, dict]) -> dict:
    """Where the steps lead."""
    reply = answer(way_out.app, "/v1/cancel/open", {"token": way_out.token()})
    for action, values in steps:
        body = {"passage": reply["passage"], "action": action, "values": values}
        reply = answer(way_out.app, "/v1/cancel/step", body)
        assert reply["status"] == 200, reply
    return reply


def to_offers(way_out: Exit) -> dict:
    return walked(way_out, ("answer", {"reason": "changed_needs"}), ("next", {}))


def at_once(what: str) -> None:
    way_out = exit_of(Threads())
    if what == "leave":
        passage, action = walked(way_out, ("leave", {}))["passage"], "leave"
    else:
        passage, action = to_offers(way_out)["passage"], "accept:pause_2_months"
    barrier = threading.Barrier(8)

    def click(_: int) -> dict:
        barrier.wait()
        body = {"passage": passage, "action": action}
        reply = answer(way_out.app, "/v1/cancel/step", body)
        return {"status": reply["status"], **(reply.get("result") or {}), "billing": ""}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(click, range(8)))
    print(json.dumps({"answers": answers, **held()}))
    sys.stdout.flush()
    os._exit(0)


class Dying(Threads):
    """Is killed when billing is about to be asked."""

    async def waiting(self, act):
        os.kill(os.getpid(), signal.SIGKILL)


def killed(where: str) -> None:
    way_out = exit_of(Dying() if where == "before_billing" else Threads())
    passage = walked(way_out, ("leave", {}))["passage"]
    if where == "before_event":

        async def die(arrival):
            os.kill(os.getpid(), signal.SIGKILL)

        way_out.door.append = die
    answer(way_out.app, "/v1/cancel/step", {"passage": passage, "action": "leave"})


def after() -> None:
    way_out = exit_of()
    way_out.door.inbox = open_inbox(HOME, settings.DATABASE_URL)
    before = held()
    way_out.clock.now = NOON + timedelta(minutes=2)
    carry_out_due(HOME, way_out.clock())
    for _ in range(3):
        way_out.ship()
    print(json.dumps({"before": before, "after": held()}))
    sys.stdout.flush()
    os._exit(0)


def locked() -> None:
    way_out = exit_of(Threads())
    passage = walked(way_out, ("leave", {}))["passage"]
    held_now, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            if connection.vendor == "sqlite":
                CancelKey.objects.update(name="held")
            else:
                connection.cursor().execute("lock table offboard_visitoutcome")
            held_now.set()
            let_go.wait()
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held_now.wait()
    began = time.monotonic()
    refused = answer(way_out.app, "/v1/cancel/step", {"passage": passage, "action": "leave"})
    took_s = time.monotonic() - began
    let_go.set()
    thread.join()
    done = answer(way_out.app, "/v1/cancel/step", {"passage": passage, "action": "leave"})
    names = ("status", "code", "cancel_url")
    found = {"refused": {name: refused.get(name) for name in names}, "took_s": took_s}
    print(json.dumps(found | {"done": done["result"]["outcome"]}))
    sys.stdout.flush()
    os._exit(0)


def held() -> dict:
    """What there is of it by now."""
    return {
        "outcomes": sorted(VisitOutcome.objects.values_list("outcome", flat=True)),
        "changes": sorted(BillingChange.objects.values_list("kind", "status")),
        "concessions": Concession.objects.count(),
        "saves": sorted(Save.objects.values_list("kind", flat=True)),
        "visits": sorted(Visit.objects.values_list("outcome", "billing")),
        "confirmed": LogEntry.objects.filter(kind="Leaving Confirmed").count(),
    }


if __name__ == "__main__":
    settings.SECRET_KEY = SECRET
    {"prepare": prepare, "at_once": at_once, "killed": killed, "after": after, "locked": locked}[
        sys.argv[1]
    ](*sys.argv[2:])
