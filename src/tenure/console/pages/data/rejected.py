"""Rejected rows: which were refused, why, and what would mend them; dismissing and exporting."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.collect.models import RejectedRow
from tenure.console import format as written
from tenure.console.download import csv_reply
from tenure.console.pages.frame import page_reply

PAGE_ROWS = 50
FILTERS = ("source", "code", "field", "import")


@require_GET
def rejected(request: HttpRequest) -> HttpResponse:
    chosen = _chosen(request.GET)
    page = Paginator(chosen, PAGE_ROWS).get_page(request.GET.get("page", "1"))
    count = page.paginator.count
    if request.GET.get("status", "open") == "open":
        title = ngettext("%(n)s row waits to be mended", "%(n)s rows wait to be mended", count)
    else:
        title = ngettext("%(n)s settled row", "%(n)s settled rows", count)
    context = {
        "page": page,
        "groups": _groups(request.GET),
        "here": _query(request.GET),
        "status": request.GET.get("status", "open"),
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "next": _query(request.GET, page=page.number + 1) if page.has_next() else None,
        "previous": _query(request.GET, page=page.number - 1) if page.has_previous() else None,
    }
    title = title % {"n": written.number(count)} if count else _("No row was refused")
    return page_reply(request, "data/rejected", title, context, place="data")


@require_GET
def rejected_row(request: HttpRequest, row_id: int) -> HttpResponse:
    row = get_object_or_404(RejectedRow, pk=row_id)
    title = row.source_ref or row.origin
    return page_reply(request, "data/rejected_row", title, {"row": row}, place="data")


@require_POST
def dismiss(request: HttpRequest) -> HttpResponse:
    """Settle one row, or all that a filter shows, as not worth mending."""
    now = system_clock()
    if request.POST.get("row"):
        rows = RejectedRow.objects.filter(pk=request.POST["row"])
    else:
        rows = _chosen(QueryDict(request.POST.get("filter", "")))
    count = rows.filter(status=RejectedRow.Status.OPEN).update(
        status=RejectedRow.Status.DISMISSED, settled_at=now
    )
    done = ngettext("%(n)s row dismissed.", "%(n)s rows dismissed.", count)
    messages.success(request, done % {"n": written.number(count)})
    return redirect(reverse("rejected"))


@require_GET
def rejected_csv(request: HttpRequest) -> HttpResponse:
    """Rows to mend: what each said, then why it was refused. Mended lines can be imported again."""
    head = ["origin", "position", "source", "source_ref", "code", "field", "value", "remedy", "raw"]
    lines = (
        [getattr(row, name) for name in head]
        for row in _chosen(request.GET).iterator(chunk_size=2000)
    )
    return csv_reply(request, "rejected.csv", head, lines)


def _chosen(query: QueryDict) -> QuerySet[RejectedRow]:
    rows = RejectedRow.objects.all()
    is_open = query.get("status", "open") == "open"
    rows = rows.filter(status="open") if is_open else rows.exclude(status="open")
    for name in FILTERS:
        if query.get(name):
            rows = rows.filter(**{"import_id" if name == "import" else name: query[name]})
    return rows.order_by("-received_at", "id")


def _groups(query: QueryDict) -> list[dict[str, object]]:
    """What the refusals have in common, the most frequent first."""
    sums = _chosen(query).order_by().values("source", "code", "field", "remedy")
    groups = []
    for group in sums.annotate(count=Count("id")).order_by("-count")[:8]:
        link = QueryDict(mutable=True)
        link.update({name: group[name] for name in ("source", "code", "field") if group[name]})
        groups.append({**group, "query": link.urlencode()})
    return groups


def _query(query: QueryDict, page: int | None = None) -> str:
    link = QueryDict(mutable=True)
    for name in ("status", *FILTERS):
        if query.get(name):
            link[name] = query[name]
    if page and page > 1:
        link["page"] = str(page)
    return link.urlencode()
