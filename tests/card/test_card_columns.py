"""The rules of the cards by example: docs/card-rules.md, one life after the other."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from card.card_worlds import day, live
from customers.arriving import NOW
from oracles.card_by_hand import next_renewal
from tenure.customers.merging import merge
from tenure.customers.publishing import publish_links
from tenure.definitions.store import put_in_force
from tenure.kit.sql_file import load
from tenure.lake.engine import Engine
from tenure.lake.reading import derived_relations, reading, sql_packages
from tenure.lake.refresh import refresh

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
LAST = 365  # the day of NOW


def cards(home, name="account_card", **how) -> dict[str, dict]:
    sql = derived_relations(sql_packages(None))[name]
    with reading(home, **how) as reader:
        return {row[sql.columns[0].name]: row for row in reader.rows(sql)}


def uses(account: str, days, person="ada", name="Opened") -> str:
    return "\n".join(f"day {n}.4  track  {person} @{account}  {name}" for n in days)


def paying(account: str, since=1, plan="Pro", more="") -> str:
    terms = f"status=active plan={plan} mrr_minor=1000"
    return f"day {since}  {account}  start  {account}/1  {terms} {more}"


def stages(home, now=NOW) -> dict[str, tuple[str, str]]:
    return {key: (row["stage"], row["stage_because"]) for key, row in cards(home).items()}


def test_each_account_fades_by_its_own_rhythm(home):
    daily = range(1, LAST)
    live(home, "\n".join((
        uses("daily", daily),
        uses("quiet", range(1, LAST - 20), person="q"),
        uses("silent", range(1, LAST - 70), person="s"),
        uses("less", [*range(1, LAST - 30), LAST - 12, LAST - 6, LAST - 1], person="l"),
        uses("monthly", range(15, LAST - 16, 30), person="m"),
        uses("late", range(15, LAST - 70, 30), person="n"),
        uses("young", range(LAST - 20, LAST), person="y"),
    )))  # fmt: skip

    assert stages(home) == {
        "daily": ("active", "in_use"),
        "quiet": ("fading", "quiet"),
        "silent": ("lapsed", "silent"),
        "less": ("fading", "less_use"),
        "monthly": ("active", "in_use"),
        "late": ("fading", "quiet"),
        "young": ("new", "began"),
    }
    found = cards(home)
    assert {key: found[key]["usual_gap_days"] for key in ("daily", "monthly")} == {
        "daily": 1,
        "monthly": 30,
    }


def test_what_billing_says_comes_before_use(home):
    live(home, uses("stays", range(1, LAST)), f"""
        {paying("stays")}
        {paying("goes")}
        day 300  goes     notice  goes      until=400
        {paying("gone")}
        day 200  gone     end     gone
        day 1    tried    start   t/1       status=trialing plan=Pro
        day 15   tried    end     t
        {paying("rests")}
        day 350  rests    pause   rests     until=420
        {paying("unused")}
        {paying("fresh", LAST - 10)}
    """)  # fmt: skip

    assert stages(home) == {
        "stays": ("active", "in_use"),
        "goes": ("leaving", "notice"),
        "gone": ("left", "left"),
        "tried": ("left", "trial_ended"),
        "rests": ("active", "paused"),
        "unused": ("lapsed", "never_seen"),
        "fresh": ("new", "began"),
    }
    found = cards(home)
    assert found["unused"]["quality_flags"] == ["paying_never_used"]
    assert found["rests"]["resumes_on"] == date(2026, 2, 25)


def test_who_has_neither_used_nor_held_anything_yet_is_new_and_not_lapsed(home):
    """An account is named before its first use, or has bought what begins next month."""
    live(home, uses("stays", range(1, LAST)) + f"""
        day {LAST - 3}    group  sal @named
        day {LAST - 200}  group  sal @cold
    """, paying("signed", LAST + 30))  # fmt: skip

    assert stages(home) == {
        "stays": ("active", "in_use"),
        "named": ("new", "began"),
        "signed": ("new", "began"),
        "cold": ("lapsed", "never_seen"),
    }
    assert cards(home)["signed"]["began_on"] is None


def test_where_use_is_not_measured_nobody_lapses(home):
    live(home, facts_text=paying("acme"))

    assert stages(home) == {"acme": ("active", "unmeasured")}
    assert cards(home)["acme"]["quality_flags"] == []


def test_a_season_of_its_own_is_no_fading(home):
    """In use from day 120 to 300 of each year; asked in the quiet of the second."""
    seasons = [*range(100, 300), *range(464, 664)]
    now = day(690)
    live(home, "\n".join((
        uses("seasonal", seasons),
        uses("fading", [*range(100, 664)], person="f"),
    )), now=now)  # fmt: skip

    found = cards(home)
    assert (found["seasonal"]["stage"], found["seasonal"]["is_season_own"]) == ("active", True)
    assert found["seasonal"]["season_ratio"] < 0.1
    assert (found["fading"]["stage"], found["fading"]["season_ratio"]) == ("fading", 1.0)


def test_what_happens_to_everybody_is_no_fading(home):
    """A holiday: thirty accounts come on one day of four; one has stopped weeks before."""
    holiday = [*range(1, LAST - 28), *range(LAST - 28, LAST, 4)]
    lines = [uses(f"acc{n}", holiday, person=f"p{n}") for n in range(30)]
    live(home, "\n".join([*lines, uses("stopped", range(1, LAST - 30), person="s")]))

    found = cards(home)
    assert {found[f"acc{n}"]["stage"] for n in range(30)} == {"active"}
    assert found["acc0"]["season_ratio"] == 0.3
    assert (found["acc0"]["trend"], found["acc0"]["is_season_own"]) == ("falling", False)
    assert found["stopped"]["stage"] == "fading"


def test_the_trend_compares_days_with_days(home):
    """Two a day for 84 days, then three a day; the other began 40 days ago."""
    lines = [uses("up", range(LAST - 111, LAST - 27), name=name) for name in "AB"]
    lines += [uses("up", range(LAST - 27, LAST + 1), name=name) for name in "ABC"]
    lines = [line.replace(".4", ".1") for line in lines]
    live(home, "\n".join([*lines, uses("short", range(LAST - 40, LAST), person="s")]),
         now=NOW + timedelta(hours=20))  # fmt: skip

    up, short = cards(home)["up"], cards(home)["short"]
    assert (up["events_trend_ratio"], up["trend"]) == (1.5, "rising")
    assert (up["people_trend_ratio"], up["features_trend_ratio"]) == (1.0, 1.5)
    assert up["events_robust_z"] == 7.0  # weeks of 21 against 14 that never differed: spread 1
    assert (short["events_trend_ratio"], short["trend"]) == (None, None)


def test_the_champion_has_most_days_and_stays_on_record_when_all_fall_silent(home):
    live(home, "\n".join((
        uses("acme", range(300, 330), person="ada"),
        uses("acme", range(330, 350), person="bob"),
        *(uses("acme", [340], person="bob", name=f"Burst {n}") for n in range(40)),
        uses("hush", range(1, 30), person="cy"),
        uses("hush", range(1, 10), person="di"),
        uses("tie", [360, 361], person="eve"),
        uses("tie", [361, 360], person="flo"),
        uses("tie", [20], person="flo"),
        "day 2  identify  ada @acme  {\"name\": \"Ada L\", \"role\": \"buyer\"}",
        "day 355  track  ada @acme  Account Removed User",
    )))  # fmt: skip

    found = cards(home)
    acme, hush = found["acme"], found["hush"]
    assert (acme["champion_id"], acme["champion_name"], acme["champion_role"]) == (
        "ada", "Ada L", "buyer",
    )  # fmt: skip
    # The removal is itself an event of hers.
    assert (acme["days_since_champion_seen"], acme["is_champion_member"]) == (10, False)
    assert acme["champion_use_share_90_days"] == pytest.approx(31 / 91)
    assert (hush["champion_id"], hush["champion_use_share_90_days"]) == ("cy", None)
    assert hush["days_since_champion_seen"] == LAST - 29
    assert found["tie"]["champion_id"] == "flo"  # there the longest


def test_a_renewal_is_whole_intervals_after_the_start_of_billing(tmp_path):
    """Two thousand drawn terms, against counting interval after interval."""
    chance = random.Random(5)
    rows, wanted = [], {}
    for number in range(2000):
        since = date(2020, 1, 1) + timedelta(days=chance.randint(0, 1500))
        interval = chance.choice(["day", "week", "month", "quarter", "year"])
        count = chance.choice([1, 1, 2, 3, 6])
        rows.append(f"('a{number}', date '{since}', '{interval}', {count})")
        wanted[f"a{number}"] = next_renewal(since, interval, count, date(2024, 2, 29))
    engine = Engine(tmp_path)
    engine.create_view(
        "held_subscription",
        "select account_id, 1 as place, 'b' as source, account_id as subscription_id,"
        " 'subscription' as basis, 'active' as status, true as is_paying, false as has_notice,"
        " 'Pro' as plan, since as plan_since_on, unit as billing_interval,"
        " units::integer as billing_interval_count, since as billed_since_on,"
        f" null::date as ends_on, null::date as renewal_said_on from (values {', '.join(rows)}) as t(account_id, since, unit, units)",
    )
    for name, columns in {
        "subscription_period": "account_id from held_subscription",
        "mrr_movement": "'' as account_id, date '2020-01-01' as moved_on where false",
        "pause_span": "'' as account_id, '' as source, '' as subscription_id,"
        " date '2020-01-01' as pauses_on, date '2020-01-01' as resumes_on where false",
        "spoken_event": "'' as account_id, '' as kind, '' as name, date '2020-01-01' as day,"
        " timestamptz '2020-01-01' as occurred_at, '' as message_id, '' as properties where false",
    }.items():
        engine.create_view(name, f"select {columns}")

    sql = load("tenure.card", "card_terms")
    found = engine.rows(
        f"select account_id, renews_on from ({sql.text})", {"today": date(2024, 2, 29)}
    )
    engine.close()

    assert dict(found) == wanted


def test_terms_hold_over_changes_of_seats_and_end_with_notice(home):
    live(home, facts_text=f"""
        day 9    trial   start   t/1  status=trialing plan=Pro
        day 23   trial   start   t/2  status=active plan=Pro mrr_minor=1000
        day 100  trial   start   t/3  status=active plan=Pro mrr_minor=3000
        day 200  trial   start   t/4  status=active plan=Max mrr_minor=9000
        {paying("yearly", 20, more="billing_interval=year")}
        {paying("goes", 30)}
        day 360  goes    notice  goes   until=395
        day 355  tries   start   u/1  status=trialing plan=Pro
        {paying("told", 30, more='attributes={"renews_on":"2026-03-15"}')}
    """)  # fmt: skip

    found = cards(home)
    assert found["trial"]["renews_on"] == date(2026, 1, 24)
    assert found["trial"]["plan_since_on"] == day(200).date()
    assert found["trial"]["customer_since_on"] == day(23).date()
    assert found["yearly"]["renews_on"] == date(2026, 1, 21)
    assert found["yearly"]["days_until_renewal"] == 20
    assert (found["goes"]["renews_on"], found["goes"]["stage"]) == (None, "leaving")
    assert (found["tries"]["renews_on"], found["tries"]["trial_ends_on"]) == (None, None)
    assert found["told"]["renews_on"] == date(2026, 3, 15)


PRODUCT = """
[[feature]]
name = "export"
events = ["Exported"]
sets_apart = ["plan"]
plans = ["Pro"]
[[feature]]
name = "portal"
events = ["Portal Shared"]
sets_apart = ["product"]
[[plan]]
name = "Basic"
list_price_minor = { EUR = 900 }
[[plan]]
name = "Pro"
per_seat = true
list_price_minor = { EUR = 500 }
limits = { projects = 20, mails = 60 }
[[limit]]
name = "projects"
counts = "events"
event = "Project Created"
[[limit]]
name = "mails"
counts = "sum"
event = "Mail Sent"
property = "copies"
period = "month"
[[first_value.step]]
name = "project"
event = "Project Created"
within_days = 5
[[first_value.step]]
name = "export"
event = "Exported"
within_days = 10
[[reach]]
event = "Portal Shared"
property = "guests"
[[outcome]]
name = "faster"
events = ["Exported", "Portal Shared"]
within_days = 7
[[role]]
name = "buyer"
values = ["owner"]
"""


@pytest.fixture
def product(home):
    put_in_force("product", "", PRODUCT, now=datetime(2025, 1, 1, tzinfo=UTC), by="test")
    return home


def test_price_seats_and_what_money_brings(product):
    yearly = "status=active plan=Pro billing_interval=year"
    passing = 'attributes={"discount_ends_on":"2027-01-01"}'
    live(product, "\n".join((
        uses("acme", [360, 362], person="ada", name="Exported"),
        uses("acme", [361], person="ada", name="Portal Shared"),
        uses("acme", [361], person="bob"),
        'day 362.5  track  ada @acme  Portal Shared  {"guests": 12}',
    )), f"""
        {paying("acme", more="quantity=4")}
        day 1  flat   start  f/1  status=active plan=Basic mrr_minor=450 quantity=4
        day 1  odd    start  o/1  status=active plan=Odd mrr_minor=450
        day 1  yen    start  y/1  status=active plan=Pro mrr_minor=1000 currency=JPY quantity=1
        day 1  year   start  n/1  {yearly} mrr_minor=833 amount_minor=10001
        day 1  ends   start  e/1  {yearly} mrr_minor=667 amount_minor=8000 {passing}
        day 1  two    start  t1/1 {yearly} mrr_minor=833 amount_minor=10001
        day 1  two    start  t2/1 {yearly} mrr_minor=833 amount_minor=10001
    """)  # fmt: skip

    found = cards(product)
    acme = found["acme"]
    assert (acme["list_price_minor"], acme["price_to_list_share"]) == (2000, 0.5)
    assert (acme["seats"], acme["seats_active_share"], acme["seats_taken_share"]) == (4, 0.5, 0.5)
    assert (acme["people_active_28_days"], acme["people_active_per_100_mrr"]) == (2, 20.0)
    assert (acme["customers_reached_28_days"], acme["customers_reached_per_100_mrr"]) == (12, 120.0)
    assert (acme["product_breadth_share"], acme["plan_breadth_share"]) == (1.0, 1.0)
    assert (acme["people_deep_28_days"], acme["paid_features_unused"]) == (1, [])
    assert (found["flat"]["list_price_minor"], found["flat"]["price_to_list_share"]) == (900, 0.5)
    assert found["odd"]["list_price_minor"] is None
    assert found["odd"]["features_entitled"] is None
    assert found["yen"]["people_active_per_100_mrr"] == 0.0  # 1000 yen: ten hundreds, nobody
    assert found["yen"]["list_price_minor"] is None
    # Twelve times 8.33 is nobody's bill.
    bills = {name: found[name]["bill_minor"] for name in ("year", "ends", "two", "flat")}
    assert bills == {"year": 10001, "ends": None, "two": None, "flat": None}
    assert found["flat"]["paid_features_unused"] == ["portal"]


def test_a_paid_feature_is_unused_when_it_was_not_used_since_the_plan_was_taken(product):
    live(product, uses("moved", [50, 210], name="Portal Shared") + "\n"
         + uses("moved", [50], name="Exported"), """
        day 1    moved  start  m/1  status=active plan=Basic mrr_minor=900
        day 200  moved  start  m/2  status=active plan=Pro mrr_minor=900 quantity=2
    """)  # fmt: skip

    assert cards(product)["moved"]["paid_features_unused"] == ["export"]


def test_a_limit_is_full_at_the_pace_of_late(product):
    """Six projects long ago, seven in the last 28 days: one in four days, seven to go."""
    live(product, "\n".join((
        uses("steady", range(100, 106), name="Project Created"),
        uses("steady", range(340, 354, 2), name="Project Created"),
        uses("full", range(100, 130), name="Project Created"),
        'day 364.5  track  ada @monthly  Mail Sent  {"copies": 59}',
        'day 365.1  track  ada @monthly  Mail Sent  {"copies": 50}',
    )), "\n".join(paying(name) for name in ("steady", "full", "monthly")),
        now=NOW + timedelta(hours=12))  # fmt: skip

    found = cards(product)
    steady, full, monthly = found["steady"], found["full"], found["monthly"]
    assert (steady["limit_name"], steady["limit_used"], steady["limit_use_share"]) == (
        "projects", 13.0, 0.65,
    )  # fmt: skip
    assert steady["days_until_limit_full"] == 28
    assert (full["limit_use_share"], full["days_until_limit_full"]) == (1.5, 0)
    # January is a day old: 50 of 60 used, 10 more are there tomorrow.
    assert (monthly["limit_used"], monthly["limit_full_on"]) == (50.0, date(2026, 1, 2))


def test_steps_count_in_order_and_stuck_needs_a_subscription(product):
    live(product, "\n".join((
        uses("acme", [10], name="Opened"),
        uses("acme", [12], name="Project Created"),
        uses("done", [10], name="Exported"),
        uses("done", [17], name="Project Created"),
        uses("free", [10], name="Exported"),
    )), paying("acme", 10))  # fmt: skip

    found = cards(product)
    acme, done, free = found["acme"], found["done"], found["free"]
    assert (acme["step_reached"], acme["next_step"]) == (1, "export")
    assert (acme["next_step_due_on"], acme["is_stuck"]) == (day(22).date(), True)
    assert (done["first_value_on"], done["first_value_days"]) == (day(17).date(), 7)
    assert (done["next_step"], done["is_stuck"]) == (None, False)
    assert (free["step_reached"], free["next_step"], free["is_stuck"]) == (0, "project", False)


def test_an_outcome_is_versioned_and_shown_by_its_events(product):
    live(product, "\n".join((
        'day 1  group  @acme  {"required_outcome": "slower"}',
        'day 9  group  @acme  {"required_outcome": "slower"}',
        'day 40  system  @acme  Outcome Stated  {"outcome": "faster", "by": "Ida"}',
        'day 41  system  @acme  Outcome Stated  {"outcome": "peace", "role": "Owner"}',
        'day 42  identify  ada @acme  {"required_outcome": "rest", "role": "guest"}',
        uses("acme", [50, 200, 364], name="Exported"),
        uses("acme", [58, 206], name="Portal Shared"),
    )))  # fmt: skip

    acme = cards(product)["acme"]
    assert (acme["required_outcome"], acme["required_outcome_of"]) == ("faster", "account")
    assert (acme["outcome_stated_on"], acme["outcome_stated_by"]) == (day(40).date(), "Ida")
    assert (acme["outcome_buyer"], acme["outcome_user"]) == ("peace", None)
    assert acme["outcome_versions"] == 4
    assert (acme["outcome_reached_on"], acme["is_outcome_reached"]) == (day(206).date(), True)
    assert acme["outcome_events_seen_share"] == 0.5
    then = cards(product, as_of=day(39))["acme"]
    assert (then["required_outcome"], then["is_outcome_reached"]) == ("slower", None)
    person = cards(product, "person_card")["ada"]
    assert (person["required_outcome"], person["role"]) == ("faster", None)


def test_merged_accounts_have_one_card(product):
    live(product, uses("acme", [360]) + "\n" + uses("old", [20], person="bob"), paying("old"))
    merge("account", "old", "acme", now=NOW)
    publish_links(product, NOW)
    refresh(product, NOW)

    found = cards(product)
    assert set(found) == {"acme"}
    assert (found["acme"]["mrr_minor"], found["acme"]["members"]) == (1000, 2)
    assert found["acme"]["began_on"] == day(1).date()


def test_without_a_product_file_event_names_are_features(home):
    live(home, uses("acme", [360], name="A") + "\n" + uses("acme", [361], name="B") + """
        day 362  page  ada @acme  Bye  {"path": "/Settings/Cancel/plan"}
        day 340  track  ada @acme  Cancel Page Viewed
    """, paying("acme"))  # fmt: skip

    acme = cards(home)["acme"]
    assert (acme["features_used_28_days"], acme["breadth_share"]) == (4, None)
    assert (acme["people_deep_28_days"], acme["customers_reached_28_days"]) == (None, None)
    assert (acme["step_reached"], acme["limit_name"], acme["paid_features_unused"]) == (
        None, None, None,
    )  # fmt: skip
    assert (acme["cancel_page_visits_14_days"], acme["cancel_page_visits_90_days"]) == (1, 2)


def test_a_bounce_counts_until_mail_arrives(home):
    live(home, """
        day 1  identify  ada @acme  {"email": "ada@x.example"}
        day 300  track  ada @acme  Email Bounced
        day 1  identify  bob @acme  {"email": "bob@x.example"}
        day 300  track  bob @acme  Email Bounced
        day 310  track  bob @acme  Email Delivered
    """)  # fmt: skip

    found = cards(home, "person_card")
    assert (found["ada"]["mail_bounced_on"], found["bob"]["mail_bounced_on"]) == (
        day(300).date(), None,
    )  # fmt: skip
    assert found["ada"]["accounts"] == ["acme"]


HOSTILE = ('"Infinity"', '"NaN"', "1e308", "-1e308", '"x"', "null", "[1]", '{"a": 1}', '""',
           '"9999999999999999999999"', "true", '"infinity"', '"-999-01-01"', '"2025-02-31"')  # fmt: skip


def test_values_that_make_no_sense_leave_every_card_whole(home):
    """Whatever a client sends, or an operator calls a property, the other accounts get cards."""
    text = PRODUCT.replace('property = "guests"', 'property = "guests"\n' + "\n".join(
        f"[[reach]]\nevent = \"Odd\"\nproperty = '{name}'" for name in ("*", "a[", "a..b", ".", "$")
    ))  # fmt: skip
    put_in_force("product", "", text, now=datetime(2025, 1, 1, tzinfo=UTC), by="test")
    told = "\n".join(
        f"""
        day 300.{n}  group   @acme  {{"employees": {value}, "country": {value}}}
        day 300.{n}  identify  ada @acme  {{"name": {value}, "role": {value},
            "required_outcome": {value}}}
        day 300.{n}  ticket  ada @acme  Ticket Opened  {{"ticket_id": {value}, "rating": {value},
            "tone": {value}, "first_response_hours": {value}}}
        day 350.{n}  track   ada @acme  Portal Shared  {{"guests": {value}, "$": {value}}}
        day 350.{n}  track   ada @acme  Odd  {{"a..b": {value}, "*": {value}}}
        day 350.{n}  track   ada @acme  Trial Started  {{"trial_end_date": {value}}}
        day 350.{n}  track   ada @acme  Payment Method Updated  {{"card_exp_month": {value},
            "card_exp_year": {value}, "card_expires_on": {value}}}
        day 350.{n}  system  @acme  Outcome Stated  {{"outcome": {value}, "role": {value}}}
        """.replace(",\n           ", ",")
        for n, value in enumerate(HOSTILE, 10)
    )
    live(home, told + "\n" + uses("fine", range(300, LAST), person="bob"), f"""
        {paying("acme", more="quantity=9000000000000000000")}
        {paying("fine", more="quantity=3 billing_interval_count=2000000000")}
    """)  # fmt: skip

    found = cards(home)
    assert (found["fine"]["stage"], found["fine"]["renews_on"]) == ("active", None)
    assert (found["acme"]["employees"], found["acme"]["customers_reached_28_days"]) == (None, 0)
    assert found["acme"]["card_expires_on"] is None
    assert cards(home, "person_card")["ada"]["account_id"] == "acme"
