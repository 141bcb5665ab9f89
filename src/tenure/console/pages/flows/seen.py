"""The preview of a flow: every screen as it would be seen, by nobody or by a real account."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.card.card_of import Card, account_card
from tenure.card.models import AccountCard
from tenure.console.pages.find.page import accounts_called
from tenure.console.pages.flows.look import (
    SCREEN_WORDS,
    Look,
    language_seen,
    language_words,
    reason_seen,
)
from tenure.offboard.flow import flow_for, flows, read_flow
from tenure.offboard.flow_parts import Flow
from tenure.offboard.screens_preview import Preview, preview
from tenure.reasons.taxonomy import taxonomy, words_in


@dataclass(frozen=True, slots=True)
class Step:
    """One screen of the row of screens. `query` is the link that shows it."""

    number: int
    words: str | Promise
    title: str
    query: str
    is_seen: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A flow as it is looked at. `shown` is the screen itself; None where there is a problem."""

    look: Look
    flow: Flow
    account: AccountCard | None
    steps: list[Step]
    languages: list[tuple[str, str]]
    reasons: list[tuple[str, str]]
    notes: list[str]
    problem: str = ""
    candidates: Sequence[AccountCard] = field(default_factory=list)
    screens: Sequence[Preview] = ()

    @property
    def shown(self) -> Preview | None:
        return self.screens[self.look.screen] if self.screens else None


def seen_of(text: str, where: str, look: Look, now: datetime) -> Seen:
    """The screens of a text, which need not be allowed in force. Raises BadDefinition for a text
    that is no flow.
    """
    flow = read_flow(text, where, taxonomy())
    look = replace(look, language=language_seen(look, flow), reason=reason_seen(look, flow))
    card, candidates, problem = _card_of(look.account, now)
    screens: list[Preview] = []
    try:
        screens = preview(
            text, where, language=look.language, shape=look.shape, now=now,
            scenario=look.scenario, card=card, reason=look.reason, scheme=look.scheme,
        )  # fmt: skip
    except InvalidInput as error:
        problem = error.message
    look = replace(look, screen=min(look.screen, max(0, len(screens) - 1)))
    held = AccountCard.objects.filter(pk=card.id).first() if card else None
    return Seen(
        look=look,
        flow=flow,
        account=held,
        steps=[_step(look, number, each) for number, each in enumerate(screens)],
        languages=[(each, language_words(each)) for each in flow.languages],
        reasons=[(each.code, words_in(each.title, look.language)) for each in flow.why.reasons],
        notes=_notes(flow, look, card, held),
        problem=problem,
        candidates=candidates,
        screens=screens,
    )


def _step(look: Look, number: int, screen: Preview) -> Step:
    words = SCREEN_WORDS.get(screen.name, screen.name)
    query = look.query(screen=number)
    return Step(number, words, screen.title, query, number == look.screen)


def _card_of(words: str, now: datetime) -> tuple[Card | None, Sequence[AccountCard], str]:
    """The card of the account that was typed: by its id, else the only one that is called so."""
    if not words:
        return None, (), ""
    home: Home = settings.TENURE_HOME
    try:
        return account_card(home, words, now=now), (), ""
    except NotFound:
        found = accounts_called(words)
    if len(found) == 1:
        return account_card(home, found[0].pk, now=now), (), ""
    if found:
        return None, found, _("Several accounts are called so. Choose one.")
    return None, (), _(
        "No account is called “%(words)s”; it may have been forgotten. What is shown of an account "
        "is an example."
    ) % {"words": words}  # fmt: skip


def _notes(flow: Flow, look: Look, card: Card | None, held: AccountCard | None) -> list[str]:
    """What to know of this preview beside what it shows."""
    notes = []
    if look.shape not in flow.shapes:
        notes.append(
            _("This flow is not for that shape: whoever falls under it passes through another one.")
        )
    elif card is not None:
        passed = flow_passed(flow, card, look.shape)
        if passed != flow.name:
            message = _(
                "With this text in force, %(account)s would pass through “%(flow)s” all the same."
            )
            notes.append(message % {"account": held or card.id, "flow": passed})
    return notes


def flow_passed(flow: Flow | None, card: Card, shape: str) -> str:
    """The name of the flow that an account would pass through, were `flow` in force as well."""
    home: Home = settings.TENURE_HOME
    others = [each for each in flows() if flow is None or each.name != flow.name]
    chosen = flow_for(
        [*others, flow] if flow else others,
        card.values,
        shape,
        today=card.today,
        zone=ZoneInfo(home.company.time_zone),
    )
    return chosen.name
