"""Worlds of events, one line each, brought into a home's lake by its own shipper.

day 3  identify  ada anon:x @acme  {"name": "Ada"}
day 4  track     ada @acme         Account Removed User
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.rows import pack_events, pack_facts
from tenure.lake.shipping import ship

DAY_0 = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
_LINE = re.compile(
    r"day\s+(?P<day>[\d.]+)\s+(?P<type>\w+)\s+(?P<ids>(?:(?!\s{2}|\s*$).)+)"
    r"(?:\s{2,}(?P<name>[A-Z][^{]*?))?(?:\s{2,}(?P<json>\{.*\}))?\s*$"
)


def events(text: str) -> list[dict]:
    """Rows of EVENT; message ids are the lines, so that the same line twice is a duplicate."""
    rows = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _LINE.match(line)
        assert match, f"cannot read {line!r}"
        at = DAY_0 + timedelta(days=float(match["day"]))
        row = {"message_id": line[:100], "source": "web", "type": match["type"]}
        row |= {"name": match["name"], "occurred_at": at, "known_at": at, "received_at": at}
        for id in match["ids"].split():
            if id.startswith("anon:"):
                row["anonymous_id"] = id.removeprefix("anon:")
            elif id.startswith("was:"):
                row["previous_id"] = id.removeprefix("was:")
            elif id.startswith("@"):
                row["account_key"] = id.removeprefix("@")
            elif id == "inactive":
                row["context"] = '{"active":false}'
            else:
                row["user_id"] = id
        if match["json"]:
            row["properties"] = json.dumps(json.loads(match["json"]))
        rows.append(row)
    return rows


def arrive(home, rows: Iterable[dict], facts: Iterable[dict] = ()) -> None:
    """Ship these rows in one batch."""
    rows, facts = list(rows), list(facts)
    inbox = open_inbox(home)
    try:
        for packed in filter(None, (rows and pack_events(rows), facts and pack_facts(facts))):
            inbox.append([Arrival("rows", "web", NOW, packed, {})])
        shipped = ship(home, inbox, {}, lambda batch, rejected: _refuse(rejected), NOW)
        assert shipped.is_caught_up
    finally:
        inbox.close()


def _refuse(rejected: list) -> None:
    assert not rejected, rejected
