"""Data: where it comes from, what was refused, what contradicts itself, how fresh it is."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import Conflict
from tenure.collect.files_models import ImportRun, QualityFinding
from tenure.collect.models import RejectedRow, Source, WriteKey
from tenure.collect.write_keys import create_write_key, revoke_write_key
from tenure.console import format as written
from tenure.console.freshness import freshness, inbox_depth
from tenure.console.pages.data.snippets import snippets
from tenure.console.pages.frame import page_reply
from tenure.lake.inbox import Depth
from tenure.lake.manifest import Manifest, read_manifest

FRESH_KEY = "fresh_write_key"
QUIET_AFTER_DAYS = 7
IMPORTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Lake:
    """How far the data has come: arrived, taken in, shown."""

    depth: Depth
    manifest: Manifest | None
    state: str
    words: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    source: Source
    keys: int
    rejected: int
    is_quiet: bool


@require_GET
def data(request: HttpRequest) -> HttpResponse:
    now = system_clock()
    open_rows = RejectedRow.objects.filter(status=RejectedRow.Status.OPEN)
    fresh_key = request.session.pop(FRESH_KEY, None)
    found = QualityFinding.objects.filter(resolved_at=None)
    context = {
        "lake": _lake(now),
        "sources": _sources(open_rows, now),
        "keys": WriteKey.objects.select_related("source"),
        "fresh_key": fresh_key,
        "snippets": snippets(fresh_key, request.build_absolute_uri("/").rstrip("/"))
        if fresh_key
        else [],
        "imports": ImportRun.objects.all()[:IMPORTS_SHOWN],
        "rejected": open_rows.order_by("-received_at", "id")[:5],
        "rejected_count": open_rows.count(),
        "findings": found,
    }
    title = _title(context["sources"], context["rejected_count"], found.count())
    return page_reply(request, "data", title, context)


@require_POST
def create_key(request: HttpRequest) -> HttpResponse:
    """Make a key for a new or a known source; its value is shown once, on the next page."""
    name = request.POST.get("name", "").strip()[:200]
    if not name:
        messages.error(request, _("Give the source a name, such as “Web app” or “Backend”."))
        return redirect("data")
    try:
        key = create_write_key(name, system_clock())
    except Conflict:
        messages.error(request, _("An import has this name already. Choose another one."))
        return redirect("data")
    request.session[FRESH_KEY] = key.key
    return redirect("data")


@require_POST
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(WriteKey.objects.select_related("source"), pk=key_id)
    revoke_write_key(key.key, system_clock())
    done = _("The key of %(source)s is revoked; what uses it is refused.")
    messages.success(request, done % {"source": key.source.name})
    return redirect("data")


def _lake(now: datetime) -> Lake:
    home = settings.TENURE_HOME
    state = freshness(home, now)
    return Lake(
        depth=inbox_depth(home),
        manifest=read_manifest(home),
        state=state.state if state else "",
        words=state.words if state else _("Nothing has arrived yet"),
    )


def _sources(open_rows: QuerySet[RejectedRow], now: datetime) -> list[SourceRow]:
    refused = dict(
        open_rows.order_by()
        .values_list("source")
        .annotate(count=Count("id"))
        .values_list("source", "count")
    )
    rows = []
    for source in Source.objects.annotate(key_count=Count("write_keys")):
        seen = source.last_seen_at
        is_api = source.kind == Source.Kind.API
        rows.append(
            SourceRow(
                source=source,
                keys=source.key_count,
                rejected=refused.get(source.slug, 0),
                is_quiet=bool(is_api and seen and (now - seen).days >= QUIET_AFTER_DAYS),
            )
        )
    return rows


def _title(sources: list[SourceRow], rejected: int, findings: int) -> str:
    if not sources:
        return _("No data comes in yet")
    count = len(sources)
    parts = [
        ngettext("Data from %(n)s source", "Data from %(n)s sources", count)
        % {"n": written.number(count)}
    ]
    if rejected:
        parts.append(
            ngettext("%(n)s row to mend", "%(n)s rows to mend", rejected)
            % {"n": written.number(rejected)}
        )
    if findings:
        parts.append(
            ngettext("%(n)s contradiction found", "%(n)s contradictions found", findings)
            % {"n": written.number(findings)}
        )
    return _("%(sources)s: %(found)s") % {
        "sources": parts[0], "found": written.listed(parts[1:]),
    } if len(parts) > 1 else parts[0]  # fmt: skip
