"""Quick find: pages and accounts whose name, domain or id begins with or contains the words."""

from django.db.models import Case, IntegerField, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.card.models import AccountCard
from tenure.console.navigation import RAIL
from tenure.console.pages.frame import is_part, page_reply

ACCOUNTS_SHOWN = 8


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", "").strip()  # PostgreSQL holds no NUL
    places = [place for place in RAIL if words.casefold() in str(place.title).casefold()]
    context = {"words": words, "places": places, "accounts": accounts_called(words)}
    if is_part(request, "found"):
        return render(request, "pages/find/panel.html", context)
    return page_reply(request, "find", _("Find"), context)


def accounts_called(words: str) -> list[AccountCard]:
    """The first accounts by name, domain or id; the largest where nothing is asked."""
    if not words:
        return list(AccountCard.objects.order_by("-mrr_minor", "name")[:ACCOUNTS_SHOWN])
    begins = Q(name__istartswith=words) | Q(account_id__istartswith=words)
    found = AccountCard.objects.filter(
        Q(name__icontains=words) | Q(domain__icontains=words) | Q(account_id__icontains=words)
    )
    rank = Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField())
    return list(found.order_by(rank, "-mrr_minor", "name")[:ACCOUNTS_SHOWN])
