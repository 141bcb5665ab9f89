"""Whatever a host does and whenever a worker dies: no change has two effects, nothing is made after
what displaced it, every change comes to an end, and only what billing shows counts."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from billing_worlds import NOON, TERMS, applied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.base.errors import Conflict, Unavailable
from tenure.billing import ledger
from tenure.billing.agreeing import agrees
from tenure.billing.changes import ask_for, carry_out, carry_out_due
from tenure.billing.kinds import CANCELS, KINDS
from tenure.billing.models import OPEN, BillingChange
from tenure.billing.retrying import try_again
from tenure.billing.system import Answer, Change, Terms

pytestmark = pytest.mark.django_db
VALUES = {
    "pause": {"until_on": "2027-01-20"},
    "discount": {"percent_off": 20, "months": 3},
    "refund": {"amount_minor": 500, "currency": "EUR"},
}
ASKED = ["pause", "discount", "refund", "resume", "cancel_at_period_end", "cancel_now", "uncancel"]
# What meets one request: whether it is done, and what comes back.
FATES = {
    "ok": (True, "done"),
    "lost after": (True, "unsure"),
    "lost before": (False, "unsure"),
    "not taken": (False, "not_taken"),
    "later": (False, "pending"),
    "no": (False, "refused"),
}
# What people do at the end of a visit, and what billing makes of it.
DECISIONS = [
    ("pause", "lost before"),
    ("discount", "later"),
    ("discount", "lost after"),
    ("refund", "lost after"),
    ("cancel_at_period_end", "ok"),
    ("cancel_at_period_end", "lost before"),
    ("cancel_now", "ok"),
    ("uncancel", "ok"),
]
STEPS = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(ASKED)),
    st.tuples(st.just("work"), st.lists(st.sampled_from(list(FATES)), max_size=6)),
    st.tuples(st.just("page"), st.sampled_from(list(FATES))),
    st.tuples(st.just("decide"), st.sampled_from(DECISIONS)),
    st.tuples(st.just("crash"), st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 120, 4000, 90_000])),
    st.tuples(st.just("unread"), st.booleans()),
    st.tuples(st.just("retry"), st.integers(0, 3)),
)


class Host:
    """Each request meets the next fate. What has ended takes no change but money back."""

    name, can, settles_within_s, gives_up_after_s = "host", frozenset(KINDS), 60.0, 3 * 86_400.0

    def __init__(self, knows_keys: bool) -> None:
        self.knows_keys = knows_keys
        self.fates: list[str] = []
        self.terms: dict[str, dict[str, Any]] = {}
        self.effects: Counter[str] = Counter()
        self.order: list[str] = []
        self.is_unread = False

    def perform(self, change: Change, within_s: float = 10.0) -> Answer:
        row = BillingChange.objects.get(key=change.key)
        assert row.status == "sent", "it is not on disk that it is asked for"
        is_done, said = FATES[self.fates.pop(0) if self.fates else "ok"]
        held = self.terms.get(change.subscription_id, TERMS)
        is_over = held["status"] == "ended" and change.kind not in ("cancel_now", "refund")
        if is_over and said != "not_taken" and not self.effects[change.key]:
            return Answer(status="refused", message="it has ended")
        if is_done:
            self.make(change)
        elif said == "refused" and self.effects[change.key]:
            said = "done"  # what it made it does not refuse
        return Answer(status=said, message="as it goes")

    def make(self, change: Change) -> None:
        if self.knows_keys and self.effects[change.key]:
            return
        self.effects[change.key] += 1
        self.order.append(change.key)
        held = self.terms.setdefault(change.subscription_id, dict(TERMS))
        asked = {"id": change.key, "kind": change.kind, "values": change.values}
        self.terms[change.subscription_id] = applied(held, asked)

    def read_back(self, account: str, subscription: str, within_s: float = 10.0) -> Terms | None:
        if self.is_unread:
            raise Unavailable("the host is not to be read")
        return msgspec.convert(self.terms.get(subscription, TERMS), Terms)

    def ping(self, within_s: float = 10.0) -> Answer:
        return Answer(status="done")


class World:
    def __init__(self, home: Any, host: Host) -> None:
        BillingChange.objects.all().delete()
        self.home, self.host, self.now, self.count = home, host, NOON, 0

    def ask(self, kind: str) -> None:
        self.count += 1
        ask_for(
            key=f"k{self.count:03}",
            account_id="acme",
            subscription_id="sub_1" if self.count % 4 == 0 else "sub_0",
            kind=kind,
            values=VALUES.get(kind, {}),
            now=self.now,
        )

    def work(self, fates: list[str]) -> None:
        self.host.fates = list(fates)
        carry_out_due(self.home, self.now, system=self.host)

    def page(self, fate: str) -> None:
        """The last change that was asked for is carried out while somebody waits."""
        change = BillingChange.objects.order_by("-id").first()
        if change is not None:
            self.host.fates = [fate]
            carry_out(change, self.host, self.now)

    def decide(self, decision: tuple[str, str]) -> None:
        """Somebody decides, and waits for what billing says."""
        self.ask(decision[0])
        self.page(decision[1])

    def crash(self, is_made: bool) -> None:
        """A worker dies after it wrote down that it asks, before or after the host was asked."""
        for change in ledger.due(self.now, 1):
            was_asked = change.attempts > 0  # then it is read before it is asked for again
            if change.status not in OPEN or not ledger.begin(change, "host", self.now):
                continue
            if is_made and not was_asked:
                self.host.fates = ["ok"]
                self.host.perform(change.as_change)

    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def unread(self, is_unread: bool) -> None:
        self.host.is_unread = is_unread and self.host.knows_keys

    def retry(self, which: int) -> None:
        refused = BillingChange.objects.filter(status__in=["refused", "given_up"]).order_by("id")
        for change in refused[which : which + 1]:
            with suppress(Conflict):
                try_again(change.key, now=self.now, by="ann")

    def hold(self) -> None:
        """What holds after every step."""
        assert BillingChange.objects.count() == self.count
        assert all(times == 1 for times in self.host.effects.values()), "made twice"
        rows = {each.key: each for each in BillingChange.objects.order_by("id")}
        made_before: dict[str, list[BillingChange]] = {}
        for key in self.host.order:
            row = rows[key]
            for earlier in made_before.setdefault(row.subscription_id, []):
                is_displaced = earlier.pk > row.pk and earlier.kind in CANCELS
                assert not is_displaced or row.kind == "refund", f"{row.kind} after {earlier.kind}"
            made_before[row.subscription_id].append(row)
        for row in rows.values():
            if row.counts:
                assert self.host.effects[row.key] or agrees(row, row.terms) == []


@pytest.mark.parametrize("knows_keys", [True, False], ids=["knows keys", "shows what it did"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, min_size=1, max_size=25))
def test_the_states_add_up_after_anything(home, knows_keys, steps):
    world = World(home, Host(knows_keys))
    for step, given_ in steps:
        getattr(world, step)(given_)
        world.hold()

    # With a host that takes all, and time, every change comes to an end.
    world.unread(False)
    for _ in range(12):
        world.wait(4000)
        world.work([])
        world.hold()
    assert not BillingChange.objects.filter(status__in=OPEN).exists()
    assert not BillingChange.objects.exclude(claimed_until=None).exists()
