"""What a change takes, what is worked out, and when billing agrees with it."""

from datetime import UTC, date, datetime

import pytest
from billing_worlds import NOON
from hypothesis import given
from hypothesis import strategies as st

from tenure.base.errors import Conflict, InvalidInput
from tenure.billing.agreeing import agrees
from tenure.billing.changes import ask_for
from tenure.billing.kinds import KINDS, checked_values, later
from tenure.billing.models import BillingChange
from tenure.billing.system import Change, Terms

TODAY = date(2026, 11, 20)
ACTIVE = {"subscription_id": "s", "status": "active", "plan": "Team", "billing_interval": "month"}


def differences(kind: str, values: dict, **terms) -> list[str]:
    change = Change(
        key="k1", account_id="a", subscription_id="s", kind=kind, asked_at=NOON,
        values=checked_values(kind, values, TODAY),
    )  # fmt: skip
    return agrees(change, Terms(**ACTIVE | terms))


@pytest.mark.parametrize(
    ("kind", "given_", "until_on"),
    [
        ("pause", {"months": 2}, "2027-01-20"),
        ("pause", {"days": 45}, "2027-01-04"),
        ("pause", {"until_on": date(2027, 1, 31)}, "2027-01-31"),
        ("pause", {"months": 2, "until_on": "2027-01-31"}, "2027-01-31"),
        ("pause", {}, None),
        ("discount", {"percent_off": 20, "months": 3}, "2027-02-20"),
        ("discount", {"percent_off": 20}, None),
        ("free_months", {"months": 1}, "2026-12-20"),
        ("trial_extension", {"days": 14}, "2026-12-04"),
        ("plan_change", {"plan": "Starter", "months": 2}, None),
    ],
)
def test_a_length_of_time_becomes_a_day_that_can_be_read_back(kind, given_, until_on):
    assert checked_values(kind, given_, TODAY).get("until_on") == until_on


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 240))
def test_months_later_is_the_same_day_of_the_month_or_its_last(day, months):
    found = later(day, months)

    assert (found.year - day.year) * 12 + found.month - day.month == months
    assert found.day == day.day or (found.day < day.day and later(found, 0, 1).day == 1)


@pytest.mark.parametrize(
    ("kind", "given_", "said"),
    [
        ("freeze", {}, "there is no change 'freeze'"),
        ("discount", {}, "percent_off: this is missing"),
        ("discount", {"percent_off": 0}, "percent_off: 0 is no share"),
        ("discount", {"percent_off": 120}, "percent_off: 120 is no share"),
        ("discount", {"percent_off": "20"}, "percent_off: '20' is no share"),
        ("discount", {"percent_off": 5, "amount_off_minor": 5, "currency": "EUR"}, "name one"),
        ("discount", {"amount_off_minor": 500}, "currency: this is missing"),
        ("discount", {"percent_off": 20, "months": 0}, "months: 0 is out of range"),
        ("pause", {"months": 2.5}, "months: 2.5 is out of range"),
        ("pause", {"until_on": "next week"}, "until_on: 'next week' is no day"),
        ("plan_change", {}, "plan: this is missing"),
        ("plan_change", {"plan": " "}, "plan: ' ' is no plan"),
        ("plan_change", {"plan": "Pro", "effective": "soon"}, "effective: 'soon' is none"),
        ("plan_change", {"plan": "Pro", "billing_interval": "decade"}, "billing_interval"),
        ("trial_extension", {}, "until_on: this is missing; name until_on or days"),
        ("refund", {"amount_minor": 0, "currency": "EUR"}, "amount_minor: 0 is out of range"),
        ("refund", {"amount_minor": True, "currency": "EUR"}, "amount_minor"),
        ("free_months", {}, "months: this is missing"),
    ],
)
def test_what_is_no_change_is_refused_by_name(kind, given_, said):
    with pytest.raises(InvalidInput) as raised:
        checked_values(kind, given_, TODAY)

    assert said in raised.value.message


AGREEING = [
    ("pause", {"months": 2}, {"status": "paused", "paused_until_on": date(2027, 1, 20)}),
    ("pause", {"months": 2}, {"paused_until_on": date(2027, 1, 21)}),  # a day, for time zones
    ("pause", {}, {"status": "paused"}),
    ("resume", {}, {}),
    ("discount", {"percent_off": 20}, {"percent_off": 20.0}),
    ("discount", {"percent_off": 20, "months": 3},
     {"percent_off": 20, "discount_ends_on": date(2027, 2, 20)}),
    ("discount", {"amount_off_minor": 500, "currency": "EUR"}, {"amount_off_minor": 500}),
    ("plan_change", {"plan": "Team"}, {}),
    ("plan_change", {"plan": "Starter", "effective": "period_end"}, {"next_plan": "Starter"}),
    ("plan_change", {"plan": "Team", "effective": "period_end"}, {}),  # it has come
    ("trial_extension", {"days": 14}, {"trial_ends_on": date(2026, 12, 10)}),
    ("free_months", {"months": 2}, {"percent_off": 100, "discount_ends_on": date(2027, 1, 20)}),
    ("free_months", {"months": 2}, {"trial_ends_on": date(2027, 3, 1)}),
    ("refund", {"amount_minor": 500, "currency": "EUR"}, {"refunds": {"k1": 500}}),
    ("refund", {"amount_minor": 500, "currency": "EUR"}, {"refunds": {"k1": 500}, "status": "ended"}),
    ("cancel_at_period_end", {}, {"cancels_on": date(2026, 12, 1)}),
    ("cancel_at_period_end", {"ends_on": "2026-12-01"}, {"cancels_on": date(2026, 12, 1)}),
    ("cancel_at_period_end", {}, {"status": "ended"}),
    ("cancel_now", {}, {"status": "ended"}),
    ("uncancel", {}, {}),
]  # fmt: skip
DIFFERING = [
    ("pause", {"months": 2}, {}, "paused_until_on: promised 2027-01-20, billing has none"),
    ("pause", {"months": 2}, {"paused_until_on": date(2027, 1, 22)}, "billing has 2027-01-22"),
    ("pause", {}, {}, "status: promised paused, billing has active"),
    ("pause", {"months": 2}, {"status": "ended"}, "billing has it ended"),
    ("resume", {}, {"status": "paused"}, "billing has paused"),
    ("discount", {"percent_off": 20}, {}, "percent_off: promised 20, billing has none"),
    ("discount", {"percent_off": 20}, {"percent_off": 10}, "promised 20, billing has 10"),
    ("discount", {"percent_off": 20}, {"percent_off": 20, "discount_ends_on": TODAY}, "no end"),
    ("discount", {"percent_off": 20, "months": 3}, {"percent_off": 20}, "discount_ends_on"),
    ("plan_change", {"plan": "Starter"}, {}, "plan: promised Starter, billing has Team"),
    ("plan_change", {"plan": "Starter"}, {"next_plan": "Starter"}, "billing has Team"),
    ("plan_change", {"plan": "Team", "quantity": 3}, {"quantity": 4}, "quantity: promised 3"),
    ("plan_change", {"plan": "Team", "billing_interval": "year"}, {}, "billing_interval"),
    ("trial_extension", {"days": 14}, {"trial_ends_on": date(2026, 11, 28)}, "2026-12-04"),
    ("trial_extension", {"days": 14}, {}, "billing has none"),
    ("free_months", {"months": 2}, {"percent_off": 50}, "trial_ends_on"),
    ("free_months", {"months": 2}, {"percent_off": 100, "discount_ends_on": TODAY}, "2027-01-20"),
    ("refund", {"amount_minor": 500, "currency": "EUR"}, {"refunds": {"k2": 500}}, "none"),
    ("refund", {"amount_minor": 500, "currency": "EUR"}, {"refunds": {"k1": 400}}, "400"),
    ("cancel_at_period_end", {}, {}, "cancels_on: promised a day, billing has none"),
    ("cancel_at_period_end", {"ends_on": "2026-12-01"}, {"cancels_on": date(2027, 12, 1)}, "2027"),
    ("cancel_now", {}, {}, "promised ended, billing has active"),
    ("cancel_now", {}, {"cancels_on": date(2026, 12, 1)}, "billing has active"),
    ("uncancel", {}, {"cancels_on": date(2026, 12, 1)}, "promised none, billing has 2026-12-01"),
    ("uncancel", {}, {"status": "ended"}, "billing has it ended"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "terms"), AGREEING)
def test_billing_agrees(kind, values, terms):
    assert differences(kind, values, **terms) == []


@pytest.mark.parametrize(("kind", "values", "terms", "said"), DIFFERING)
def test_billing_differs_and_it_is_said_in_what(kind, values, terms, said):
    assert said in "; ".join(differences(kind, values, **terms))


def test_every_kind_is_compared_both_ways():
    assert {kind for kind, *_ in AGREEING} == {kind for kind, *_ in DIFFERING} == set(KINDS)


def test_no_subscription_is_as_good_as_an_end_and_nothing_else():
    for kind in KINDS:
        change = Change(
            key="k", account_id="a", subscription_id="s", kind=kind, asked_at=NOON, values={}
        )
        assert (agrees(change, None) == []) == (kind == "cancel_now")


@pytest.mark.django_db
def test_a_key_stands_for_one_change_for_ever(home):
    fields = {"account_id": "acme", "subscription_id": "s", "now": NOON}
    first = ask_for(key="k", kind="pause", values={"months": 2}, **fields)
    again = ask_for(
        key="k", kind="pause", values={"months": 6}, **fields | {"now": datetime.now(UTC)}
    )

    assert (again.pk, again.values) == (first.pk, {"months": 2, "until_on": "2027-01-20"})
    with pytest.raises(Conflict, match="this is the key of pause of acme"):
        ask_for(key="k", kind="resume", values={}, **fields)


@pytest.mark.django_db
def test_days_are_cut_where_the_company_is(home):
    home.settings_file.write_text('[company]\ntime_zone = "Asia/Shanghai"\n')
    late = datetime(2026, 11, 20, 20, tzinfo=UTC)
    change = ask_for(
        key="k", account_id="a", subscription_id="s", kind="pause", values={"days": 1}, now=late
    )

    assert change.values["until_on"] == "2026-11-22"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"key": ""}, "key"),
        ({"key": "x" * 201}, "key"),
        ({"mode": "demo"}, "mode: 'demo' is none"),
        ({"account_id": ""}, "account_id: this is empty"),
        ({"values": {"months": -1}}, "months: -1 is out of range"),
    ],
)
def test_what_is_no_change_is_not_written_down(home, fields, said):
    usual = {
        "key": "k", "account_id": "a", "subscription_id": "s", "kind": "pause", "values": {},
        "now": NOON,
    }  # fmt: skip
    with pytest.raises(InvalidInput, match=said):
        ask_for(**usual | fields)
    assert not BillingChange.objects.exists()
