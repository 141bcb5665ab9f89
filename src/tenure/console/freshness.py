"""How current the pages are: what was published last, and what still waits to be taken in."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.base.errors import Unavailable
from tenure.base.home import Home
from tenure.console import format as written
from tenure.lake.inbox import Depth, open_inbox
from tenure.lake.manifest import Manifest, read_manifest

STUCK_AFTER = timedelta(minutes=10)
_LOOK_EVERY_S = 5.0
_last_look: dict[str, tuple[float, Depth]] = {}


@dataclass(frozen=True, slots=True)
class Freshness:
    """`state` is fresh, waiting (being taken in) or stuck (somebody should start the worker)."""

    state: str
    words: str
    detail: str


def inbox_depth(home: Home) -> Depth:
    """What has arrived and is not in the lake yet, looked up every five seconds at most."""
    key = str(home.root)
    looked_at, depth = _last_look.get(key, (float("-inf"), Depth(0, 0, None)))
    if time.monotonic() - looked_at < _LOOK_EVERY_S:
        return depth
    if settings.DATABASE_URL or home.inbox_file.exists():
        inbox = open_inbox(home, settings.DATABASE_URL)
        try:
            depth = inbox.depth()
        finally:
            inbox.close()
    else:
        depth = Depth(0, 0, None)
    _last_look[key] = (time.monotonic(), depth)
    return depth


def freshness(home: Home, now: datetime) -> Freshness | None:
    """None while nothing has ever arrived."""
    try:
        manifest, depth = read_manifest(home), inbox_depth(home)
    except Unavailable as error:
        return Freshness("stuck", _("Data cannot be read"), error.message)
    return describe(manifest, depth, now)


def describe(manifest: Manifest | None, depth: Depth, now: datetime) -> Freshness | None:
    if depth.oldest_at and now - depth.oldest_at > STUCK_AFTER:
        since = written.ago(depth.oldest_at, now)
        words = _("Data waits since %(time)s") % {"time": since}
        return Freshness("stuck", words, _("Nothing takes it in: is `tenure work` running?"))
    if manifest is None or not (manifest.batch or depth.rows):
        return Freshness("waiting", _("First data is being taken in"), "") if depth.rows else None
    published = written.ago(manifest.published_at, now)
    detail = _("Last refresh: %(time)s") % {"time": published}
    if depth.rows:
        words = ngettext(
            "%(n)s delivery being taken in", "%(n)s deliveries being taken in", depth.rows
        ) % {"n": written.number(depth.rows)}
        return Freshness("waiting", words, detail)
    return Freshness("fresh", _("Data as of %(time)s") % {"time": published}, detail)
