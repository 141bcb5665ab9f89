"""What was promised in return: due, broken, kept; in short on the page, and all of it as a list."""

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import account_names
from tenure.console.pages.list_link import query_of, read_page_number
from tenure.saves.commitments_listed import ordered
from tenure.saves.models import Commitment, Side, Standing

SHOWN, PAGE_ROWS = 8, 50
DUE = ""  # open or broken: what somebody has to do something about


def commitments_due() -> dict[str, Any]:
    """The first that are open or broken, ours that are broken first, and how many there are."""
    due = ordered()
    return {"rows": rows_of(due.select_related("save_of")[:SHOWN]), "count": due.count()}


@require_GET
def commitments_page(request: HttpRequest) -> HttpResponse:
    """All of one standing and side, each with the visit in which it was promised."""
    standing = request.GET.get("standing", DUE)
    side = request.GET.get("side", "")
    standing = standing if standing in Standing.values else DUE
    side = side if side in Side.values else ""
    found = _of_standing(standing)
    if side:
        found = found.filter(side=side)
    page = Paginator(found.select_related("save_of"), PAGE_ROWS).get_page(
        read_page_number(request.GET)
    )
    count = page.paginator.count
    link = {"standing": standing, "side": side}
    context = {
        "rows": rows_of(page),
        "page": page,
        "standings": [
            (words, query_of({**link, "standing": value}), value == standing)
            for value, words in ((DUE, _("Due or broken")), *Standing.choices)
        ],
        "sides": [
            (words, query_of({**link, "side": value}), value == side)
            for value, words in (("", _("Either side")), *Side.choices)
        ],
        "previous": query_of({**link, "page": page.number - 1}) if page.has_previous() else None,
        "next_page": query_of({**link, "page": page.number + 1}) if page.has_next() else None,
    }
    title = ngettext("%(n)s commitment", "%(n)s commitments", count) % {"n": written.number(count)}
    return page_reply(request, "leaving/owed", title, context, place="leaving")


def rows_of(commitments: Iterable[Commitment]) -> list[dict[str, Any]]:
    """Each as a list shows it."""
    rows = list(commitments)
    names = account_names(each.account_id for each in rows)
    return [
        {
            "one": each,
            "account": names.get(each.account_id, each.account_id),
            "side": each.get_side_display(),
            "standing": _("Kept, after its day") if each.is_late else each.get_standing_display(),
            "is_alarm": each.side == Side.US and each.standing == Standing.BROKEN,
        }
        for each in rows
    ]


def _of_standing(standing: str) -> QuerySet[Commitment]:
    if standing == DUE:
        return ordered()
    return Commitment.objects.filter(mode="live", standing=standing).order_by("-due_on", "-pk")
