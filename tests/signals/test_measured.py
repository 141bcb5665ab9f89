"""When nobody in the whole company is heard, no account is silent: such days are not measured."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.signal_worlds import at, folded, live, rows_of, ship_rows, signals, told
from signals.test_kinds import RULES
from tenure.app.check_up import check_up
from tenure.customers.follow import follow
from tenure.lake.inbox import Arrival, open_inbox
from tenure.lake.rows import pack_events
from tenure.lake.shipping import ship
from tenure.signals.cursors import text_of
from tenure.signals.days import Calendar
from tenure.signals.heard import KEPT, unheard_since
from tenure.signals.measured import TALK, USE, WIDGET, Measured, unmeasured_days
from tenure.signals.rules import Rules
from tenure.signals.watch import watch

COMPANY = ("ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal")


def everyone(line, accounts=COMPANY):
    """The same line for each of them."""
    return "\n".join(line.format(account) for account in accounts)


def come_at_once(home, world, now):
    """A world that is history when it comes."""
    events, facts = rows_of(world)
    ship_rows(home, events, facts, at(now))
    follow(home, at(now))
    watch(home, at(now))


def silences(found):
    return [each for each in told(found) if "gone_quiet" in each]


UNTIL_FRIDAY_13 = everyone("mon-fri 2026-01-05..2026-03-13 10:00  u@{}  Seen")


def test_when_all_fall_silent_on_one_day_nobody_is_called_quiet():
    # Of eight accounts usually heard none is: neither after eight days, nor after a quarter.
    assert silences(folded(UNTIL_FRIDAY_13, "2026-03-22", Rules())) == []
    assert silences(folded(UNTIL_FRIDAY_13, "2026-06-14", Rules())) == []


def test_when_they_are_back_who_is_not_is_quiet_after_as_many_measured_days_as_ever():
    seven = everyone("mon-fri 2026-03-25..2026-04-24 10:00  u@{}  Seen", COMPANY[1:])

    found = folded(f"{UNTIL_FRIDAY_13}\n{seven}", "2026-04-24", Rules())

    # Saturday the 14th and Sunday the 15th of March went with the Friday before, which was
    # measured; Monday the 16th to Tuesday the 24th were not. So Ann's seven whole days are these
    # two and Wednesday the 25th to Sunday the 29th, and the rest of them is still there.
    assert silences(found) == ["2026-03-30 gone_quiet ann"]
    assert found[0].params["silent_days"] == 7


def test_the_silence_of_a_few_is_told_as_if_there_were_no_such_rule():
    five = everyone("mon-fri 2026-01-05..2026-04-10 10:00  u@{}  Seen", COMPANY[3:])
    three = everyone("mon-fri 2026-01-05..2026-03-13 10:00  u@{}  Seen", COMPANY[:3])

    found = folded(f"{five}\n{three}", "2026-04-10", Rules())

    assert silences(found) == [f"2026-03-21 gone_quiet {each}" for each in COMPANY[:3]]


@pytest.mark.parametrize("few", [1, 3, 4])
def test_a_company_of_a_few_accounts_has_silences_even_when_all_are_silent(few):
    world = everyone("mon-fri 2026-01-05..2026-03-13 10:00  u@{}  Seen", COMPANY[:few])

    found = folded(world, "2026-04-10", Rules())

    assert silences(found) == [f"2026-03-21 gone_quiet {each}" for each in COMPANY[:few]]


def test_a_holiday_that_all_have_adds_nothing_to_a_silence_nor_to_the_rhythm_after_it():
    before = everyone("mon-fri 2026-01-05..2026-04-10 10:00  u@{}  Seen")
    after = everyone("mon-fri 2026-04-20..2026-05-08 10:00  u@{}  Seen")
    gone = everyone("mon-fri 2026-05-11..2026-06-05 10:00  u@{}  Seen", COMPANY[1:])

    found = folded(f"{before}\n{after}\n{gone}", "2026-06-05", Rules())

    # The week from 13 to 17 April is no gap of Ann's: a week later than Friday 8 May she is missed.
    assert silences(found) == ["2026-05-16 gone_quiet ann"]


def test_a_low_level_is_the_usual_one_after_a_month():
    one = "mon-fri 2026-03-16..2026-06-19 10:00  u@ann  Seen"

    found = folded(f"{UNTIL_FRIDAY_13}\n{one}", "2026-06-20", Rules())

    # Ann alone is an eighth of the usual eight. From the fifth week of it on the median of eight
    # weeks is 4.5, then 1, and somebody was heard: that is Monday 13 April. The weekends go with
    # the days before them. Seven measured days since: the weekend of 14 and 15 March, and five.
    assert silences(found) == [f"2026-04-18 gone_quiet {each}" for each in COMPANY[1:]]


def test_talk_and_widgets_are_measured_each_by_itself():
    use = everyone("mon-fri 2026-01-05..2026-04-24 10:00  u@{}  Seen")
    talk = everyone("every 7 2026-01-05..2026-03-09 11:00  u@{}  ticket: Ticket Opened")
    alive = everyone('every 1 2026-01-05..2026-03-13 12:00  -@{}  Widget Alive'
                     '  {{"widget": "w", "context": {{"active": false}}}}')  # fmt: skip
    back = everyone('every 1 2026-03-25..2026-04-24 12:00  -@{}  Widget Alive'
                    '  {{"widget": "w", "context": {{"active": false}}}}', COMPANY[1:])  # fmt: skip

    found = folded(f"{use}\n{talk}\n{alive}\n{back}", "2026-04-24", Rules())

    # Tickets came on Mondays alone: the Mondays from 16 March on were not measured, and the other
    # days, usually without any, were; so nobody is silent who only ever writes on Mondays. The
    # widgets were silent together from the 14th to the 24th, and Ann's stayed so.
    assert told(found) == ["2026-03-27 cancel_intent ann"]
    assert found[0].evidence[0]["days"] == 2


def test_a_step_and_a_feature_are_waited_for_in_measured_days():
    crowd = everyone("mon-fri 2026-01-05..2026-03-10 10:00  u@{}  Report Exported")
    back = everyone("mon-fri 2026-03-19..2026-04-30 10:00  u@{}  Report Exported")
    new = """
        2026-03-09 09:00  -@new  fact: start  {"plan": "Team"}
        2026-03-09 10:00  ada@new  page  {"path": "/"}
        """

    found = [each for each in folded(f"{crowd}\n{new}\n{back}", "2026-04-30", RULES)
             if each.account_id == "new"]  # fmt: skip

    # Eight days, 11 to 18 March, were not measured: 3 days from the 9th end on the 20th, 30 days
    # on 16 April.
    assert told(found) == [
        "2026-03-20 stuck_at_step new",
        "2026-04-16 paid_feature_unused new",
    ]


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 12), min_size=1, max_size=150),
    later=st.lists(st.integers(0, 12), max_size=30),
)
def test_what_comes_later_changes_no_day_that_is_over(counts, later):
    first = date(2026, 1, 5).toordinal()
    before = {first + n: count for n, count in enumerate(counts) if count}
    after = {first + n: count for n, count in enumerate([*counts, *later]) if count}
    today = first + len(counts)
    for way in (USE, TALK, WIDGET):
        known = unmeasured_days({way: before}, today)[way]
        assert known == {
            day for day in unmeasured_days({way: after}, today + len(later))[way] if day < today
        }
        told_then = Measured(lambda way=way: {way: after}, today + len(later), Calendar("UTC"))
        assert told_then.missing(way, today) == known


@pytest.mark.django_db(transaction=True)
def test_live_the_outage_is_waited_for_and_the_counts_are_kept(home):
    seven = everyone("mon-fri 2026-03-25..2026-04-03 10:00  u@{}  Seen", COMPANY[1:])

    come_at_once(home, UNTIL_FRIDAY_13, "2026-03-14")
    watch(home, at("2026-03-22"))
    assert silences(signals()) == []
    assert unheard_since(home, Rules(), at("2026-03-14 01:00")) is None
    assert unheard_since(home, Rules(), at("2026-03-22")) == date(2026, 3, 16)
    home.secret_file.write_text("secret")
    said = [each for each in check_up(home, at("2026-03-22")) if "2026-03-16" in each.sentence]
    assert [each.is_well for each in said] == [False]
    assert silences(live(home, seven, "2026-04-04")) == ["2026-03-30 gone_quiet ann"]
    assert '"until": ' in text_of(KEPT)


@pytest.mark.django_db(transaction=True)
def test_days_that_are_imported_afterwards_are_measured_after_all(home):
    """An import stood still for a week: who is missing in what it brings was quiet all the time."""
    come_at_once(home, UNTIL_FRIDAY_13, "2026-03-14")
    watch(home, at("2026-03-23 01:00"))
    late = everyone("mon-fri 2026-03-16..2026-03-20 10:00  u@{}  Seen", COMPANY[1:])
    events, _ = rows_of(late)
    now = at("2026-03-23 02:00")
    for row in events:
        row["received_at"] = now
    ship_rows(home, events, [], now)
    watch(home, now + timedelta(minutes=2))
    assert silences(signals()) == []

    watch(home, at("2026-03-24 01:00"))

    # While nobody was heard she was looked at each day.
    assert silences(signals()) == ["2026-03-24 gone_quiet ann"]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_silent_whose_words_wait_in_the_inbox(home):
    """The worker was off; of what arrived meanwhile, one day is in the lake. Three accounts only."""
    few = COMPANY[:3]
    come_at_once(
        home, everyone("mon-fri 2026-01-05..2026-03-13 10:00  u@{}  Seen", few), "2026-03-14"
    )
    events, _ = rows_of(everyone("mon-fri 2026-03-16..2026-03-27 10:00  u@{}  Seen", few))
    now = at("2026-03-28 01:00")
    inbox = open_inbox(home)
    try:
        for row in sorted(events, key=lambda each: each["known_at"]):
            arrival = Arrival("rows", "app", row["known_at"], pack_events([row]), {})
            inbox.append([arrival])
        ship(home, inbox, {}, lambda *_: None, now, max_bytes=1, max_seconds=0)
        watch(home, now)
        assert not inbox.is_empty()
        assert signals() == []

        while not ship(home, inbox, {}, lambda *_: None, now).is_caught_up:
            pass
        watch(home, now)
    finally:
        inbox.close()

    assert signals() == []
