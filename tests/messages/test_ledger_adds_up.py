"""Whatever the other side answers and in whatever order, every intended message is in one state,
and none was handed over after it may have arrived."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from message_worlds import LATER, NOON, intended, statuses

from tenure.base.errors import Conflict
from tenure.messages import ledger
from tenure.messages.answers import AGAIN, FAILED, SENT, UNKNOWN, Answer
from tenure.messages.counting import balances
from tenure.messages.models import Message, MessageAbout, SuppressedAddress
from tenure.messages.resolving import allow_address, resolve_as_sent, send_again, unsure_messages
from tenure.messages.sending import send_due

pytestmark = pytest.mark.django_db

ANSWERS = [
    Answer(SENT, "250"),
    Answer(AGAIN, "451"),
    Answer(AGAIN, "421", is_down=True),
    Answer(AGAIN, "slow down", after_s=7200),
    Answer(FAILED, "554"),
    Answer(FAILED, "550", refuses_recipient=True),
    Answer(UNKNOWN, "no answer"),
]
STEPS = st.one_of(
    st.tuples(st.just("intend"), st.integers(0, 5)),
    st.tuples(st.just("send"), st.lists(st.sampled_from(ANSWERS), min_size=8, max_size=8)),
    st.tuples(st.just("crash_claimed"), st.integers(1, 4)),
    st.tuples(st.just("crash_sending"), st.integers(1, 4)),
    st.tuples(st.just("wait"), st.sampled_from([1, 40, 1000, 30_000])),
    st.tuples(st.just("resolve"), st.booleans()),
)


class Scripted:
    """A transport that answers from a list, and counts what it was given."""

    channel = "mail"

    def __init__(self, answers: list[Answer], handed: Counter[str], may_have: set[str]) -> None:
        self.answers, self.handed, self.may_have = list(answers), handed, may_have

    def send(self, message: Message) -> Answer:
        assert message.key not in self.may_have, "it may have arrived before"
        self.handed[message.key] += 1
        answer = self.answers.pop(0) if self.answers else Answer(SENT, "250")
        if answer.what in (SENT, UNKNOWN):
            self.may_have.add(message.key)
        return answer

    def close(self) -> None:
        """Nothing is open."""


class World:
    """A ledger, its clock, what was handed over, and what may therefore have arrived."""

    def __init__(self) -> None:
        for model in (MessageAbout, Message, SuppressedAddress):
            model.objects.all().delete()
        self.now, self.keys = NOON, set()
        self.handed: Counter[str] = Counter()
        self.may_have: set[str] = set()

    def intend(self, count: int) -> None:
        for n in range(count):
            self.keys.add(f"{n}")
            until = self.now + timedelta(hours=5) if n == 3 else None
            address = f"ann-{n}@example.org"
            intended(address, key=f"{n}", now=self.now, valid_until=until)

    def send(self, answers: list[Answer]) -> None:
        send_due(self.now, {"mail": Scripted(answers, self.handed, self.may_have)})

    def crash_claimed(self, count: int) -> None:
        ledger.claim(["mail"], count, self.now)

    def crash_sending(self, count: int) -> None:
        for message in ledger.claim(["mail"], count, self.now):
            if ledger.begin(message, self.now):
                self.may_have.add(message.key)

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def resolve(self, has_arrived: bool) -> None:
        for message in unsure_messages()[:1]:
            if has_arrived:
                resolve_as_sent(message.key, now=self.now, by="ann")
                continue
            with suppress(Conflict):  # too late
                send_again(message.key, now=self.now, by="ann")
                self.may_have.discard(message.key)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEPS, min_size=1, max_size=20))
def test_the_states_add_up_after_anything(steps):
    world = World()
    for step, given_ in steps:
        getattr(world, step)(given_)
        assert sum(statuses().values()) == len(world.keys)
        assert all(balance.adds_up for balance in balances())
        assert sum(balance.intended for balance in balances()) == len(world.keys)

    # After every lease and back-off, and with a server that takes all, nothing is left undecided.
    for _ in range(3):
        world.wait(2 * 86_400)
        world.send([])
    assert set(statuses()) <= {"sent", "failed", "unknown", "suppressed"}


def test_what_a_dead_sender_held_is_ready_or_unsure_only_after_its_lease():
    intended("a@example.org", key="claimed")
    intended("b@example.org", key="begun")
    [begun, _] = sorted(ledger.claim(["mail"], 2, NOON), key=lambda m: m.key)
    ledger.begin(begun, NOON)

    assert ledger.take_back_abandoned(NOON + timedelta(minutes=1)) == (0, 0)
    assert ledger.take_back_abandoned(NOON + LATER) == (1, 1)
    assert {m.key: m.status for m in Message.objects.all()} == {
        "claimed": "ready",
        "begun": "unknown",
    }


def test_a_sender_that_is_slower_than_its_lease_still_says_what_happened():
    intended("a@example.org", key="x")
    [message] = ledger.claim(["mail"], 1, NOON)
    ledger.begin(message, NOON)
    ledger.take_back_abandoned(NOON + LATER)
    assert statuses() == {"unknown": 1}

    assert ledger.end(message, "sent", "250", NOON + LATER)
    assert statuses() == {"sent": 1}


def test_a_sender_that_lost_its_claim_does_not_send():
    intended("a@example.org", key="x")
    [slow] = ledger.claim(["mail"], 1, NOON)
    ledger.take_back_abandoned(NOON + LATER)
    [quick] = ledger.claim(["mail"], 1, NOON + LATER)

    assert not ledger.begin(slow, NOON + LATER)
    assert ledger.begin(quick, NOON + LATER)


def test_what_becomes_too_late_in_the_hands_of_a_sender_is_not_begun():
    intended("a@example.org", key="x", valid_until=NOON + LATER)
    [mine] = ledger.claim(["mail"], 1, NOON)

    assert not ledger.begin(mine, NOON + LATER)
    assert statuses() == {"suppressed": 1}


def test_the_operator_settles_what_is_unsure_and_nothing_else():
    intended("a@example.org", key="x")
    with pytest.raises(Conflict, match="x is ready, not unknown"):
        resolve_as_sent("x", now=NOON, by="ann")
    send_due(NOON, {"mail": Scripted([Answer(UNKNOWN, "?")], Counter(), set())})
    assert send_again("x", now=NOON, by="ann").why == "ann said: to be sent again"
    handed: Counter[str] = Counter()
    send_due(NOON, {"mail": Scripted([], handed, set())})

    assert statuses() == {"sent": 1}
    assert handed == {"x": 1}


def test_a_suppressed_address_can_be_allowed_again():
    ledger.suppress_address("Ann@Example.org", "550 gone", NOON)
    assert intended("ann@example.ORG", key="first").status == "suppressed"
    allow_address("ANN@example.org", now=NOON, by="ada")
    assert intended("ann@example.org", key="second").status == "ready"


def test_nothing_is_sent_again_to_an_address_that_is_suppressed_or_gone():
    intended("a@example.org", key="x")
    refused = Answer(FAILED, "550 5.1.1 unknown", refuses_recipient=True)
    send_due(NOON, {"mail": Scripted([refused], Counter(), set())})
    with pytest.raises(Conflict, match="suppressed: 550 5.1.1 unknown; lift that first"):
        send_again("x", now=NOON, by="ann")
    Message.objects.update(recipient="")
    with pytest.raises(Conflict, match="who is forgotten"):
        send_again("x", now=NOON, by="ann")
    assert statuses() == {"failed": 1}


def test_what_a_sender_has_taken_for_an_address_is_withheld_as_long_as_it_was_not_begun():
    intended("a@example.org", key="x")
    [taken] = ledger.claim(["mail"], 1, NOON)
    ledger.suppress_address("A@example.org", "550 gone", NOON)
    assert not ledger.begin(taken, NOON)
    assert statuses() == {"suppressed": 1}


def test_a_message_in_a_transaction_that_fails_was_never_meant():
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        intended("a@example.org", key="x")
        _ = 1 / 0
    assert not Message.objects.exists()
