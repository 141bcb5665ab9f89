"""What an account wants from us, on the account's page and on one of its own.

The account's page includes it:

    context["outcome"] = outcome_panel(reader, account_id)      # a reader with fresh=True
    {% include "pages/account/outcome/body.html" %}
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from tenure.card.outcomes import OUTCOME_LENGTH, TEXT_LENGTH, OutcomeSaid, outcome_history
from tenure.card.product import product
from tenure.card.product_file import ROLES
from tenure.card.timeline import Reads
from tenure.console.pages.product.page import role_words
from tenure.customers.models import Person


@dataclass(frozen=True, slots=True)
class Version:
    """One statement with the words for its role, and the name of who made it."""

    said: OutcomeSaid
    role: str
    person: str  # who said it, where somebody did


@dataclass(frozen=True, slots=True)
class OutcomePanel:
    """What holds now, what was said before, and what the form offers."""

    account_id: str
    current: list[Version]
    earlier: list[Version]
    declared: list[tuple[str, str]]  # name and title
    roles: list[tuple[str, str]]
    outcome_length: int = OUTCOME_LENGTH
    text_length: int = TEXT_LENGTH


def outcome_panel(reader: Reads, account_id: str) -> OutcomePanel:
    """What is shown of an account; a fresh reader knows what was just said once it is shipped."""
    words = role_words()
    told = [
        said for said in outcome_history(reader, account_id) if said.is_change or said.is_current
    ]
    people = Person.objects.filter(person_id__in={said.person_id for said in told})
    names = {person.person_id: str(person) for person in people}
    versions = [
        Version(
            said,
            words.get(said.role, said.role) if said.role else _("The account"),
            said.said_by or names.get(said.person_id or "", said.person_id or ""),
        )
        for said in told
    ]
    return OutcomePanel(
        account_id=account_id,
        current=[one for one in versions if one.said.is_current and one.said.outcome],
        earlier=[one for one in versions if not (one.said.is_current and one.said.outcome)],
        declared=[(one.name, one.title) for one in product().outcomes],
        roles=[("", _("The whole account")), *((role, words[role]) for role in ROLES)],
    )
