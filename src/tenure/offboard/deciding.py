"""What somebody who wants to leave is shown: decided from state alone, and the same each time.

Reads the account's card by its key and definitions that are kept for a moment; writes nothing.
What is by chance is drawn from the visit's own id, so that whoever opens a visit again, or looks at
it a year later, finds the same.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from tenure.base.home import Home
from tenure.card.card_of import Card, held_card
from tenure.card.product import product
from tenure.card.product_parts import Product
from tenure.customers.merging import canonical_id
from tenure.lake.reading import company_day
from tenure.offboard.facts import Facts, Slot
from tenure.offboard.facts_known import facts_of
from tenure.offboard.flow import flow_for, flow_of, flows, language_of
from tenure.offboard.flow_parts import Flow
from tenure.offboard.held import Held
from tenure.offboard.jurisdictions import shape_of
from tenure.offboard.keys import KeysAtHand
from tenure.offboard.outcomes import CANCELED
from tenure.offboard.passage import (
    ACCEPTED,
    BACK,
    LEFT,
    OFFERS,
    Passage,
    begin,
    wants_offers,
    with_offers,
)
from tenure.offboard.reads import (
    address_of,
    arm_of,
    card_row,
    has_history,
    last_decided,
    offers_seen_at,
    segments_now,
)
from tenure.offboard.screens_offers import SLOTS_MOST as SLOTS_AT_MOST
from tenure.offboard.screens_offers import WITH_SOMEBODY
from tenure.offboard.tokens import Ask
from tenure.offers.book import offer_book
from tenure.offers.calendars import free_times
from tenure.offers.choosing import Choice, choose
from tenure.offers.history import History, history_of, spent_in_month
from tenure.offers.learned import Learned, learned_now
from tenure.offers.parts import CANCEL_VISIT, OfferBook
from tenure.offers.wanted import Wanted
from tenure.proof.assignment import Arm

EXPERIMENT = "cancel_flow"  # one for all flows: who is left alone stays so in each of them
TREATED = "treated"
FLOWS_HELD = 64
DEFINITIONS_S = 10.0  # so old may be what is in force: reading all of it takes a while
RECENT, RECENT_AT_MOST = timedelta(seconds=30), 4_000
_WITH_OFFERS = frozenset({OFFERS, LEFT, ACCEPTED, BACK})


@dataclass(frozen=True, slots=True)
class Known:
    """Who asks, as far as is known. `card` is None of an account that no event ever named."""

    account_id: str
    card: Card | None
    facts: Facts
    today: date

    @property
    def values(self) -> dict[str, object]:
        return self.card.values if self.card else {}


class Deciding:
    """Kept by the web process; its definitions are at most ten seconds old. For many threads."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.time_zone = home.company.time_zone
        self._zone = ZoneInfo(self.time_zone)
        self._flows: Callable[[], tuple[Flow, ...]] = Held(flows, DEFINITIONS_S)
        self._book: Callable[[], OfferBook] = Held(offer_book, DEFINITIONS_S)
        self._product: Callable[[], Product] = Held(product, DEFINITIONS_S)
        self._spent: dict[date, Callable[[], dict[str, int]]] = {}
        self._learned: Callable[[], Learned] = Held(learned_now, 10.0)
        self.keys = KeysAtHand()
        self._by_digest: dict[str, Flow] = {}
        self._recent: dict[Ask, tuple[datetime, Known]] = {}

    def known(self, ask: Ask, now: datetime) -> Known:
        """What state knows of the account and the person of a token, at most 30 seconds ago.

        So who goes from screen to screen asks for it once.
        """
        today = company_day(self.home, now)
        held = self._recent.get(ask)
        if held is not None and held[1].today == today and now - held[0] < RECENT:
            return held[1]
        known = self._read(ask, today)
        if len(self._recent) >= RECENT_AT_MOST:
            self._recent.clear()
        self._recent[ask] = (now, known)
        return known

    def _read(self, ask: Ask, today: date) -> Known:
        account_id, row = ask.account, card_row(ask.account)
        if row is None:
            account_id = canonical_id("account", ask.account)
            row = card_row(account_id) if account_id != ask.account else None
        name, values = row or ("", None)
        card = None if values is None else held_card(account_id, values, today)
        facts = facts_of(
            card.values if card else {},
            self._product(),
            today=today,
            time_zone=self.time_zone,
            name=name,
            receipt_to=address_of(ask.person),
        )
        return Known(account_id, card, facts, today)

    def opened(
        self, ask: Ask, known: Known, now: datetime, wanted: tuple[str | None, ...] = ()
    ) -> tuple[Passage, Flow]:
        """The passage at its first screen, and its flow. `wanted` are languages, the best first."""
        shape = shape_of(ask.country or None, ask.is_consumer).name
        flow = flow_for(self._flows(), known.values, shape, today=known.today, zone=self._zone)
        arm = self._arm(ask, known, flow)
        passage = begin(
            ask,
            flow,
            known.facts,
            visit_id=ask.visit_id,
            shape=shape,
            arm=arm.name,
            share=arm.share,
            language=language_of(flow, *wanted),
            now=now,
            is_repeat=not ask.is_test and _was_here(ask, known, now, flow.again_after_days),
        )
        return passage, flow

    def flow(self, flow_digest: str) -> Flow:
        """The version under which a visit runs, whatever is in force by now. Raises NotFound."""
        held = self._by_digest.get(flow_digest)
        if held is None:
            held = next((each for each in self._flows() if each.digest == flow_digest), None)
            held = held or flow_of(flow_digest)
            if len(self._by_digest) >= FLOWS_HELD:
                self._by_digest.clear()
            self._by_digest[flow_digest] = held
        return held

    def with_offers(
        self, passage: Passage, flow: Flow, known: Known, now: datetime
    ) -> tuple[Passage, Choice | None]:
        """The passage with offers, where it is time for them. After notice there are none."""
        if not wants_offers(passage, flow):
            return passage, None
        if known.card is None or not self._may_be_offered(known, passage):
            return with_offers(passage, flow, ()), None
        choice = self._choice(passage, flow, known, known.card, now)
        return with_offers(passage, flow, choice.shown), choice

    def _may_be_offered(self, known: Known, passage: Passage) -> bool:
        """Whether anything is offered at all: not to who gave notice, but for in this very visit,
        where the law wants the notice first."""
        if passage.has_left:
            return True
        if known.values.get("status") == "leaving":
            return False
        return last_decided(known.account_id, passage.ask.subscription) != CANCELED

    def with_slots(self, known: Known, flow: Flow, passage: Passage, now: datetime) -> Known:
        """What is known, with the free times of who can be talked to, where they are offered."""
        asked = [each for each in passage.shown if each.kind in WITH_SOMEBODY]
        if not asked or passage.screen not in _WITH_OFFERS:
            return known
        book = self._book()
        own = [offer.fields.get("calendar") for each in asked if (offer := book.offer(each.name))]
        calendar = next((str(each) for each in own if each), flow.human.calendar)
        if not calendar:
            return known
        slots = tuple(
            Slot(each.starts_at, each.ends_at) for each in free_times(calendar, now, SLOTS_AT_MOST)
        )
        return replace(known, facts=msgspec.structs.replace(known.facts, slots=slots))

    def _choice(
        self, passage: Passage, flow: Flow, known: Known, card: Card, now: datetime
    ) -> Choice:
        ask = passage.ask
        wanted = Wanted(
            account_id=known.account_id,
            card=card,
            now=now,
            reason=passage.reason,
            follow_up=passage.follow_up,
            because=CANCEL_VISIT,
            mode=ask.mode,
            allowed=_both(ask.offers, flow.offers.show),
            language=passage.language,
            currency=known.facts.currency,
            at_most=flow.offers.at_most,
        )
        chance = random.Random(passage.visit_id)
        history = self._history(known, now)
        return choose(wanted, self._book(), history, self._learned(), chance)

    def _history(self, known: Known, now: datetime) -> History:
        """What was given before. Nearly nobody was ever given anything, and that is soon known."""
        if has_history(known.account_id):
            return history_of(known.account_id, now)
        spent = self._spent.setdefault(known.today, Held(lambda: spent_in_month(known.today)))
        return History(known.today, (), segments_now(known.account_id), spent())

    def _arm(self, ask: Ask, known: Known, flow: Flow) -> Arm:
        """Who tries it out sees all of it; everybody else is in the arm that chance gave them."""
        if ask.is_test:
            return Arm(TREATED, 1.0)
        return arm_of(EXPERIMENT, known.account_id, flow.hold_out_share)


def _both(host: tuple[str, ...] | None, flow: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """The offers that host and flow both let through; None: all."""
    if host is None or flow is None:
        return flow if host is None else host
    return tuple(name for name in host if name in flow)


def _was_here(ask: Ask, known: Known, now: datetime, within_days: int) -> bool:
    """Whether the offers of another visit were seen so recently that they help nobody again."""
    last = offers_seen_at(known.account_id, ask.subscription, ask.visit_id)
    return last is not None and last > now - timedelta(days=within_days)
