"""Who comes to the way out of the simulated company, before anything of it is stored."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from demo.lived_company import STARTS_ON, UNTIL
from tenure.billing.agreeing import agrees
from tenure.billing.known_terms import terms_of
from tenure.billing.system import Change
from tenure.demo.agreed import change_key
from tenure.demo.answering import TREATMENT_OF
from tenure.demo.card_then import ZONE_OF_COMPANY
from tenure.demo.simulate import Scenario
from tenure.offers.billing_values import billing_values
from tenure.offers.book import default_text
from tenure.offers.kinds import KINDS, RESTS
from tenure.proof.assignment import assign

SECOND = timedelta(seconds=1)


@pytest.fixture
def visits(fernhill):
    return fernhill.told.visits


def terms_after(fernhill, visit, later=SECOND):
    at = visit.at + later
    facts = [each for each in fernhill.told.facts_of[visit.account_id] if each["known_at"] <= at]
    return terms_of(facts, visit.ask.subscription, at, ZONE_OF_COMPANY)


def accepted(visits):
    return [visit for visit in visits if visit.passing.accepted is not None]


def test_the_flow_is_open_in_the_last_year_and_the_current_month(visits):
    first, last = min(visit.at for visit in visits), max(visit.at for visit in visits)

    assert datetime(2024, 6, 1, tzinfo=UTC) < first < datetime(2024, 8, 1, tzinfo=UTC)
    assert datetime(2025, 5, 1, tzinfo=UTC) < last < datetime(2025, 6, 18, tzinfo=UTC)


def test_a_company_younger_than_a_year_has_it_from_its_first_day():
    young = Scenario(10, 1, date(2025, 4, 1), date(2025, 7, 1), 0)
    old = Scenario(10, 1, STARTS_ON, date(2025, 7, 1), 0)

    assert young.way_out_opens_on == date(2025, 4, 1)
    assert old.way_out_opens_on == date(2024, 6, 1)


def test_a_fifth_is_left_alone_and_stays_so(visits):
    arms = {}
    for visit in visits:
        assert arms.setdefault(visit.account_id, visit.arm.name) == visit.arm.name
    alone = Counter(arms.values())["hold_out"] / len(arms)

    assert 0.1 < alone < 0.3
    assert all(not v.passing.passage.offers_seen for v in visits if v.arm.name == "hold_out")


def test_what_was_agreed_is_what_billing_shows_a_second_later(fernhill, visits):
    agreed = accepted(visits)
    kinds = {visit.passing.accepted.kind for visit in agreed}

    assert "discount" in kinds
    assert kinds & RESTS
    for visit in agreed:
        shown = visit.passing.accepted
        kind = KINDS[shown.kind].change
        if not kind:
            continue
        values = billing_values(shown.kind, shown.terms)
        change = Change(
            key=change_key(shown, visit.passing.visit_id), account_id=visit.account_id,
            subscription_id=visit.ask.subscription, kind=kind, values=values, mode="live",
            asked_at=visit.at,
        )  # fmt: skip
        assert agrees(change, terms_after(fernhill, visit)) == [], shown.name


def test_who_confirmed_has_given_notice_for_the_end_of_the_period(fernhill, visits):
    left = [visit for visit in visits if visit.passing.outcome == "canceled"]

    assert len(left) > 20
    for visit in left:
        before, after = terms_after(fernhill, visit, -SECOND), terms_after(fernhill, visit)
        assert before.cancels_on is None
        assert after.cancels_on == (visit.facts.period_ends_on or visit.today)


def test_an_accepted_pause_is_charged_nothing(fernhill, visits):
    rests = [v for v in accepted(visits) if v.passing.accepted.kind in RESTS]

    assert rests
    for visit in rests:
        terms = visit.passing.accepted.terms
        begins = date.fromisoformat(terms.get("starts_on") or terms["sleeps_on"])
        ends = date.fromisoformat(terms.get("resumes_on") or terms["wakes_on"])
        paid = [
            fact["effective_at"].date()
            for fact in fernhill.told.facts_of[visit.account_id]
            if fact["kind"] == "payment_succeeded"
            and fact["subscription_id"] == visit.ask.subscription
        ]
        day = timedelta(1)
        assert not [on for on in paid if begins + day < on < ends - day]


def test_who_leaves_all_the_same_leaves_and_others_do_what_they_truly_would(visits):
    for visit in visits:
        treated = visit.arm.name == "treated"
        would = visit.leaves_treated if treated else visit.leaves_alone
        outcome = visit.passing.outcome
        if outcome == "canceled":
            assert would
        elif outcome == "abandoned" and visit.passing.passage.offers_seen:
            assert not would


def test_the_flow_truly_keeps_some_and_wakes_few(visits):
    firsts = [visit for visit in visits if not visit.begun.is_repeat]
    kept = sum(visit.leaves_alone and not visit.leaves_treated for visit in firsts)
    woken = sum(visit.leaves_treated and not visit.leaves_alone for visit in firsts)

    assert 0.1 < (kept - woken) / len(firsts) < 0.45


def test_the_truth_file_knows_what_would_have_happened(fernhill, visits):
    told = {row["visit"]: row for row in fernhill.truth["visits"]}

    assert set(told) == {visit.passing.visit_id for visit in visits}
    for visit in visits:
        row = told[visit.passing.visit_id]
        assert row["leaves_alone"] == visit.leaves_alone
        assert row["leaves_treated"] == visit.leaves_treated
        assert row["arm"] == visit.arm.name


def test_every_offer_is_one_of_the_book_that_ships(visits):
    names = {visit.passing.accepted.name for visit in accepted(visits)}

    assert all(f'name = "{name}"' in default_text() for name in names)
    assert {visit.passing.accepted.kind for visit in accepted(visits)} <= set(TREATMENT_OF)


def test_arms_follow_from_the_account_alone(visits):
    tag = Scenario(1000, 11, STARTS_ON, date(2025, 7, 1), 0, 0.5).tag

    for visit in visits:
        share = visit.arm.hold_out_share
        assert assign("cancel_flow", visit.account_id, share, tag) == visit.arm


def test_nothing_is_told_before_it_happened(visits):
    end = datetime.combine(UNTIL, datetime.min.time(), ZONE_OF_COMPANY)

    assert all(visit.at < end for visit in visits)
    assert all(visit.returned_at is None or visit.at < visit.returned_at < end for visit in visits)
