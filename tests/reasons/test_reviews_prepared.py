"""What a review sheet proposes, from what was around a leaving: warnings, acts, and what follows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasons.reason_worlds import at
from reasons.review_worlds import STAYS, drawn
from tenure.reasons.inferring_subjects import Subject
from tenure.reasons.reviews_acts import acts_of, broken_of, tried_of
from tenure.reasons.reviews_judging import Attention, attention_of, lead_days, overcome_of
from tenure.reasons.reviews_warnings import warnings_of
from tenure.reasons.taxonomy import default_taxonomy

DECIDED = "2026-06-01 08:00"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
UPSET = """
2026-05-04 09:00  ada@acme  ticket: Ticket Opened  {"ticket_id": "t1", "tone": "angry", "subject": "Timesheets are gone"}
"""
ANSWERED = """
2026-05-06 09:00  ada@acme  ticket: Ticket Closed  {"ticket_id": "t1", "first_response_hours": 5, "is_solved": true, "by": "lena"}
"""


def told(text: str, *, since: datetime = LONG_AGO) -> Attention:
    """Whether it was known, of a world that was decided on the 1st of June."""
    seen = drawn(STAYS + text, DECIDED)
    return attention_of(warnings_of(seen), acts_of(seen), at(DECIDED), since)


def warned(text: str) -> list[tuple[str, str]]:
    return [(each["what"], each["at"][:10]) for each in warnings_of(drawn(STAYS + text, DECIDED))]


def test_whom_nothing_warned_of_was_a_surprise():
    assert (told("").known, told("").because) == ("surprise", "no_warning")
    assert lead_days([], at(DECIDED)) is None


def test_an_upset_ticket_that_one_of_us_solved_was_a_warning_that_somebody_acted_on():
    found = told(UPSET + ANSWERED)

    assert (found.known, found.because) == ("known", "acted")
    assert (found.acted["by"], found.acted["at"]) == ("lena", "2026-05-04T14:00:00+00:00")
    # From the 4th of May, 09:00, to the 1st of June, 08:00.
    assert lead_days(warnings_of(drawn(STAYS + UPSET, DECIDED)), at(DECIDED)) == 27


def test_a_warning_that_nobody_looked_at_is_a_surprise_and_before_our_time_nobody_can_tell():
    assert (told(UPSET).known, told(UPSET).because) == ("surprise", "unseen")
    before = told(UPSET, since=at("2026-06-15"))
    assert (before.known, before.because) == ("", "before_us")


def test_an_answer_to_another_ticket_is_no_attention_to_the_warning():
    assert told(UPSET + ANSWERED.replace("t1", "t2")).because == "unseen"


def test_an_answer_without_a_solution_shows_that_somebody_looked_and_no_more():
    unsolved = UPSET + ANSWERED.replace("true", "false")

    assert (told(unsolved).because, told(unsolved).acted) == ("seen", None)
    assert warned(unsolved) == [("ticket", "2026-05-04"), ("ticket_badly", "2026-05-06")]


def test_a_worried_ticket_that_was_solved_warned_of_nothing():
    worried = UPSET.replace("angry", "worried")

    assert warned(worried) == [("ticket", "2026-05-04")]
    assert warned(worried + ANSWERED) == []


def test_who_speaks_of_leaving_in_a_call_was_heard_by_whoever_held_it():
    call = """
2026-05-10 09:00  ada@acme  Call Logged  {"text": "They want to cancel their contract.", "by": "lena"}
"""
    found = told(call)

    assert warned(call) == [("words", "2026-05-10")]
    assert (found.because, found.acted["by"]) == ("acted", "lena")


def test_what_became_known_after_the_decision_was_no_warning():
    late = UPSET.replace("09:00  ada", "09:00 known 2026-06-02 08:00  ada")

    assert told(late).because == "no_warning"


def test_what_was_done_after_the_decision_is_tried_and_no_act_on_a_warning():
    late = """
2026-06-03 09:00  ada@acme  Call Logged  {"text": "Asked what happened.", "by": "lena"}
"""
    seen = drawn(STAYS + UPSET + late, DECIDED)

    assert told(UPSET + late).because == "unseen"
    assert [each["what"] for each in tried_of(seen, warnings_of(seen))] == ["talked"]


def test_on_the_29th_of_february_warnings_are_found_of_whom_nobody_knows_since_when_they_pay():
    upset = UPSET.replace("2026-05-04", "2028-02-20")
    seen = drawn(upset, "2028-02-29 12:00")
    seen.subject = Subject("acme", at("2028-02-29 12:00"))

    assert [each["what"] for each in warnings_of(seen)] == ["ticket"]


def test_signs_of_leaving_count_up_to_the_day_before_the_decision():
    pages = """
2026-05-20 09:00  ada@acme  Cancel Page Viewed
2026-06-01 07:58  ada@acme  Cancel Page Viewed
"""
    assert warned(pages) == [("cancel_page", "2026-05-20")]


def test_use_that_fell_by_half_until_the_decision_warned_since_that_week_was_over():
    fell = STAYS.replace("2026-05-29", "2026-04-03") + (
        "every 7 2026-04-06..2026-05-25 10:00  ada@acme  Invoice Sent\n"
    )
    (warning,) = warnings_of(drawn(fell, DECIDED))

    assert (warning["what"], warning["usual"], warning["uses"]) == ("use_fell", 5, 1)
    # Eight weeks until the 31st of May; the first of them is over on the 13th of April.
    assert (warning["weeks"], warning["at"][:10]) == (8, "2026-04-13")


def test_a_quiet_week_that_was_made_good_is_no_fall():
    quiet = STAYS.replace("2026-05-29", "2026-04-03") + (
        "mon-fri 2026-04-20..2026-05-29 10:00  ada@acme  Invoice Sent\n"
    )
    assert warnings_of(drawn(quiet, DECIDED)) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(40, 60), min_size=26, max_size=26))
def test_use_that_never_leaves_its_usual_band_never_warns(weeks):
    seen = drawn("", DECIDED, began_on="2025-01-01")
    seen.use.update(enumerate(weeks))

    assert warnings_of(seen) == []


def test_a_payment_that_failed_warned_unless_it_was_made_good():
    failed = "2026-05-20 08:00  @acme  fact: payment_failed\n"
    paid = "2026-05-22 08:00  @acme  fact: payment_succeeded\n"

    assert warned(failed) == [("payment_failed", "2026-05-20")]
    assert warned(failed + paid) == []
    assert warned(failed.replace("05-20", "03-01")) == []  # long forgotten


def test_offers_of_the_way_out_were_tried_and_nobody_of_us_acted_by_them():
    shown = """
2026-05-31 09:00  ada@acme  offboard: Offers Chosen  {"visit": "v1", "shown": [{"name": "pause"}], "considered": [{"name": "pause", "kind": "pause"}]}
2026-05-31 09:01  ada@acme  offboard: Offer Accepted  {"visit": "v1", "offer": "pause", "offer_kind": "pause"}
"""
    seen = drawn(STAYS + UPSET + shown, DECIDED)

    tried = tried_of(seen, warnings_of(seen))
    assert [(each["what"], each.get("kinds")) for each in tried] == [
        ("offered", ["pause"]), ("offer_accepted", None),
    ]  # fmt: skip
    assert told(UPSET + shown).because == "unseen"


@pytest.mark.parametrize("hours", [1e300, -3, float("nan"), True, "soon", None, [1]])
def test_a_ticket_that_tells_nonsense_breaks_nothing(hours):
    seen = drawn(UPSET + ANSWERED, DECIDED)
    said = [
        type(each)(**{**{name: getattr(each, name) for name in each.__slots__},
                      "properties": {**each.properties, "first_response_hours": hours}})
        for each in seen.said
    ]  # fmt: skip
    seen.said[:] = said

    assert [each["what"] for each in acts_of(seen)] == ["answered"] * (1 + (hours is True))


# reason, days of warning, who acted, did we break a promise -> could it, and why
OVERCOME = [
    ("", None, "no_warning", False, "", "reason_unknown"),
    ("other", 30, "unseen", False, "", "reason_unknown"),
    ("other", 30, "unseen", True, "yes", "promise_broken"),
    ("closing", 30, "unseen", True, "no", "avoidable_no"),
    ("missing_feature", 30, "unseen", False, "yes", "time_unused"),
    ("missing_feature", 13, "unseen", False, "partly", "avoidable_partly"),
    ("missing_feature", 30, "before_us", False, "partly", "avoidable_partly"),
    ("missing_feature", 30, "acted", False, "partly", "avoidable_partly"),
    ("missing_feature", None, "no_warning", True, "yes", "promise_broken"),
    ("hard_start", None, "no_warning", False, "yes", "avoidable_yes"),
    ("hard_start", 30, "acted", False, "partly", "tried_in_vain"),
]


@pytest.mark.parametrize(("reason", "lead", "because", "broken", "could", "why"), OVERCOME)
def test_what_could_be_overcome_follows_the_reason_and_what_was_done(
    reason, lead, because, broken, could, why
):
    act = {"what": "talked", "at": "2026-05-10"}
    attention = Attention("", because, act, act if because == "acted" else None)

    found = overcome_of(
        reason,
        default_taxonomy(),
        lead=lead,
        attention=attention,
        broken=[{"what": "promise_broken"}] if broken else [],
        tried=[act] if because == "acted" else [],
    )

    assert (found.overcome, found.because[-1]) == (could, why)


def test_a_promise_of_ours_counts_when_its_day_had_passed_before_they_decided():
    broken = """
2026-05-20 09:00  @acme  offboard: Commitment Broken  {"side": "us"}
2026-05-21 09:00  @acme  offboard: Commitment Broken  {"side": "them"}
2026-06-02 09:00  @acme  offboard: Commitment Broken  {"side": "us"}
"""
    seen = drawn(STAYS + broken, DECIDED)

    assert [each["at"][:10] for each in broken_of(seen)] == ["2026-05-20"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 140), max_size=6),
    st.lists(st.integers(-20, 140), max_size=6),
)
def test_known_means_a_warning_and_an_act_between_it_and_the_decision(warned_before, acted_before):
    decided = at(DECIDED)
    warnings = [
        {"what": "intent", "at": (decided - timedelta(days=days)).isoformat()}
        for days in sorted(warned_before, reverse=True)
    ]
    acts = [
        {"what": "talked", "by": "lena", "is_act": True,
         "at": (decided - timedelta(days=days)).isoformat()}
        for days in sorted(acted_before, reverse=True)
    ]  # fmt: skip

    found = attention_of(warnings, acts, decided, LONG_AGO)

    earliest = max(warned_before, default=0)
    was_acted_on = any(0 < days <= earliest for days in acted_before)
    assert (found.known == "known") is was_acted_on
    assert lead_days(warnings, decided) == (earliest or None)
