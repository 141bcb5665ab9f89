"""A segment is put in force or withdrawn from the console: told as an event, which is news.

The worker catches up when there is news, so that a new segment has members within seconds.
"""

from datetime import datetime

import msgspec
from django.conf import settings

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.lake.recording import record
from tenure.segments.definition import Segment
from tenure.segments.telling import TYPE

DEFINED, WITHDRAWN = "Segment Defined", "Segment Withdrawn"


def tell_of_definition(
    home: Home, segment: Segment, *, is_withdrawn: bool, now: datetime, by: str
) -> None:
    """Put the event into the inbox; it is there when this returns."""
    name = WITHDRAWN if is_withdrawn else DEFINED
    said = {"segment": segment.name, "digest": segment.digest, "by": by}
    row = {
        "message_id": digest(TYPE, name, segment.name, segment.digest, now.isoformat()),
        "type": TYPE,
        "name": name,
        "occurred_at": now,
        "properties": msgspec.json.encode(said).decode(),
    }
    record(home, settings.DATABASE_URL, [row], now)
