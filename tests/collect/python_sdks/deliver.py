"""python deliver.py SDK URL KEY: one call of each kind through an official client.

Exits 0 when the client says that all was delivered.
"""

import sys
from datetime import UTC, datetime

TIMESTAMP = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
CONTEXT = {"groupId": "acme"}


def deliver(client):
    at = {"timestamp": TIMESTAMP}
    client.identify("u1", {"email": "ann@acme.test", "plan": "Pro"}, **at)
    client.group("u1", "acme", {"name": "Acme", "employees": 12}, **at)
    properties = {"rows": 3, "format": "csv"}
    client.track("u1", "Report Exported", properties, context=dict(CONTEXT), **at)
    client.page("u1", "Docs", "API", {"section": "x"}, **at)
    client.screen("u1", "Main", **at)
    client.alias("anon-1", "u1", **at)
    client.track(anonymous_id="anon-2", event="Looked Around", **at)


def segment(url, key, failed):
    from segment.analytics.client import Client

    client = Client(key, host=url, on_error=failed)
    deliver(client)
    client.shutdown()


def rudderstack(url, key, failed):
    from rudderstack.analytics.client import Client

    client = Client(key, host=url, on_error=failed)
    deliver(client)
    client.shutdown()


def posthog(url, key, failed):
    from posthog import Posthog

    client = Posthog(key, host=url, on_error=failed, gzip=True)
    at = {"distinct_id": "u1", "timestamp": TIMESTAMP}
    client.set(properties={"email": "ann@acme.test", "plan": "Pro"}, **at)
    client.group_identify("company", "acme", {"name": "Acme", "employees": 12}, timestamp=TIMESTAMP)
    properties = {"rows": 3, "format": "csv"}
    client.capture("Report Exported", properties=properties, groups={"company": "acme"}, **at)
    page = {"title": "API", "section": "x", "$current_url": "https://acme.test/api"}
    client.capture("$pageview", properties=page, **at)
    client.capture("$screen", properties={"$screen_name": "Main"}, **at)
    client.alias("anon-1", "u1", timestamp=TIMESTAMP)
    client.capture("Looked Around", timestamp=TIMESTAMP)  # of nobody known
    client.shutdown()


if __name__ == "__main__":
    sdk, url, key = sys.argv[1:]
    failures = []
    globals()[sdk](url, key, lambda error, batch: failures.append(error))
    sys.exit(f"not delivered: {failures}" if failures else 0)
