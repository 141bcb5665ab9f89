"""Accounts and people as tables and samples show them: by name, with what they pay."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from tenure.card.models import AccountCard
from tenure.console import format as written
from tenure.customers.models import Person
from tenure.segments.built_in import STAGES
from tenure.segments.vocabulary import ACCOUNT


@dataclass(frozen=True, slots=True)
class Subject:
    """One account or person; `href` is empty for a person, who has no page."""

    id: str
    name: str
    detail: str  # plan of an account, address of a person
    stage: str
    mrr: str
    href: str


def subjects(over: str, ids: Sequence[str]) -> list[Subject]:
    """One for each id, in the same order; an id that state does not know is shown as it is."""
    if over == ACCOUNT:
        cards = {card.pk: card for card in AccountCard.objects.filter(pk__in=ids)}
        return [_account(id, cards.get(id)) for id in ids]
    people = {person.pk: person for person in Person.objects.filter(pk__in=ids)}
    return [_person(id, people.get(id)) for id in ids]


def _account(id: str, card: AccountCard | None) -> Subject:
    if card is None:
        return Subject(id, id, "", "", written.MISSING, "")
    currency = card.currency or settings.TENURE_HOME.company.currency
    stage = str(card.values.get("stage", ""))
    title = str(STAGES[stage][0]) if stage in STAGES else stage
    mrr = written.money(card.mrr_minor, currency) if card.mrr_minor else written.MISSING
    return Subject(id, str(card), card.plan, title, mrr, reverse("account", args=[id]))


def _person(id: str, person: Person | None) -> Subject:
    name = (person.name or person.email) if person else ""
    return Subject(id, name or id, person.email if person else "", "", "", "")
