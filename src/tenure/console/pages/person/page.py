"""A person: who they are in the account, how often they come, and everything on their card."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.errors import NotFound
from tenure.card.card_of import Card, person_card
from tenure.card.catalogue import person_columns
from tenure.card.models import AccountCard
from tenure.card.product import product
from tenure.console.pages.account.card_panel import groups_of_columns
from tenure.console.pages.account.column_words import Words
from tenure.console.pages.frame import page_reply


@require_GET
def person_page(request: HttpRequest, person_id: str) -> HttpResponse:
    """Raises NotFound for somebody who is not known."""
    now = system_clock()
    try:
        card = person_card(settings.TENURE_HOME, person_id, now=now)
    except NotFound:
        raise NotFound(
            _("There is nobody with the id “%(id)s”. They may have been merged or forgotten.")
            % {"id": person_id}
        ) from None
    works_at = AccountCard.objects.filter(pk=card.values.get("account_id")).first()
    words = Words(settings.TENURE_HOME.company.currency, product())
    context = {
        "card": card,
        "account": works_at,
        "groups": groups_of_columns(person_columns(), card.values, words, None),
    }
    return page_reply(request, "person", _title(card, works_at, words), context, place="accounts")


def _title(card: Card, works_at: AccountCard | None, words: Words) -> str:
    name = str(card.values.get("name") or card.values.get("email") or card.id)
    days = card.values.get("days_since_seen")
    if works_at is None:
        return name
    if days is None:
        return _("%(name)s of %(account)s has never been there") % {
            "name": name,
            "account": works_at,
        }
    return _("%(name)s of %(account)s, last there on %(day)s") % {
        "name": name,
        "account": works_at,
        "day": words.value(
            "last_seen_on", person_columns()["last_seen_on"], card.values["last_seen_on"]
        ),
    }
