"""Words of customers for pages of the company's own site: public, without cookie, from any origin.

GET  /proof.json?feature=&segment=&plan=&language=&count=&seed=
GET  /tenure-proof.js

Only what was approved and may be shown on the site is given, and a browser asks each time whether
it is still so: what was taken back a moment ago is not shown. Of who looks at it nothing is kept;
of the site, that it was given the words, and on which days.

Everybody may ask, so nothing is protected by who asks: what is given is what anybody may read, in
at most so many answers a second, of one process. Which site asked is what a browser says, and any
program may say the same: it is told as that, noted so often at most, and nothing follows from it.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from tenure.base.clock import system_clock
from tenure.collect.http.rate import RequestRate
from tenure.content.blocks import named, where_and_when
from tenure.content.models import SiteUse, Testimonial
from tenure.content.picking import Wanted, sayable
from tenure.content.testimonials import SITE
from tenure.kit.near_language import as_written
from tenure.kit.public_page import direction_of
from tenure.lake.reading import company_day

MOST, HOSTS_MOST, ASKED_CHARS = 12, 50, 200
ANSWERS_A_SECOND, NOTES_A_SECOND = 100, 0.5
_HOST = re.compile(r"[a-z0-9][a-z0-9.-]{0,250}")
_seen: dict[tuple[int, str], date] = {}
_answers = RequestRate(ANSWERS_A_SECOND, 4 * ANSWERS_A_SECOND)
_notes = RequestRate(NOTES_A_SECOND, 60)


@login_not_required
@require_safe
def proof_json(request: HttpRequest) -> HttpResponse:
    """What may be shown on a page, the most fitting first."""
    if _answers.seconds_to_wait(""):
        busy = _public(request, b"{}", "application/json; charset=utf-8", "no-store")
        busy.status_code, busy.headers["Retry-After"] = 429, "1"
        return busy
    now = system_clock()
    asked = {name: request.GET.get(name, "")[:ASKED_CHARS] for name in
             ("feature", "segment", "plan", "language", "seed")}  # fmt: skip
    language = as_written(asked["language"]) or "en"
    count = request.GET.get("count", "1")
    found = sayable(now).pick(
        Wanted(
            SITE, language, feature=asked["feature"], segment=asked["segment"], plan=asked["plan"],
            seed=asked["seed"],
        ),
        min(int(count), MOST) if count.isascii() and count.isdecimal() and len(count) < 4 else 1,
    )  # fmt: skip
    _note_use(found, _host(request), now)
    zone = ZoneInfo(settings.TENURE_HOME.company.time_zone)
    tongue = _tongue(language)
    items = [item_of(each, tongue, zone) for each in found]
    body = json.dumps({"items": items}, ensure_ascii=False).encode()
    return _public(request, body, "application/json; charset=utf-8", "no-cache")


@login_not_required
@require_safe
def proof_js(request: HttpRequest) -> HttpResponse:
    """The script that puts them into a page."""
    kept = "public, max-age=3600, stale-while-revalidate=86400"
    return _public(request, _script(), "text/javascript; charset=utf-8", kept)


def item_of(testimonial: Testimonial, language: str, zone: ZoneInfo) -> dict[str, str]:
    """One, as the script and other programs read it. Who it is stands in it only as they wish."""
    with translation.override(language):
        who, where = named(testimonial), where_and_when(testimonial, language, zone)
    return {
        "key": testimonial.key,
        "words": testimonial.said,
        "language": testimonial.language,
        "direction": direction_of(testimonial.language),
        "named": who,
        "where": where,
        "url": testimonial.source_url,
        "said_on": testimonial.said_at.astimezone(zone).date().isoformat(),
    }


def _public(request: HttpRequest, body: bytes, kind: str, kept: str) -> HttpResponse:
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    is_known = etag in request.headers.get("if-none-match", "")
    reply = HttpResponse(
        b"" if is_known else body, content_type=kind, status=304 if is_known else 200
    )
    reply.headers["ETag"] = etag
    reply.headers["Cache-Control"] = kept
    reply.headers["Access-Control-Allow-Origin"] = "*"
    reply.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return reply


def _tongue(language: str) -> str:
    """The language, or what it is a kind of, that dates can be written in. Anybody may ask for any,
    and each that is switched to stays in memory."""
    try:
        return str(translation.get_language_info(language)["code"])
    except KeyError:
        return "en"


def _host(request: HttpRequest) -> str:
    said = request.headers.get("origin") or request.headers.get("referer") or ""
    try:
        host = urlsplit(said[:500]).hostname or ""
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""


def _note_use(found: Iterable[Testimonial], host: str, now: datetime) -> None:
    """That a site was given these words today: once a day for each."""
    if not host:
        return
    today = company_day(settings.TENURE_HOME, now)
    for each in found:
        if _seen.get((each.pk, host)) == today:
            continue
        if _notes.seconds_to_wait(""):
            return  # somebody makes up names: what is noted already stays
        rows = SiteUse.objects.filter(testimonial_id=each.pk)
        if not rows.filter(host=host).update(last_on=today) and rows.count() < HOSTS_MOST:
            fields = {"first_on": today, "last_on": today}
            # It may be gone by now: who said it was forgotten.
            if Testimonial.objects.filter(pk=each.pk).exists():
                SiteUse.objects.get_or_create(testimonial_id=each.pk, host=host, defaults=fields)
        if len(_seen) > 10_000:
            _seen.clear()
        _seen[each.pk, host] = today


@cache
def _script() -> bytes:
    return (files("tenure.content") / "proof.js").read_bytes()
