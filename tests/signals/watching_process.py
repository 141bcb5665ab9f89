"""A world watched in a process of its own, whose settings name the database: what came of it."""

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from signals.signal_worlds import at, put, rows_of, signals  # noqa: E402
from signals.test_kinds import PRODUCT  # noqa: E402
from tenure.customers.follow import follow  # noqa: E402
from tenure.lake.inbox import Arrival, open_inbox  # noqa: E402
from tenure.lake.rows import pack_events, pack_facts  # noqa: E402
from tenure.lake.shipping import ship  # noqa: E402
from tenure.signals.models import AccountWatch, WaitingRow  # noqa: E402
from tenure.signals.watch import Watcher, watch  # noqa: E402

WORLD = """
    2026-03-02 08:00  -@acme   fact: start  {"plan": "Starter"}
    every 1 2026-03-02..2026-03-03 09:00  ada@acme  Project Created
    2026-03-03 12:00  eve  Cancel Page Viewed
    2026-03-03 13:00  -@acme   fact: payment_failed
    2026-03-03 14:00  ada@acme  ticket: Ticket Opened  {"text": "請幫我們取消訂閱"}
    """
LATER = """
    2026-03-04 09:00  ada@acme  Project Created
    2026-03-04 09:30  ada@acme  Project Created
    2026-03-04 10:00  eve@bolt  group
    2026-03-04 11:00  -@acme   fact: payment_succeeded
    """


def main() -> None:
    home = settings.TENURE_HOME
    home.root.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    put("product", PRODUCT)
    watcher = Watcher(home)
    for text, now in ((WORLD, "2026-03-03 23:00"), (LATER, "2026-03-04 23:00")):
        events, facts = rows_of(text)
        inbox = open_inbox(home, settings.DATABASE_URL)
        for body in (pack_events(events), pack_facts(facts)):
            inbox.append([Arrival("rows", "app", at(now), body, {})])
        ship(home, inbox, {}, lambda batch, rows: None, at(now), on_batch=watcher.take)
        inbox.close()
        watcher.watch(at(now))
    follow(home, at("2026-03-04 23:30"))
    watch(home, at("2026-03-04 23:30"))
    for each in signals():
        outcome = each.task.outcome if each.task else "-"
        shown = json.dumps(each.evidence, sort_keys=True)
        print(each.key, each.kind, each.account_id, each.resolved_at, outcome, shown)
    print([bytes(each.state).hex() for each in AccountWatch.objects.order_by("pk")])
    print(WaitingRow.objects.count())


if __name__ == "__main__":
    sys.exit(main())
