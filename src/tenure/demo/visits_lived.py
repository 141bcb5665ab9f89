"""A simulated visit, lived again through the real doors: turns, outcome, billing, receipt.

The steps are those of the simulation, and so is what was offered; what is recorded of them,
decided, stored, promised and read back is made by the code that serves everybody, on the simulated
clock.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings

from tenure.base.home import Home
from tenure.billing.changes import carry_out
from tenure.billing.kinds import KINDS
from tenure.billing.known_terms import terms_of
from tenure.billing.models import BillingChange
from tenure.billing.system import WITHIN_S, Answer, Change, Terms
from tenure.card.card_of import Card
from tenure.card.models import AccountCard
from tenure.demo.by_flow import STEP_S
from tenure.demo.card_then import ZONE_OF_COMPANY
from tenure.demo.offering import Offering
from tenure.demo.way_out import LivedVisit
from tenure.lake.recording import record
from tenure.messages.answers import SENT
from tenure.messages.answers import Answer as MailAnswer
from tenure.messages.models import Channel, Message, Purpose
from tenure.messages.sending import send_one
from tenure.offboard.deciding import Deciding, Known
from tenure.offboard.event import ABANDONED, event_row
from tenure.offboard.flow_parts import Flow
from tenure.offboard.models import Outcome, Visit, VisitOutcome
from tenure.offboard.outcomes import come_back, event_of, note_billing, outcome_of, whose_of
from tenure.offboard.passage import STAYED, Passage, Step, wants_offers, with_offers
from tenure.offboard.receipts import intend_receipts
from tenure.offboard.tokens import Ask
from tenure.offboard.turning import Turn, open_visit, shown_on, step_on
from tenure.offboard.visits import SILENCE
from tenure.offboard.visits_told import followed_as
from tenure.offers.choosing import Choice
from tenure.saves.opening import follow_visit

_PROMOTED = ("status", "plan", "billing_interval", "mrr_minor", "currency", "paying_since_on")
Facts = Sequence[Mapping[str, Any]]


@dataclass
class LivedBilling:
    """Fernhill's billing as it was then: what was agreed is done, and its facts show it."""

    facts: Mapping[str, Facts]  # by account, of all that is told
    now: datetime
    can: frozenset[str] = frozenset(KINDS)
    settles_within_s: float = 0.0
    gives_up_after_s: float | None = None
    name: str = "demo"

    def perform(self, change: Change, within_s: float = WITHIN_S) -> Answer:
        """Done: the simulation has done it in the life of the account."""
        return Answer(status="done", reference=f"fernhill_{change.key[-12:]}")

    def read_back(
        self, account_id: str, subscription_id: str, within_s: float = WITHIN_S
    ) -> Terms | None:
        """What the facts say that were known by then."""
        known_by = self.now + timedelta(seconds=1)
        known = [each for each in self.facts[account_id] if each["known_at"] <= known_by]
        return terms_of(known, subscription_id, known_by, ZONE_OF_COMPANY)

    def ping(self, within_s: float = WITHIN_S) -> Answer:
        """Always there: it is simulated."""
        return Answer(status="done")


class SimulatedMail:
    """Takes every mail. Nothing leaves the house: the addresses are simulated too."""

    channel: str = Channel.MAIL.value

    def send(self, message: Message) -> MailAnswer:
        """Sent, whatever it is."""
        return MailAnswer(SENT)

    def close(self) -> None:
        """There is nothing to close."""


class AsItWas(Deciding):
    """What was decided in the simulation: who was there, in which arm, what was chosen."""

    def __init__(self, home: Home, visit: LivedVisit, offering: Offering) -> None:
        super().__init__(home)
        self._visit, self._offering = visit, offering

    def known(self, ask: Ask, now: datetime) -> Known:
        visit = self._visit
        return Known(
            visit.account_id,
            Card(visit.account_id, visit.card, None, visit.today),
            visit.facts,
            visit.today,
        )

    def opened(
        self, ask: Ask, known: Known, now: datetime, wanted: tuple[str | None, ...] = ()
    ) -> tuple[Passage, Flow]:
        return self._visit.begun, self._offering.flow

    def flow(self, flow_digest: str) -> Flow:
        return self._offering.flow

    def with_offers(
        self, passage: Passage, flow: Flow, known: Known, now: datetime
    ) -> tuple[Passage, Choice | None]:
        choice = self._visit.passing.choice
        if choice is None or not wants_offers(passage, flow):
            return passage, None
        return with_offers(passage, flow, choice.shown), choice

    def with_slots(self, known: Known, flow: Flow, passage: Passage, now: datetime) -> Known:
        return known


def live_visit(home: Home, visit: LivedVisit, offering: Offering, billing: LivedBilling) -> None:
    """The visit in state and inbox, with its outcome carried out and its receipt sent.

    Raises TokenUsed for one that came to its end in this home before.
    """
    with _as_carded(visit):
        rows = _turns(AsItWas(home, visit, offering), visit, billing)
        if kind := _kind(visit):
            follow_visit(
                visit_id=visit.passing.visit_id,
                account_id=visit.account_id,
                subscription_id=visit.ask.subscription,
                kind=kind,
                reason=visit.passing.passage.reason,
                now=_ended_at(visit),
            )
    record(home, settings.DATABASE_URL, rows, visit.at)
    _send_receipts(home, visit, visit.at + timedelta(minutes=1))


def live_return(home: Home, visit: LivedVisit, billing: LivedBilling) -> None:
    """The cancellation is taken back by the link of the receipt."""
    left = outcome_of(visit.passing.visit_id, "canceled")
    if left is None or visit.returned_at is None:
        return
    fields = {"language": left.language, "email": left.email, "said": left.said}
    back = come_back(whose_of(left), fields, visit.returned_at)
    _carry_out(back, billing, visit.returned_at)
    record(home, settings.DATABASE_URL, [event_of(back)], visit.returned_at)
    _send_receipts(home, visit, visit.returned_at + timedelta(minutes=1))


def send_mail(messages: Sequence[Message], now: datetime) -> None:
    """These, to nobody."""
    for message in messages:
        send_one(message, SimulatedMail(), now)


def _turns(deciding: AsItWas, visit: LivedVisit, billing: LivedBilling) -> list[dict[str, object]]:
    """Turn by turn, with everything that was recorded of it."""
    steps = list(visit.passing.steps)
    if visit.next_job:
        steps.append(Step("answer", {"next_job": visit.next_job}))
    count = len(visit.passing.steps)
    begins_at = visit.at - timedelta(seconds=STEP_S * count)
    turn = open_visit(deciding, visit.ask, begins_at, channel="embed", wanted=())
    rows = _shown(turn, begins_at)
    for number, step in enumerate(steps, 1):
        at = begins_at + timedelta(seconds=STEP_S * number)
        turn = step_on(deciding, turn.passage, step, at)
        if turn.is_settling and turn.outcome is not None:
            _carry_out(turn.outcome, billing, at)
        rows += _shown(turn, at)
    if visit.passing.outcome == "abandoned" and turn.passage.screen != STAYED:
        last_at = begins_at + timedelta(seconds=STEP_S * count)
        said = {
            "because": "silence",
            "last_at": last_at.isoformat(),
            "reason": turn.passage.reason,
        }
        ended_at = last_at + SILENCE
        rows.append(event_row(turn.whose, ABANDONED, ended_at, said, last_at.isoformat()))
    return [
        {"known_at": row["occurred_at"], "received_at": row["occurred_at"], **row} for row in rows
    ]


def _shown(turn: Turn, at: datetime) -> list[dict[str, object]]:
    shown_on(turn, at)
    return turn.rows


def _carry_out(outcome: VisitOutcome, billing: LivedBilling, at: datetime) -> None:
    """Billing is asked, and read back."""
    change = BillingChange.objects.filter(key=outcome.change_key).first()
    if outcome.change_key and change is not None:
        billing.now = at
        note_billing(outcome, carry_out(change, billing, at))


def _send_receipts(home: Home, visit: LivedVisit, at: datetime) -> None:
    """The receipts of this visit that were not sent."""
    intend_receipts(home, at)
    begins = f"{Purpose.RECEIPT}:{visit.passing.visit_id}:"
    send_mail(list(Message.objects.filter(key__startswith=begins, status="ready")), at)


def _ended_at(visit: LivedVisit) -> datetime:
    is_silent = visit.passing.outcome == "abandoned" and visit.passing.passage.screen != STAYED
    return visit.at + SILENCE if is_silent else visit.at


def _kind(visit: LivedVisit) -> str | None:
    """As what it is followed, if it is no save."""
    passing = visit.passing
    outcomes = {"canceled": Outcome.CANCELED, "abandoned": Outcome.ABANDONED}
    if passing.outcome not in outcomes:
        return None
    decision = "stayed" if passing.passage.screen == STAYED else ""
    return followed_as(
        Visit(outcome=outcomes[passing.outcome], arm=visit.arm.name, decision=decision)
    )


@contextmanager
def _as_carded(visit: LivedVisit) -> Iterator[None]:
    """The account's card in state is that of the visit's day meanwhile, as it would have been."""
    held = AccountCard.objects.filter(pk=visit.account_id).first()
    AccountCard.objects.update_or_create(
        account_id=visit.account_id,
        defaults={
            **{name: visit.card[name] for name in _PROMOTED if name in visit.card},
            "name": visit.facts.account_name,
            "values": {
                name: value.isoformat() if isinstance(value, date) else value
                for name, value in visit.card.items()
            },
            "row_digest": "",
        },
    )
    try:
        yield
    finally:
        if held is None:
            AccountCard.objects.filter(pk=visit.account_id).delete()
        else:
            held.save()
