"""A first product file is proposed from what was seen; the world is drawn so that its truth is known."""

import json
from datetime import timedelta

import pytest
from card_worlds import facts
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.arriving import DAY_0, NOW, arrive
from tenure.card.product import read_product
from tenure.card.product_draft import draft_product
from tenure.card.product_draft_limits import cap_of
from tenure.card.product_draft_plans import plans_of
from tenure.card.product_draft_words import (
    comment,
    is_noise,
    means_leaving,
    slugs,
    title_from,
    toml,
)
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh

FLOORS = ("tenure.lake", "tenure.collect", "tenure.measure")  # a draft reads no card
STAYED, LEFT = [f"s{n:02}" for n in range(24)], [f"l{n:02}" for n in range(16)]
ON_PRO = set(STAYED[12:])


def did(account: str, name: str, day: float, **more) -> dict:
    at = DAY_0 + timedelta(days=day)
    return {
        "message_id": f"{account}/{name}/{day}/{more}", "source": "web", "type": "track", "name": name,
        "occurred_at": at, "known_at": at, "received_at": at, "account_key": account,
        "user_id": f"{account}-ann",
    } | more  # fmt: skip


def said(kind: str, account: str, person: str | None, **traits) -> dict:
    row = did(account, "", 1.0, type=kind, properties=json.dumps(traits))
    return row | {"message_id": f"{kind}/{account}/{person}", "name": None, "user_id": person}


def projects(account: str) -> int:
    """Starter stops at 10, where eight of twelve have come; on Pro there are more."""
    number = int(account[1:])
    return 15 + number if account in ON_PRO else 10 if number < 8 else number - 6


def world() -> list[dict]:
    rows = []
    for account in STAYED + LEFT:
        number = int(account[1:])
        days = 200 if account in STAYED else 20
        rows += [did(account, "Board Viewed", day) for day in range(0, days, 4)]
        rows += [did(account, "Signed In", day) for day in range(0, days, 5)]
        tells = number % 5 > 0 if account in STAYED else number % 5 == 0
        if tells:
            rows += [did(account, "Report Exported", 3), did(account, "Report Exported", 9)]
        rows.append(
            said(
                "identify", account, f"{account}-ann", role=["Owner", "用户", "Wizard"][number % 3]
            )
        )
    for account in STAYED:
        rows += [
            did(account, "Project Created", 20 + n, user_id=f"{account}-bob")
            for n in range(projects(account))
        ]
        if account in ON_PRO:
            rows += [
                did(
                    account,
                    "门户分享",
                    40 + n,
                    properties=json.dumps({"guestCount": n, "size_mb": 3}),
                )
                for n in range(4)
            ]
            rows.append(said("group", account, None, required_outcome="Clients see more"))
    rows += [
        did("s01", "Cancel Subscription Clicked", 99),
        did("s02", "取消订阅", 99),
        did("s03", "Order Cancelled", 99),
    ]
    rows.append(did("s01", "Settings", 99, type="page", properties='{"path": "/account/cancel"}'))
    return rows


def billing() -> str:
    lines = []
    for account in STAYED:
        number = int(account[1:])
        plan, price, seats = (
            ("Pro", 9900, 3 + number % 4)
            if account in ON_PRO
            else ("Starter", 1000 * (2 + number), 2 + number)
        )
        if number == 5:
            price = price * 8 // 10  # one of them has a discount
        lines.append(
            f"day 10 {account} start {account}/1 status=active plan={plan} mrr_minor={price} quantity={seats}"
        )
    return "\n".join(lines)


@pytest.fixture
def text(home) -> str:
    arrive(home, world(), facts(billing()))
    refresh(home, NOW, packages=FLOORS)
    with reading(home, packages=FLOORS) as reader:
        return draft_product(reader, name='Acme "Tools"', now=NOW, time_zone="UTC")


def test_a_draft_says_what_the_world_was_made_of(text):
    read = read_product(text, "product.toml")

    assert read.name == 'Acme "Tools"'
    assert [feature.events for feature in read.features] == [
        ("Board Viewed",), ("Project Created",), ("Report Exported",), ("门户分享",),
    ]  # fmt: skip
    assert [feature.title for feature in read.features] == [
        "Board viewed",
        "Project created",
        "Report exported",
        "门户分享",
    ]
    portal = read.features[-1]
    assert (portal.plans, portal.sets_apart_plan) == (("Pro",), True)
    assert read.features[0].plans == ("Starter", "Pro")
    assert [(plan.name, plan.per_seat, dict(plan.list_price_minor)) for plan in read.plans] == [
        ("Starter", True, {"EUR": 1000}), ("Pro", False, {"EUR": 9900}),
    ]  # fmt: skip
    assert dict(read.plans[0].limits) == {"project_created": 10}
    assert dict(read.plans[1].limits) == {}
    assert {role.name: role.values for role in read.roles} == {
        "buyer": ("owner",),
        "user": ("用户",),
    }
    assert "wizard (" in text
    assert [one.event or one.page for one in read.intents] == [
        "Cancel Subscription Clicked", "取消订阅", "/account/cancel",
    ]  # fmt: skip
    assert [(one.event, one.property) for one in read.reach] == [("门户分享", "guestCount")]


def test_the_way_to_first_value_is_what_those_who_stayed_did_and_the_others_did_not(text):
    read = read_product(text, "product.toml")
    stayed = sum(int(account[1:]) % 5 > 0 for account in STAYED) / len(STAYED)
    left = sum(int(account[1:]) % 5 == 0 for account in LEFT) / len(LEFT)

    assert [(step.event, step.within_days) for step in read.first_value.steps] == [
        ("Board Viewed", 1), ("Report Exported", 3),
    ]  # fmt: skip
    assert "# 24 accounts paid 90 days after their first event, 16 did not." in text
    assert f"{100 * stayed:.0f} % and  {100 * left:.0f} %  Report Exported" in text


def test_an_outcome_that_was_stated_is_shown_by_what_those_accounts_do_more(text):
    [outcome] = read_product(text, "product.toml").outcomes

    assert (outcome.name, outcome.title) == ("clients_see_more", "Clients see more")
    assert "门户分享" in outcome.events
    assert "# 12 accounts want this" in text


def test_without_any_data_a_draft_is_a_file_that_can_be_read(home):
    with reading(home) as reader:
        text = draft_product(reader, name="New", now=NOW, time_zone="UTC")

    assert read_product(text, "product.toml").features == ()
    assert "Nothing has been seen yet" in text


@pytest.mark.parametrize(
    ("histogram", "cap"),
    [
        ({1: 5, 4: 3, 9: 2, 10: 6}, 10),
        ({1: 5, 4: 3, 9: 2, 11: 6}, None),  # not round
        ({1: 5, 4: 3, 9: 8, 10: 6}, None),  # as many stand just below
        ({1: 40, 2: 20, 3: 10, 4: 5, 5: 3}, None),  # it only thins out
        ({10: 7}, None),  # too few to tell
        ({1: 1000, 100: 3}, None),  # three of a thousand are no pile
        ({1: 20, 3: 12}, 3),
        ({50: 30}, None),  # everybody has the same
    ],
)
def test_a_limit_is_suspected_where_counts_pile_up_at_a_round_number(histogram, cap):
    assert cap_of(histogram) == cap


@pytest.mark.parametrize(
    ("name", "leaves"),
    [
        ("Cancel Page Viewed", True), ("subscription_cancelled", True), ("cancelPlanClicked", True),
        ("Plan Downgraded", True), ("Data Exported", True), ("Account Export Requested", True),
        ("Account Deleted", True), ("auto-renewal turned off", True), ("/billing/cancel", True),
        ("取消订阅", True), ("帳戶註銷", True), ("方案降級", True), ("导出全部数据", True),
        ("Report Exported", False), ("Order Cancelled", False), ("Upload Cancelled", False),
        ("Cancel Withdrawn", False), ("Cancellation Policy Kept", False), ("Invoice Sent", False),
        ("导出报表", False), ("Canceled Meeting", False), ("Scancelled", False),
    ],
)  # fmt: skip
def test_a_name_that_sounds_like_leaving_is_told_from_others(name, leaves):
    assert means_leaving(name) is leaves


@pytest.mark.parametrize(
    "name",
    ["Signed In", "user_logged_in", "loginSucceeded", "Page Viewed", "$pageview", "Ticket Opened", "Trial Started",
     "Payment Failed", "Invite Sent", "登录", "Account Added User", "App Opened", "Limit Reached"],
)  # fmt: skip
def test_coming_going_and_paying_are_no_features(name):
    assert is_noise(name)


@pytest.mark.parametrize("name", ["Invoice Sent", "Report Exported", "Design Created", "logo_uploaded", "API Key Used", "Userboard Opened", "导出报表"])  # fmt: skip
def test_the_use_of_a_feature_is_no_noise(name):
    assert not is_noise(name)


def test_names_become_titles_and_slugs():
    assert title_from("API Key Used") == "API key used"
    assert title_from("reportExported") == "Report exported"
    assert title_from("project:created") == "Project created"
    assert title_from("导出报表") == "导出报表"
    assert slugs(["Report Exported", "report-exported", "导出", "2FA on", "Café"], "feature") == {
        "Report Exported": "report_exported", "report-exported": "report_exported_2",
        "导出": "feature_3", "2FA on": "feature_2_fa_on", "Café": "cafe",
    }  # fmt: skip


PRICES = st.lists(
    st.fixed_dictionaries(
        {
            "plan": st.sampled_from(["A", "B", 'odd "name"\n', "计划"]),
            "currency": st.sampled_from(["EUR", "JPY"]),
            "is_monthly": st.booleans(),
            "is_free": st.booleans(),
            "quantity": st.none() | st.integers(0, 50),
            "month_minor": st.integers(0, 10**9),
            "periods": st.integers(1, 9),
            "accounts": st.integers(1, 9),
        }
    ),
    max_size=30,
)


@given(PRICES)
@settings(max_examples=80, deadline=None)
def test_a_proposed_price_was_agreed_by_somebody(rows):
    for plan in plans_of(rows):
        for currency, price in plan.prices.items():
            mine = [row for row in rows if (row["plan"], row["currency"]) == (plan.name, currency)]
            agreed = {
                round(row["month_minor"] / max(row["quantity"] or 1, 1))
                if plan.per_seat
                else row["month_minor"]
                for row in mine
                if not row["is_free"] and row["month_minor"]
            }
            assert price.minor in (agreed or {0})


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_can_stand_in_a_file_and_in_a_comment(text):
    read = read_product(f"{comment(text)}\n[product]\nname = {toml(text)}\n", "product.toml")

    assert read.name == text
