"""One simulated customer through the real cancel flow: the passage, the choice of offers, the end.

Only the storage is left out: arm, screens, steps and choice are those of `offboard` and `offers`.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from tenure.card.card_of import Card
from tenure.demo.answering import Answering
from tenure.demo.leavers import Leaver
from tenure.demo.offering import Offering
from tenure.offboard.facts_known import facts_of
from tenure.offboard.jurisdictions import shape_of
from tenure.offboard.passage import (
    ACCEPTED,
    ENDS,
    LEFT,
    Ask,
    Passage,
    Shown,
    Step,
    begin,
    take,
    wants_offers,
    with_offers,
)
from tenure.offers.choosing import Choice, choose
from tenure.offers.history import History
from tenure.offers.learned import NOTHING, Learned
from tenure.offers.parts import CANCEL_VISIT
from tenure.offers.wanted import Wanted
from tenure.proof.assignment import Arm

ZONE = "Europe/Berlin"
STEPS_AT_MOST = 12


@dataclass(frozen=True, slots=True)
class Passing:
    """One visit as it went. `accepted` is the offer as it was shown; `choice` the last one."""

    visit_id: str
    at: datetime
    outcome: str  # saved | canceled | abandoned
    passage: Passage
    accepted: Shown | None = None
    choice: Choice | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class WhoStands:
    """Who stands at the way out: the card, what was given before, what is believed of offers."""

    card: Card
    now: datetime
    history: History
    learned: Learned = NOTHING


@dataclass
class Passer:
    """Sends leavers through the flow. `learned` changes as time passes."""

    offering: Offering
    year_starts_on: date
    has_effect: bool = True
    learned: Learned = field(default_factory=Learned)
    key_id: str = ""  # that signed their tokens

    def visit(
        self, leaver: Leaver, arm: Arm, *, days_later: int = 0, is_repeat: bool = False
    ) -> Passing:
        """One visit of theirs, in that arm."""
        today = self.year_starts_on + timedelta(leaver.day + days_later)
        now = datetime(today.year, today.month, today.day, 10, tzinfo=UTC)
        values = leaver.card(today)
        flow = self.offering.flow
        ask = Ask(
            account=leaver.account_id,
            subscription=f"{leaver.account_id}-s1",
            mode="live",
            exp=int(now.timestamp()) + 3600,
            nonce=f"{leaver.account_id}-{leaver.day + days_later:08d}",
            key_id=self.key_id,
        )
        passage = begin(
            ask,
            flow,
            facts_of(values, self.offering.product, today=today, time_zone=ZONE),
            visit_id=ask.visit_id,
            shape=shape_of(leaver.country, False).name,
            arm=arm.name,
            share=arm.share,
            language="en",
            now=now,
            is_repeat=is_repeat,
        )
        who = WhoStands(
            Card(leaver.account_id, values, None, today), now, History(today), self.learned
        )
        answering = Answering(leaver, days_later == 0, self.has_effect)
        return go_through(passage, self.offering, answering, who)


def go_through(
    passage: Passage, offering: Offering, answering: Answering, who: WhoStands
) -> Passing:
    """The visit that began with this passage, to its end, or until the window is closed."""
    choice: Choice | None = None
    flow, steps = offering.flow, []
    for _ in range(STEPS_AT_MOST):
        if passage.screen in ENDS:
            return _ended(passage, choice, who.now, tuple(steps))
        if wants_offers(passage, flow):
            choice = _choice(passage, offering, who)
            passage = with_offers(passage, flow, choice.shown)
        if answering.closes(passage):
            return Passing(
                passage.visit_id, who.now, "abandoned", passage, None, choice, tuple(steps)
            )
        steps.append(answering.step(passage))
        passage = take(passage, flow, steps[-1])
    raise RuntimeError(f"{passage.visit_id} found no way out in {STEPS_AT_MOST} steps")


def _choice(passage: Passage, offering: Offering, who: WhoStands) -> Choice:
    flow, card = offering.flow, who.card
    wanted = Wanted(
        account_id=card.id,
        card=card,
        now=who.now,
        reason=passage.reason,
        follow_up=passage.follow_up,
        because=CANCEL_VISIT,
        allowed=flow.offers.show,
        language=passage.language,
        currency=str(card.values["currency"]),
        at_most=flow.offers.at_most,
    )
    chance = random.Random(passage.visit_id)
    return choose(wanted, offering.book, who.history, who.learned, chance)


def _ended(
    passage: Passage, choice: Choice | None, now: datetime, steps: tuple[Step, ...]
) -> Passing:
    outcome = {ACCEPTED: "saved", LEFT: "canceled"}.get(passage.screen, "abandoned")
    accepted = next((each for each in passage.shown if each.name == passage.chosen), None)
    return Passing(passage.visit_id, now, outcome, passage, accepted, choice, steps)
