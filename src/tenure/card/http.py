"""Cards over the JSON API: one account or person, now or with what was known at a time."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from tenure.base.clock import system_clock
from tenure.card.card_of import account_card, person_card, read_as_of
from tenure.card.commands import as_object

router = Router(tags=["cards"])


@router.get("/accounts/{path:account_id}/card")
def one_account(request: HttpRequest, account_id: str, as_of: str = "") -> dict:
    """Every column of an account's card. `as_of`: a day (its end at the company) or an instant."""
    found = account_card(settings.TENURE_HOME, account_id, now=system_clock(), as_of=_at(as_of))
    return as_object(found, "account")


@router.get("/people/{path:person_id}/card")
def one_person(request: HttpRequest, person_id: str, as_of: str = "") -> dict:
    """Every column of the person's card. `as_of` as for accounts."""
    found = person_card(settings.TENURE_HOME, person_id, now=system_clock(), as_of=_at(as_of))
    return as_object(found, "person")


def _at(as_of: str) -> datetime | None:
    return read_as_of(settings.TENURE_HOME, as_of) if as_of else None
