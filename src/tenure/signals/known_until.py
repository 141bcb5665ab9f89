"""Up to when is everything that arrived in the lake?

Nobody can be called silent whose words still wait in the inbox, as after the worker was off.
"""

from datetime import datetime, timedelta

from django.conf import settings

from tenure.base.home import Home
from tenure.lake.inbox import open_inbox
from tenure.lake.shipping import last_batch
from tenure.signals.days import micros

SOON = timedelta(minutes=1)


def known_until(home: Home, now: datetime) -> int:
    """Microseconds: now, or the last arrival that was shipped while more waits behind it."""
    last = last_batch(home)
    if last is None or last.shipped_at - last.received_at <= SOON:
        return micros(now)
    inbox = open_inbox(home, settings.DATABASE_URL)
    try:
        return micros(now if inbox.is_empty() else min(now, last.received_at))
    finally:
        inbox.close()
