"""What an accepted offer changes in a simulated contract, as billing's facts have it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tenure.billing.agreeing import agrees
from tenure.billing.known_terms import terms_of
from tenure.billing.system import Change
from tenure.demo.agreed import agree, change_key
from tenure.demo.card_then import ZONE_OF_COMPANY, day_of
from tenure.demo.catalogue import STARTER, TEAM
from tenure.demo.contracts import Contract, after_months, note_version
from tenure.demo.departures import begin_rest
from tenure.demo.renewals import renew
from tenure.demo.simulate import Scenario, live
from tenure.demo.standing import Phase
from tenure.demo.writing import fact_table
from tenure.offers.billing_values import billing_values
from tenure.offers.choosing import ShownOffer
from tenure.offers.kinds import KINDS

SCENARIO = Scenario(6, 3, date(2025, 1, 1), date(2025, 6, 1), 2**40)
NOW = int(datetime(2025, 3, 10, 9, tzinfo=UTC).timestamp())
RENEWS_AT = int(datetime(2025, 3, 20, 9, tzinfo=UTC).timestamp())


class Account:
    """One payer of a small company, on the Team plan with five seats."""

    def __init__(self):
        [self.lived] = live(SCENARIO, lambda done, total: None)
        self.block = self.lived.block
        self.block.week = 9
        self.contract = Contract(
            account=0, number=99, currency="EUR", status="active", plan=TEAM, seats=5,
            interval="month", started_at=NOW - 86_400 * 80, changed_at=NOW - 86_400 * 80,
            anchor_day=20, renews_at=RENEWS_AT,
        )  # fmt: skip
        note_version(self.block.journal, self.contract, self.contract.changed_at)
        self.block.contracts[0] = self.contract
        self.block.standing.phase[0] = Phase.PAYING

    def accepts(self, kind, **terms):
        self.shown = ShownOffer("offer", kind, 1.0, terms, "", "", "", "")
        agree(self.block, self.contract, self.shown, "visit", NOW)

    @property
    def facts(self):
        rows = fact_table(self.lived, SCENARIO).to_pylist()
        return [row for row in rows if row["subscription_id"].endswith("-s99")]

    def terms(self, at):
        known = [row for row in self.facts if row["known_at"].timestamp() <= at]
        when = datetime.fromtimestamp(at, UTC)
        name = self.facts[0]["subscription_id"]
        return terms_of(known, name, when, ZONE_OF_COMPANY)

    def differs(self):
        shown = self.shown
        change = Change(
            key=change_key(shown, "visit"), account_id="a", subscription_id="s",
            kind=KINDS[shown.kind].change, values=billing_values(shown.kind, shown.terms),
            mode="live", asked_at=datetime.fromtimestamp(NOW, UTC),
        )  # fmt: skip
        return agrees(change, self.terms(NOW + 1))


@pytest.fixture
def account():
    return Account()


def test_another_plan_is_known_at_once_and_begins_with_the_next_bill(account):
    account.accepts("cheaper_plan", plan="Starter", seats=4, effective="period_end")

    assert account.differs() == []
    assert account.terms(NOW + 1).plan == "Team"
    assert account.terms(NOW + 1).next_plan_on == day_of(RENEWS_AT)

    renew(account.block, 0, RENEWS_AT)

    assert (account.contract.plan, account.contract.seats) == (STARTER, 4)
    after = account.terms(RENEWS_AT + 1)
    assert (after.plan, after.quantity, after.mrr_minor) == ("Starter", 4, 6000)
    assert [row["amount_minor"] for row in account.facts if "payment" in row["kind"]] == [6000]


def test_a_discount_holds_at_once_and_runs_out_by_itself(account):
    account.accepts("discount", percent_off=20, months=3, ends_on="2025-06-20", starts_on="x")

    assert account.differs() == []
    assert account.terms(NOW + 1).mrr_minor == 11_600

    ends_at = after_months(account.block.calendar, RENEWS_AT, 3, 20)
    account.contract.renews_at = ends_at
    renew(account.block, 0, ends_at)

    assert account.contract.conceded == {}
    assert account.terms(ends_at + 1).percent_off is None


def test_a_free_month_is_not_charged(account):
    account.accepts("free_months", months=1, ends_on="2025-04-20", starts_on="2025-03-20")

    assert account.differs() == []

    renew(account.block, 0, RENEWS_AT)
    paid_before = [row for row in account.facts if "payment" in row["kind"]]
    renew(account.block, 0, account.contract.renews_at)
    paid_after = [row for row in account.facts if "payment" in row["kind"]]

    assert (len(paid_before), len(paid_after)) == (0, 1)


def test_money_back_names_the_promise_that_it_keeps(account):
    account.accepts("refund", amount_minor=14_500, currency="EUR")

    assert account.differs() == []
    assert account.terms(NOW + 1).refunds == {change_key(account.shown, "visit"): 14_500}


def test_a_pause_begins_with_the_next_bill_and_ends_on_its_day(account):
    account.accepts("pause", months=2, starts_on="2025-03-20", resumes_on="2025-05-20")

    assert account.differs() == []
    assert account.terms(NOW + 1).status == "active"

    begin_rest(account.block, 0, RENEWS_AT - 1)

    assert account.block.standing.phase[0] == Phase.PAUSED
    assert account.terms(RENEWS_AT + 1).status == "paused"
    resumes_at = RENEWS_AT + int(timedelta(days=61).total_seconds())
    assert (resumes_at, 0, "resume", 99) in [
        (at, who, what, token) for at, _, who, what, token in account.block.agenda
    ]


def test_help_changes_nothing_in_billing(account):
    before = len(account.facts)
    account.accepts("training", minutes=45)

    assert len(account.facts) == before
    assert account.contract.conceded == {}
