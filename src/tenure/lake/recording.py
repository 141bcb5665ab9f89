"""Events that Tenure itself records: what a lower floor tells a higher one, and history."""

from collections.abc import Sequence
from datetime import datetime

from tenure.base.home import Home
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.rows import KIND, pack_events

SOURCE = "tenure"


def record(home: Home, database_url: str, rows: Sequence[dict], now: datetime) -> None:
    """Put events into the inbox, on disk when it returns; nothing to do for no rows.

    Rows are columns of EVENT. `message_id`, `type`, `name` and `occurred_at` are required;
    `known_at` is `now` when missing. The same `message_id` again is the same event, so a caller
    that derives it from what happened may record after every crash.
    """
    if not rows:
        return
    filled = [{"source": SOURCE, "known_at": now, "received_at": now, **row} for row in rows]
    inbox = open_inbox(home, database_url)
    try:
        inbox.append([Arrival(KIND, SOURCE, now, pack_events(filled), {})])
    finally:
        inbox.close()
