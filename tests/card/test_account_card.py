"""What a card says of an account, at a day's end."""

import random
from datetime import date, timedelta

import pytest

from card.card_worlds import day, facts, live
from customers.arriving import DAY_0, NOW, arrive, events
from tenure.card.models import AccountCard
from tenure.card.refresh import refresh_cards
from tenure.card.told_by_state import StateReading
from tenure.customers.follow import follow
from tenure.customers.forgetting import forget, ids_to_forget
from tenure.customers.merging import merge, unmerge
from tenure.customers.publishing import publish_links
from tenure.lake.reading import reading
from tenure.lake.refresh import refresh

pytestmark = pytest.mark.django_db


def on(number: float) -> date:
    return day(number).date()


def card(account_id: str) -> AccountCard:
    return AccountCard.objects.get(account_id=account_id)


def test_every_account_has_a_card_with_billing_or_without(home):
    told = live(
        home,
        'day 1  group  ada @visitor  {"name": "Visitor", "industry": "Mining"}',
        "day 2  payer  start  s1/1  status=active plan=Pro mrr_minor=1000 quantity=3",
    )

    assert (told.cards, told.written, told.removed) == (2, 2, 0)
    assert (card("visitor").status, card("visitor").name) == ("never_paid", "Visitor")
    assert card("visitor").traits == {"name": "Visitor", "industry": "Mining"}
    payer = card("payer")
    assert (payer.status, payer.mrr_minor, payer.currency) == ("paying", 1000, "EUR")
    assert (payer.plan, payer.billing_interval, payer.quantity) == ("Pro", "month", 3)
    assert (payer.paying_since_on, payer.left_on) == (on(2), None)


def test_status_tells_trial_free_leaving_and_left_apart(home):
    live(home, facts_text="""
        day 1   trial    start   a/1  status=trialing plan=Pro
        day 1   free     start   b/1  status=free plan=Free
        day 1   leaving  start   c/1  status=active plan=Pro mrr_minor=1000
        day 9   leaving  notice  c    until=500
        day 1   left     start   d/1  status=active plan=Pro mrr_minor=1000
        day 50  left     end     d
        day 1   lapsed   start   e/1  status=trialing plan=Pro
        day 15  lapsed   end     e
        day 1   down     start   f/1  status=active plan=Pro mrr_minor=1000
        day 30  down     start   f/2  status=free plan=Free
        day 1   stays    start   g/1  status=active plan=Pro mrr_minor=1000
        day 5   stays    notice  g    until=500
        day 6   stays    notice  g
    """)  # fmt: skip

    assert dict(AccountCard.objects.values_list("account_id", "status")) == {
        "trial": "trial", "free": "free", "leaving": "leaving", "left": "left",
        "lapsed": "never_paid", "down": "free", "stays": "paying",
    }  # fmt: skip
    assert (card("leaving").notice_at, card("leaving").ends_on) == (day(9), on(500))
    assert (card("left").left_on, card("left").plan, card("left").mrr_minor) == (on(50), "Pro", 0)
    assert (card("down").left_on, card("down").plan) == (on(30), "Free")
    assert (card("stays").notice_at, card("stays").ends_on) == (None, None)


def test_notice_on_one_of_two_subscriptions_is_not_leaving(home):
    live(home, facts_text="""
        day 1  acme  start   big/1    status=active plan=Pro mrr_minor=900
        day 1  acme  start   small/1  status=active plan=Extra mrr_minor=100
        day 9  acme  notice  big      until=500
    """)  # fmt: skip

    assert (card("acme").status, card("acme").plan) == ("paying", "Pro")
    assert (card("acme").mrr_minor, card("acme").notice_at) == (1000, None)


def test_a_change_of_plan_does_not_break_the_paying_time_and_a_return_does(home):
    live(home, facts_text="""
        day 1    moved  start  a/1  status=active plan=Basic mrr_minor=500
        day 40   moved  start  a/2  status=active plan=Pro mrr_minor=900
        day 1    back   start  b/1  status=active plan=Basic mrr_minor=500
        day 40   back   end    b
        day 100  back   start  c/1  status=active plan=Pro mrr_minor=900
    """)  # fmt: skip

    assert (card("moved").paying_since_on, card("moved").plan) == (on(1), "Pro")
    assert (card("back").paying_since_on, card("back").left_on) == (on(100), None)


def test_use_is_counted_over_thirty_days_and_people_are_members(home):
    live(home, f"""
        day 1    identify  ada @acme
        day 1    identify  bob @acme
        day 334  track     bob @acme     Opened
        day 336  track     ada @acme     Opened
        day 350  track     ada @acme     Opened
        day 351  page      anon:x @acme  Home
        day 340  identify  ada @acme
        day 364  track     gone @acme    Account Removed User
        day {(NOW - DAY_0).days}  ticket    ada @acme     Slow
    """)  # fmt: skip

    acme = card("acme")
    assert (acme.people, acme.people_active_30_days, acme.events_30_days) == (2, 2, 4)
    assert acme.last_seen_at == day(364)


def test_only_cards_that_changed_are_written_and_vanished_ones_go(home):
    live(home, "", """
        day 1  a  start  a/1  status=active plan=Pro mrr_minor=1000
        day 1  b  start  b/1  status=active plan=Pro mrr_minor=1000
    """)  # fmt: skip
    assert refresh_cards(home, NOW).written == 0

    told = live(home, facts_text="day 90  a  start  a/2  status=active plan=Max mrr_minor=2000")
    assert (told.written, card("a").mrr_minor) == (1, 2000)

    merge("account", "a", "b", now=NOW)
    publish_links(home, NOW)
    refresh(home, NOW)
    told = refresh_cards(home, NOW)
    assert (told.cards, told.written, told.removed) == (1, 1, 1)
    assert card("b").mrr_minor == 3000

    unmerge("account", "a", now=NOW)
    publish_links(home, NOW)
    refresh(home, NOW)
    refresh_cards(home, NOW)
    assert dict(AccountCard.objects.values_list("account_id", "mrr_minor")) == {
        "a": 2000,
        "b": 1000,
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_new", [True, False])
def test_who_is_forgotten_while_cards_are_made_does_not_come_back_with_one(home, is_new):
    live(home, "", """
        day 1  a  start  a/1  status=active plan=Pro mrr_minor=1000
        day 1  b  start  b/1  status=active plan=Pro mrr_minor=1000
    """)  # fmt: skip
    AccountCard.objects.filter(account_id="a").update(row_digest="1/2")  # it has to be written
    if is_new:
        AccountCard.objects.filter(account_id="a").delete()

    with StateReading() as state:
        state.begin()
        assert "a" in state.told().accounts["account_id"].to_pylist()
        AccountCard.objects.filter(account_id="a").delete()
        forget("account", ids_to_forget("account", "a"))
        told = refresh_cards(home, NOW, state=state)

    assert list(AccountCard.objects.values_list("account_id", flat=True)) == ["b"]
    assert (told.cards, told.written) == (1, 0)


def test_cards_say_what_a_plain_walk_over_each_life_says(home):
    """Sixty drawn lives, asked at five times; the walk shares no code with the SQL."""
    chance = random.Random(11)
    lives = {f"acc{number}": drawn_life(chance) for number in range(60)}
    rows = [row for name, spells in lives.items() for row in facts_of(name, spells)]
    arrive(home, [], facts("\n".join(rows)))
    follow(home, NOW)
    refresh(home, NOW)

    for number in (20, 75, 130, 200, 365):
        with reading(home, as_of=day(number) + timedelta(hours=7)) as reader:
            found = {row["account_id"]: row for row in reader.relation("account_card").to_pylist()}
        for name, spells in lives.items():
            wanted = walked(spells, number)
            held = found.get(name, {"status": "never_paid", "mrr_minor": 0})
            assert {key: held.get(key) for key in wanted} == wanted, (name, number, spells)


def drawn_life(chance: random.Random) -> list[tuple]:
    """Spells (from, until, status, mrr, plan), one after the other, with gaps or without."""
    spells, at = [], chance.randint(0, 60)
    for _ in range(chance.randint(1, 6)):
        until = at + chance.randint(1, 70)
        status = chance.choice(["trialing", "free", "active", "active", "active"])
        mrr = chance.choice([500, 900, 900]) if status == "active" else 0
        spells.append((at, until, status, mrr, chance.choice(["Basic", "Pro"])))
        at = until + chance.choice([0, 0, 0, 10])
    if chance.random() < 0.5:
        last = spells.pop()
        spells.append((last[0], None, *last[2:]))
    return spells


def facts_of(name: str, spells: list[tuple]) -> list[str]:
    rows = []
    for number, (begin, end, status, mrr, plan) in enumerate(spells):
        words = f"status={status} plan={plan}" + (f" mrr_minor={mrr}" if mrr else "")
        rows.append(f"day {begin}  {name}  start  {name}/{number}  {words}")
        if end is not None:
            rows.append(f"day {end}  {name}  end  {name}/{number}")
    return rows


def walked(spells: list[tuple], today: int) -> dict:
    """Day by day from the first one on: what stands at the end of each day."""
    paying_since = left = None
    mrr = 0
    for number in range(today + 1):
        now = [spell for spell in spells if spell[0] <= number and (spell[1] or 999) > number]
        before, mrr = mrr, sum(spell[3] for spell in now)
        if mrr and not before:
            paying_since, left = number, None
        if before and not mrr:
            paying_since, left = None, number
    statuses = {spell[2] for spell in now}
    status = (
        "paying" if mrr
        else "trial" if "trialing" in statuses
        else "free" if "free" in statuses
        else "left" if left is not None
        else "never_paid"
    )  # fmt: skip
    begun = [spell for spell in spells if spell[0] <= today]
    return {
        "status": status,
        "mrr_minor": mrr,
        "paying_since_on": paying_since is not None and on(paying_since) or None,
        "left_on": left is not None and on(left) or None,
        "plan": begun[-1][4] if begun else None,
    }


def test_what_is_not_use_brings_no_last_seen(home):
    arrive(home, events('day 5  group  @acme  {"name": "Acme"}'))
    rows = events('day 9  group  @filed  {"name": "Filed"}')
    rows[0]["source_ref"] = "accounts.csv:2"
    arrive(home, rows)
    live(home)

    assert card("acme").last_seen_at == day(5)
    assert card("filed").last_seen_at is None
