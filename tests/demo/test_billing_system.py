"""Fernhill's own billing: each change once, told as facts that the lake's own SQL understands."""

import random
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from customers.arriving import arrive
from demo.lived_company import NOW, ListInbox
from offers.offer_worlds import NOW as NOW_OF_OFFERS
from offers.offer_worlds import book, history, wanted
from tenure.base.home import Home
from tenure.billing.agreeing import agrees
from tenure.billing.kinds import checked_values
from tenure.billing.known_terms import terms_known
from tenure.billing.system import Change
from tenure.demo.billing_system import FILE, DemoBilling
from tenure.demo.installing import DemoSettings
from tenure.demo.telling import tell_company
from tenure.lake.inbox import open_inbox
from tenure.lake.reading import reading
from tenure.lake.rows import decode_rows
from tenure.lake.shipping import ship
from tenure.offers.billing_values import billing_values
from tenure.offers.choosing import choose
from tenure.offers.kinds import KINDS
from tenure.offers.learned import NOTHING

NOON = datetime(2025, 11, 20, 12, tzinfo=UTC)  # before what `arrive` calls now


def contract_facts(account: str = "fh-1", status: str = "active", **terms) -> list[dict]:
    """What `demo/contracts.py` writes of a subscription: Team, four seats, 116 EUR a month."""
    at = datetime(2025, 9, 4, 10, tzinfo=UTC)
    row = {
        "source": "billing", "account_key": account, "subscription_id": f"{account}-s1",
        "known_at": at, "received_at": at, "effective_at": at, "version_key": "v1",
    }  # fmt: skip
    start = {
        "kind": "start", "fact_key": f"{account}-s1/v1/start", "message_id": f"demo:{account}-s1/v1/start",
        "status": status, "plan": "Team", "billing_interval": "month", "billing_interval_count": 1,
        "quantity": 4, "amount_minor": 11600, "mrr_minor": 11600 if status == "active" else 0,
        "currency": "EUR", "attributes": '{"discount_percent": 0}',
    }  # fmt: skip
    return [row | start | terms]


class Fernhill:
    """A home with one account, and its billing at a time that moves on."""

    def __init__(self, home: Home, **terms) -> None:
        home.settings_file.write_text(
            '[company]\ntime_zone = "Europe/Berlin"\ncurrency = "EUR"\n[demo]\n'
        )
        self.home, self.now, self.count = home, NOON, 0
        arrive(home, [], contract_facts(**terms))
        self.billing = DemoBilling(home, clock=lambda: self.now)

    def change(self, kind: str, **values) -> Change:
        self.count += 1
        return Change(
            key=f"k{self.count}", account_id="fh-1", subscription_id="fh-1-s1", kind=kind,
            values=checked_values(kind, values, self.now.date()), asked_at=self.now,
        )  # fmt: skip

    def do(self, kind: str, **values):
        """The change and its answer; what is done agrees with what is read back at once."""
        self.now += timedelta(seconds=1)
        change = self.change(kind, **values)
        answer = self.billing.perform(change)
        if answer.status == "done":
            assert agrees(change, self.read()) == []
        return answer

    def read(self):
        return self.billing.read_back("fh-1", "fh-1-s1")

    def mrr(self) -> list[tuple]:
        """From when which MRR, by the ledger's own SQL: (day, kind, after)."""
        inbox = open_inbox(self.home)
        try:
            assert ship(self.home, inbox, {}, self.refused, self.now).is_caught_up
        finally:
            inbox.close()
        with reading(self.home, fresh=True) as reader:
            rows = reader.relation("mrr_movement").to_pylist()
        rows.sort(key=lambda row: row["moved_on"])
        return [(f"{r['moved_on']}", r["kind"], r["mrr_after_minor"]) for r in rows]

    def refused(self, batch: int, rows: list) -> None:
        assert rows == []


SIGNED = ("2025-09-04", "new", 11600)


@pytest.fixture
def fernhill(home) -> Fernhill:
    return Fernhill(home)


def test_a_discount_is_a_new_version_and_runs_out(fernhill):
    assert fernhill.do("discount", percent_off=25, months=2).status == "done"

    assert fernhill.mrr() == [
        SIGNED,
        ("2025-11-20", "contraction", 8700),
        ("2026-01-20", "expansion", 11600),
    ]
    fernhill.now = datetime(2026, 1, 21, tzinfo=UTC)
    assert (fernhill.read().percent_off, fernhill.read().mrr_minor) == (None, 11600)


def test_a_cheaper_plan_under_a_discount_keeps_the_discount(fernhill):
    fernhill.do("discount", percent_off=25, months=2)
    fernhill.do("plan_change", plan="Starter", quantity=3)

    assert fernhill.read().percent_off == 25
    assert fernhill.mrr() == [
        SIGNED,
        ("2025-11-20", "contraction", 3375),
        ("2026-01-20", "expansion", 4500),
    ]


def test_a_plan_from_the_next_period_on(fernhill):
    fernhill.do("plan_change", plan="Starter", effective="period_end")
    terms = fernhill.read()

    # Anniversaries of the 4th of September.
    assert (terms.plan, terms.next_plan, str(terms.next_plan_on)) == (
        "Team",
        "Starter",
        "2025-12-04",
    )
    assert fernhill.mrr() == [SIGNED, ("2025-12-04", "contraction", 6000)]


def test_a_plan_that_follows_stays_when_something_else_changes(fernhill):
    fernhill.do("plan_change", plan="Starter", quantity=3, effective="period_end")
    fernhill.do("discount", percent_off=50)

    assert fernhill.read().next_plan == "Starter"
    assert fernhill.mrr() == [
        SIGNED,
        ("2025-11-20", "contraction", 5800),
        ("2025-12-04", "contraction", 2250),
    ]


def test_a_pause_from_the_next_renewal_on(fernhill):
    fernhill.do("pause", starts_on="2025-12-04", until_on="2026-02-04")
    assert (fernhill.read().status, f"{fernhill.read().paused_until_on}") == (
        "active",
        "2026-02-04",
    )
    fernhill.now = datetime(2025, 12, 10, tzinfo=UTC)
    assert fernhill.read().status == "paused"
    assert fernhill.do("resume").status == "done"
    assert fernhill.do("pause", starts_on="2026-01-04", until_on="2026-02-04").status == "done"
    assert fernhill.do("resume").status == "done"
    assert fernhill.do("pause", starts_on="2026-02-04", until_on="2026-01-04").status == "refused"


def offers_that_ship() -> dict[str, tuple[str, dict]]:
    """What billing is asked for by each offer of the shipped book: Team, ten seats, 290 EUR."""
    found = {}
    for changed in ({}, {"is_season_own": True}, {"status": "trial"}):
        for reason in ("price_value", "out_of_cash", "outages", "hard_start", "changed_needs"):
            asked = wanted(reason, changed=changed, at_most=20)
            shown = choose(asked, book(), history(), NOTHING, random.Random(1)).shown
            for each in (each for each in shown if KINDS[each.kind].change):
                values = billing_values(each.kind, each.terms)
                found[each.name] = (KINDS[each.kind].change, values)
    return found


@pytest.mark.parametrize(
    ("name", "asked_for"), offers_that_ship().items(), ids=[*offers_that_ship()]
)
def test_every_offer_that_ships_is_done_as_it_was_promised(home, name, asked_for):
    kind, values = asked_for
    since = datetime(2025, 6, 1, 9, tzinfo=UTC)
    status = "trialing" if kind == "trial_extension" else "active"
    fernhill = Fernhill(
        home, status=status, quantity=10, mrr_minor=29000, amount_minor=29000, known_at=since,
        effective_at=since, received_at=since,
    )  # fmt: skip
    fernhill.now = NOW_OF_OFFERS

    assert fernhill.do(kind, **values).status == "done", name


def test_a_pause_keeps_the_mrr_and_ends_by_itself_or_earlier(fernhill):
    fernhill.do("pause", months=2)
    assert (fernhill.read().status, str(fernhill.read().paused_until_on)) == (
        "paused",
        "2026-01-20",
    )
    assert fernhill.mrr() == [SIGNED]
    fernhill.now += timedelta(days=10)
    fernhill.do("resume")
    assert (fernhill.read().status, fernhill.read().paused_until_on) == ("active", None)
    fernhill.do("pause", days=5)
    fernhill.now += timedelta(days=6)
    assert fernhill.read().status == "active"


def test_leaving_at_the_end_of_the_period_and_coming_back(fernhill):
    fernhill.do("cancel_at_period_end")
    assert str(fernhill.read().cancels_on) == "2025-12-04"
    assert fernhill.mrr() == [SIGNED, ("2025-12-04", "churn", 0)]
    fernhill.now += timedelta(days=1)
    fernhill.do("uncancel")
    assert fernhill.read().cancels_on is None
    assert fernhill.mrr() == [SIGNED]
    fernhill.now += timedelta(days=1)
    fernhill.do("cancel_at_period_end")
    assert fernhill.mrr() == [SIGNED, ("2025-12-04", "churn", 0)]


def test_leaving_now_is_the_end_and_takes_nothing_more(fernhill):
    fernhill.do("cancel_now")

    assert fernhill.mrr() == [SIGNED, ("2025-11-20", "churn", 0)]
    assert fernhill.do("discount", percent_off=10).status == "refused"
    assert fernhill.do("cancel_now").status == "done"


def test_free_months_and_money_back_leave_the_mrr_as_it_is(fernhill):
    fernhill.do("free_months", months=2)
    fernhill.do("refund", amount_minor=11600, currency="EUR")

    assert (fernhill.read().percent_off, fernhill.read().refunds) == (100, {"k2": 11600})
    assert fernhill.mrr() == [SIGNED]


def test_a_trial_is_made_longer(home):
    fernhill = Fernhill(home, status="trialing")

    assert str(fernhill.read().trial_ends_on) == "2025-09-18"
    assert fernhill.do("trial_extension", days=30).status == "done"
    assert str(fernhill.read().trial_ends_on) == "2025-12-20"
    assert fernhill.mrr() == []


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        ("plan_change", {"plan": "Gold"}, "there is no plan 'Gold'"),
        (
            "plan_change",
            {"plan": "Starter", "quantity": 30},
            "Starter has 12 seats at most, not 30",
        ),
        ("plan_change", {"plan": "Team", "billing_interval": "week"}, "not by week"),
        ("discount", {"amount_off_minor": 5, "currency": "USD"}, "is paid in EUR"),
        ("discount", {"percent_off": 12.5}, "12.5 % is no discount of ours"),
        ("refund", {"amount_minor": 5, "currency": "USD"}, "is paid in EUR"),
        ("trial_extension", {"days": 3}, "is no trial"),
    ],
)
def test_what_fernhill_does_not_do_it_refuses_with_the_reason(fernhill, kind, values, said):
    answer = fernhill.do(kind, **values)

    assert (answer.status, said in answer.message) == ("refused", True), answer.message


def test_the_same_key_is_the_same_change(fernhill):
    change = fernhill.change("discount", percent_off=10)
    answers = []
    for _ in range(3):
        fernhill.now += timedelta(days=1)
        answers.append(fernhill.billing.perform(change))
    with ThreadPoolExecutor(4) as pool:
        answers += pool.map(lambda _: fernhill.billing.perform(change), range(8))

    assert {answer.status for answer in answers} == {"done"}
    assert len({answer.reference for answer in answers}) == 1
    assert len(fernhill.mrr()) == 2


def test_what_was_done_before_a_kill_is_told_after_it(fernhill):
    fernhill.do("cancel_at_period_end")
    with closing(sqlite3.connect(fernhill.home.root / FILE)) as file:
        file.execute("update applied set is_told = 0")
        file.commit()
    before = fernhill.mrr()
    fernhill.read()

    assert fernhill.mrr() == before == [SIGNED, ("2025-12-04", "churn", 0)]


def test_the_lake_knows_the_same_terms_once_it_is_shipped(fernhill):
    for kind, values in (
        ("discount", {"percent_off": 25, "months": 2}),
        ("plan_change", {"plan": "Business", "quantity": 5, "effective": "period_end"}),
        ("pause", {"months": 1}),
        ("refund", {"amount_minor": 100, "currency": "EUR"}),
        ("cancel_at_period_end", {}),
    ):
        assert fernhill.do(kind, **values).status == "done"
    fernhill.mrr()

    assert terms_known(fernhill.home, "fh-1", "fh-1-s1", fernhill.now) == fernhill.read()


def test_a_stranger_has_no_subscription(fernhill):
    assert fernhill.billing.read_back("fh-2", "fh-2-s1") is None
    assert fernhill.billing.read_back("fh-2", "fh-1-s1") is None
    assert fernhill.billing.ping().status == "done"


def test_what_was_changed_here_the_simulation_tells_no_more(home):
    demo = DemoSettings(accounts=20, months=3, seed=5, starts_on=date(2025, 3, 1))
    inbox = ListInbox()
    tell_company(home, inbox, demo, date(2025, 6, 1), NOW)
    first = decode_rows(inbox.arrivals).billing_facts.to_pylist()
    [account, *_] = sorted(f["account_key"] for f in first if f["kind"] == "payment_succeeded")
    arrive(home, [], [fact for fact in first if fact["account_key"] == account])
    at = datetime(2025, 6, 1, tzinfo=UTC)
    change = Change(key="k", account_id=account, subscription_id="", kind="cancel_now", asked_at=at)
    assert DemoBilling(home, clock=lambda: at).perform(change).status == "done"

    later = ListInbox()
    tell_company(home, later, demo, date(2025, 6, 18), NOW)
    told = decode_rows(later.arrivals).billing_facts.to_pylist()
    known = {fact["message_id"] for fact in first}
    news = [fact for fact in told if fact["message_id"] not in known]
    assert {fact["message_id"] for fact in told} >= known
    assert news
    assert account not in {fact["account_key"] for fact in news}
