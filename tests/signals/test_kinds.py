"""Each kind, in a world small enough to work out by hand."""

from dataclasses import replace
from textwrap import dedent

import pytest

from signals.signal_worlds import folded, told
from tenure.card.product import read_product
from tenure.signals.rules import Rules, read_rules
from tenure.signals.sentences import next_sentence, title

PRODUCT = """
    [[feature]]
    name = "reports"
    title = "Reports"
    events = ["Report Exported"]

    [[feature]]
    name = "forecast"
    title = "Forecast"
    events = ["Forecast Viewed"]
    sets_apart = ["plan"]
    plans = ["Team"]

    [[plan]]
    name = "Starter"
    limits = { projects = 5, people = 5, calls = 10 }

    [[plan]]
    name = "Team"
    limits = { projects = 50, people = 50, calls = 100 }

    [[limit]]
    name = "projects"
    counts = "events"
    event = "Project Created"

    [[limit]]
    name = "people"
    counts = "people"

    [[limit]]
    name = "calls"
    counts = "sum"
    event = "API Called"
    property = "calls"
    period = "month"

    [[first_value.step]]
    name = "first_project"
    title = "A project is set up"
    event = "Project Created"
    within_days = 3
    next = "Create one from a template"

    [[first_value.step]]
    name = "first_report"
    title = "A report goes out"
    event = "Report Exported"
    within_days = 7
"""


RULES = replace(Rules(), product=read_product(dedent(PRODUCT), "product.toml"))


def live(world: str, until: str, rules: Rules = RULES):
    return folded(world, until, rules)


def of(kind, found):
    return [each for each in found if each.kind == kind]


# near_limit -----------------------------------------------------------------------------------


def test_a_limit_is_told_at_80_and_100_percent_once():
    found = of("near_limit", live("""
        2026-03-01 08:00  -@acme  fact: start  {"plan": "Starter"}
        every 1 2026-03-02..2026-03-07 09:00  ada@acme  Project Created
        """, "2026-03-09"))  # fmt: skip

    # Five are allowed: the fourth is 80 %, the fifth 100 %, and the sixth says nothing new.
    assert told(found) == [
        "2026-03-05 near_limit acme over 2026-03-06",
        "2026-03-06 near_limit acme",
    ]
    assert [(each.params["count"], each.params["percent"], each.urgency) for each in found] == [
        (4, 80, "soon"),
        (5, 100, "now"),
    ]


def test_a_larger_plan_ends_it_and_the_next_crossing_is_another():
    found = of("near_limit", live("""
        2026-03-01 08:00  -@acme  fact: start  {"plan": "Starter"}
        every 1 2026-03-02..2026-03-05 09:00  ada@acme  Project Created
        2026-03-06 08:00  -@acme  fact: start  {"plan": "Team", "version": "v2"}
        """, "2026-03-09"))  # fmt: skip

    assert told(found) == ["2026-03-05 near_limit acme over 2026-03-06"]
    assert found[0].resolved_because == "below_limit"


def test_a_month_is_counted_by_itself():
    found = of("near_limit", live("""
        2026-03-01 08:00  -@acme  fact: start  {"plan": "Starter"}
        2026-03-02 09:00  -@acme  API Called  {"calls": 7}
        2026-03-03 09:00  -@acme  API Called  {"calls": 1}
        2026-04-02 09:00  -@acme  API Called  {"calls": 8}
        """, "2026-04-03"))  # fmt: skip

    assert told(found) == [
        "2026-03-03 near_limit acme over 2026-04-01",
        "2026-04-02 near_limit acme",
    ]


def test_people_count_while_they_belong():
    found = of("near_limit", live("""
        2026-03-01 08:00  -@acme  fact: start  {"plan": "Starter"}
        2026-03-02 09:00  ada@acme  Report Exported
        2026-03-02 10:00  ben@acme  Report Exported
        2026-03-02 11:00  cat@acme  Report Exported
        2026-03-03 09:00  dan@acme  Report Exported
        2026-03-04 09:00  dan@acme  Account Removed User
        """, "2026-03-05"))  # fmt: skip

    assert told(found) == ["2026-03-03 near_limit acme over 2026-03-04"]


# gone_quiet -----------------------------------------------------------------------------------


def test_a_weekday_account_goes_quiet_by_its_weekdays():
    found = of("gone_quiet", live("""
        mon-fri 2026-01-05..2026-03-13 10:00  ada@acme  Report Exported
        mon-fri 2026-04-06..2026-04-10 10:00  ada@acme  Report Exported
        """, "2026-04-10 23:00"))  # fmt: skip

    # 50 active days, 49 gaps without a missed weekday: the limit is 1 * ln(100 / 50) = 0.69 missed
    # days, so one weekday is enough, but seven whole days of silence must have passed. Friday the
    # 13th is the last day: over on Friday the 20th, told on Saturday.
    assert told(found) == ["2026-03-21 gone_quiet acme over 2026-04-06"]
    assert found[0].params["silent_days"] == 7


def test_who_comes_once_a_week_is_not_missed_for_a_week():
    found = of("gone_quiet", live("""
        every 7 2026-01-05..2026-04-06 10:00  ada@acme  Report Exported
        """, "2026-05-10"))  # fmt: skip

    # 14 Mondays, 13 gaps: ln(100 / 14) = 1.97 missed Mondays: the second is over on 20 April.
    assert told(found) == ["2026-04-21 gone_quiet acme"]


def test_nobody_is_missed_who_was_hardly_there_or_whose_subscription_ended():
    found = of("gone_quiet", live("""
        every 1 2026-03-01..2026-03-07 10:00  ada@new  Report Exported
        2026-01-01 08:00  -@old  fact: start  {"plan": "Starter"}
        every 1 2026-01-02..2026-03-01 10:00  bea@old  Report Exported
        2026-03-02 08:00  -@old  fact: end
        """, "2026-04-10"))  # fmt: skip

    assert found == []


# paid_feature_unused --------------------------------------------------------------------------


def test_a_paid_feature_is_missed_after_thirty_days_and_ends_with_its_use():
    found = of("paid_feature_unused", live("""
        2026-03-01 08:00  -@acme  fact: start  {"plan": "Team"}
        2026-03-02 10:00  ada@acme  Report Exported
        2026-04-05 10:00  ada@acme  Forecast Viewed
        """, "2026-04-06"))  # fmt: skip

    assert told(found) == ["2026-03-31 paid_feature_unused acme over 2026-04-05"]
    assert found[0].params["features"] == ["Forecast"]


def test_another_plan_begins_anew():
    found = of("paid_feature_unused", live("""
        2026-03-01 08:00  -@acme  fact: start  {"plan": "Starter"}
        2026-03-25 08:00  -@acme  fact: start  {"plan": "Team", "version": "v2"}
        2026-03-02 10:00  ada@acme  Report Exported
        """, "2026-04-25"))  # fmt: skip

    assert told(found) == ["2026-04-24 paid_feature_unused acme"]


# stuck_at_step --------------------------------------------------------------------------------


def test_an_account_is_stuck_where_the_next_step_is_late():
    found = of("stuck_at_step", live("""
        2026-03-01 10:00  ada@acme  page  {"path": "/"}
        2026-03-06 10:00  ada@acme  Project Created
        """, "2026-03-20"))  # fmt: skip

    # First there on the 1st, a project within 3 days: late from the 4th, 10:00. It comes on the
    # 6th; a report is then late from the 13th.
    assert told(found) == [
        "2026-03-04 stuck_at_step acme over 2026-03-06",
        "2026-03-13 stuck_at_step acme",
    ]
    assert [each.topic for each in found] == ["first_project", "first_report"]


def test_a_later_step_passes_those_before():
    assert of("stuck_at_step", live("""
        2026-03-01 10:00  ada@acme  page  {"path": "/"}
        2026-03-02 10:00  ada@acme  Report Exported
        """, "2026-03-20")) == []  # fmt: skip


# champion_left, person_at_new_company, hand_over ------------------------------------------------

TEAM = """
    every 1 2026-01-05..2026-03-10 09:00  ada@acme  Report Exported
    every 3 2026-01-05..2026-04-10 10:00  ben@acme  Report Exported
    """


def test_a_champion_who_is_removed_left():
    found = of("champion_left", live(TEAM + """
        2026-03-10 12:00  ada@acme  Account Removed User
        2026-03-11 12:00  ben@acme  Account Removed User
        """, "2026-03-12"))  # fmt: skip

    # Ben was there on a third of the days: he is not the champion of these 90 days.
    assert [(each.person_id, each.urgency) for each in found] == [("ada", "now")]


def test_a_champion_who_is_silent_while_others_go_on_left_and_may_come_back():
    found = of("champion_left", live(TEAM + """
        2026-04-09 09:00  ada@acme  Report Exported
        """, "2026-04-10 23:00"))  # fmt: skip

    # Ada's last day is 10 March, 21 whole days later is the 31st. It is looked at on the day after
    # each day of use: Ben was there on 30 March, too early, and on 2 April.
    assert told(found) == ["2026-04-03 champion_left acme over 2026-04-09"]
    assert found[0].person_id == "ada"


def test_mail_that_bounces_for_now_says_nothing():
    found = of("champion_left", live(TEAM + """
        2026-03-10 12:00  ada@acme  Email Bounced  {"bounce_type": "soft"}
        """, "2026-03-12"))  # fmt: skip

    assert [each.params for each in found if "because" in each.params] == []


def test_those_who_use_it_did_not_choose_it():
    found = of("hand_over", live("""
        every 2 2026-01-01..2026-02-20 09:00  ada@acme  Report Exported
        every 2 2026-02-10..2026-05-01 10:00  ben@acme  Report Exported
        every 2 2026-02-11..2026-05-01 10:00  cat@acme  Report Exported
        """, "2026-05-01 23:00"))  # fmt: skip

    # 90 days are over on 1 April; Ada, who alone was there in January, was last there on 20
    # February: 45 whole days later is 6 April. It is looked at once a week from 1 April on: the 8th.
    [signal] = found
    assert "2026-04-06" < f"{signal.happened_at:%Y-%m-%d}" <= "2026-04-14"
    assert signal.evidence[0]["people"] == ["ada"]
    assert signal.evidence[1]["people"] == ["ben", "cat"]


# payment_trouble ------------------------------------------------------------------------------


def test_a_failed_payment_is_trouble_until_one_comes():
    found = of("payment_trouble", live("""
        2026-03-01 08:00  -@acme  fact: start  {"plan": "Team"}
        2026-04-01 08:00  -@acme  fact: payment_failed  {"attributes": {"attempt": 1}}
        2026-04-04 08:00  -@acme  fact: payment_failed  {"attributes": {"attempt": 2}}
        2026-04-07 08:00  -@acme  fact: payment_succeeded
        """, "2026-04-08"))  # fmt: skip

    assert told(found) == ["2026-04-01 payment_trouble acme over 2026-04-07"]
    assert [each["attempt"] for each in found[0].evidence] == [1, 2]


def test_a_success_that_is_known_before_the_failure_it_followed_leaves_no_trouble():
    assert of("payment_trouble", live("""
        2026-04-03 08:00  -@acme  fact: payment_succeeded
        2026-04-01 08:00 known 2026-04-04 08:00  -@acme  fact: payment_failed
        """, "2026-04-08")) == []  # fmt: skip


def test_a_card_is_told_thirty_and_seven_days_before_it_expires():
    world = """
        2026-03-01 08:00  -@acme  fact: start  {"plan": "Team",
            "attributes": {"card_expires_on": "2026-05"}}
        """.replace("\n            ", " ")
    [early] = of("payment_trouble", live(world, "2026-05-02"))
    assert (told([early]), early.urgency) == (["2026-05-01 payment_trouble acme"], "soon")

    [late] = of("payment_trouble", live(world + """
        2026-05-25 08:00  ada@acme  Report Exported
        2026-05-26 08:00  -@acme  Card Expires  {"expires_on": "2029-05-31"}
        """, "2026-05-27"))  # fmt: skip
    assert late.key == early.key
    assert [each["at"][:10] for each in late.evidence] == ["2026-05-01", "2026-05-24"]
    assert (late.urgency, late.resolved_because) == ("now", "new_card")


@pytest.mark.parametrize(
    ("row", "days"),
    [
        ('fact: start  {"attributes": {"card_exp_year": 2026, "card_exp_month": 5}}', 1),
        ('Payment Method Updated  {"card_exp_year": "2026", "card_exp_month": "05"}', 1),
        ('Payment Method Added  {"card_expires_on": "2026-05-31"}', 1),
        ('Card Expires  {"expires_at": "2026-05-31T00:00:00Z"}', 1),
        # A trial, a coupon: no card.
        ('fact: start  {"attributes": {"expires_on": "2026-05-31"}}', 0),
        ('Payment Method Added  {"expires_on": "2026-05-31"}', 0),
    ],
)
def test_a_card_is_read_in_each_way_in_which_it_is_told(row, days):
    found = of("payment_trouble", live(f"2026-03-01 08:00  -@acme  {row}", "2026-05-02"))

    assert len(found) == days


# conversation_silence, account_acquired_or_closing ----------------------------------------------


def test_a_talkative_account_that_stops_talking_is_noticed():
    found = of("conversation_silence", live("""
        every 7 2026-01-05..2026-04-06 10:00  ada@acme  ticket: Ticket Opened  {"text": "Hello"}
        """, "2026-05-10"))  # fmt: skip

    # The same arithmetic as for use once a week.
    assert told(found) == ["2026-04-21 conversation_silence acme"]


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ('2026-03-03 10:30  -@acme  Domain Redirected  {"to": "bigco.test"}', "domain"),
        ('2026-03-03 10:30  -@acme  system: Note Added  {"company": "acquired"}', "noted"),
        (
            '2026-03-03 10:30  ada@acme  ticket: Ticket Opened  '
            '{"text": "Our company was acquired by Bigco."}',
            "words",
        ),
        (
            "2026-03-01 10:30  ada@acme  Email Bounced\n2026-03-03 10:30  ben@acme  Email Bounced",
            "bouncing",
        ),
    ],
)  # fmt: skip
def test_a_company_that_ends_or_is_sold_is_noticed(lines, what):
    [signal] = of("account_acquired_or_closing", live(lines, "2026-03-04"))

    assert told([signal]) == ["2026-03-03 account_acquired_or_closing acme"]
    assert signal.evidence[0]["what"] == what


def test_one_address_that_bounces_is_no_company_that_ends():
    assert of("account_acquired_or_closing", live("""
        2026-03-01 10:30  ada@acme  Email Bounced
        2026-03-03 10:30  ada@acme  Email Bounced
        """, "2026-03-04")) == []  # fmt: skip


# declared kinds -------------------------------------------------------------------------------


def test_a_declared_kind_is_raised_where_its_conditions_hold():
    rules = read_rules("""
        [[kind]]
        name = "prices_seen"
        title = "They look at prices"
        page = "*/pricing*"
        where = { visits = { at_least = 3 }, plan = ["Team", "Business"] }
        urgency = "watch"
        next = "Ask what they compare"
        """, "signals.toml")  # fmt: skip

    found = live("""
        2026-03-01 10:30  ada@acme  page  {"path": "/pricing", "visits": 2, "plan": "Team"}
        2026-03-02 10:30  ada@acme  page  {"path": "/pricing", "visits": 3, "plan": "Free"}
        2026-03-03 10:30  ada@acme  page  {"path": "/pricing", "visits": 4, "plan": "Team"}
        """, "2026-03-04", rules)  # fmt: skip

    assert told(of("prices_seen", found)) == ["2026-03-03 prices_seen acme"]
    assert title(found[0]) == "They look at prices"
    assert next_sentence(found[0]) == "Ask what they compare"
