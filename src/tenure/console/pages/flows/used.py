"""The visits behind a version's count."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import TONES, account_names, outcome_words
from tenure.console.pages.list_link import LENGTH_MAX, query_of, read_page_number
from tenure.offboard.models import Visit

VISITS_SHOWN = 50


@require_GET
def flow_visits(request: HttpRequest, name: str) -> HttpResponse:
    """The live visits of a flow, or of one version of it; the newest first."""
    digest = request.GET.get("version", "").replace("\0", "")[:LENGTH_MAX]
    found = Visit.objects.filter(flow=name, mode="live")
    if digest:
        found = found.filter(flow_digest=digest)
    page = Paginator(
        found.order_by("-opened_at", "pk").defer("steps", "considered"), VISITS_SHOWN
    ).get_page(read_page_number(request.GET))
    visits = list(page)
    if not visits:
        raise Http404
    names = account_names(each.account_id for each in visits)
    rows = [
        (each, names.get(each.account_id, each.account_id), outcome_words(each),
         TONES.get(each.outcome, "free"))
        for each in visits
    ]  # fmt: skip
    count = page.paginator.count
    title = ngettext(
        "%(n)s visit went through “%(name)s”", "%(n)s visits went through “%(name)s”", count
    ) % {"n": written.number(count), "name": name}
    context = {
        "name": name,
        "version": digest,
        "rows": rows,
        "page": page,
        "previous": _link(digest, page.number - 1) if page.has_previous() else None,
        "next_page": _link(digest, page.number + 1) if page.has_next() else None,
        "words": _("Version %(version)s") % {"version": digest[:8]} if digest else "",
    }
    return page_reply(request, "flows/used", title, context, place="leaving")


def _link(digest: str, number: int) -> str:
    return query_of({"version": digest, "page": number}, {"page": 1})
