"""Where each step leads; and out, in two of them, from wherever somebody is."""

import msgspec
import pytest
from flow_worlds import OFFERS, POOR, RICH, TEXT, Visitor, flow_from, offer, settled
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import InvalidInput
from tenure.offboard.flow_parts import SHAPES
from tenure.offboard.passage import (
    ENDS,
    HOLD_OUT,
    LEFT,
    TREATED,
    Passage,
    Step,
    actions,
    take,
)

HUMAN = '[human]\nlink = "https://cal.example.com/ada"\n'


def test_the_whole_way_is_why_value_another_way_confirm_and_out():
    visitor = Visitor()
    seen = [visitor.screen]

    for action in ("answer", "next", "leave", "leave"):
        visitor.does(action, reason="not_adopted") if action == "answer" else visitor.does(action)
        seen.append(visitor.screen)

    assert seen == ["why", "value", "offers", "confirm", "left"]
    assert visitor.passage.has_left
    assert visitor.passage.seq == 4


def test_what_somebody_answered_goes_along():
    passage = (
        Visitor()
        .does("answer", reason="not_adopted", follow_up__not_adopted="no_training", text=" Hard. ")
        .passage
    )

    assert (passage.reason, passage.follow_up, passage.text) == (
        "not_adopted",
        "no_training",
        "Hard.",
    )


def test_nobody_has_to_answer():
    assert Visitor().does("answer").screen == "value"
    assert Visitor().does("next").screen == "value"


def test_a_screen_with_nothing_of_the_account_is_skipped():
    assert Visitor(facts=POOR).does("answer", reason="other").screen == "offers"


def test_without_an_offer_that_fits_there_is_no_such_screen():
    assert Visitor(offers=()).does("answer", reason="other").does("next").screen == "confirm"
    assert Visitor(facts=POOR, offers=()).does("answer", reason="other").screen == "confirm"


def test_a_person_to_talk_to_is_another_way_by_themselves():
    flow = flow_from(more=HUMAN)

    assert Visitor(flow, POOR, offers=()).does("answer", reason="other").screen == "offers"


def test_no_more_offers_are_shown_than_the_flow_lets_through():
    flow = flow_from(more="[offers]\nat_most = 1\n")

    passage = Visitor(flow).does("answer", reason="other").passage

    assert [each.name for each in passage.shown] == ["pause"]


def test_who_is_held_out_sees_why_and_confirm_alone():
    visitor = Visitor(arm=HOLD_OUT)

    assert visitor.passage.path == ("why", "confirm")
    assert visitor.does("answer", reason="price_value").screen == "confirm"
    assert visitor.passage.shown == ()


def test_who_was_here_a_moment_ago_is_not_shown_it_all_again():
    assert Visitor(is_repeat=True).passage.path == ("why", "confirm")


def test_where_the_law_wants_it_the_confirmation_comes_at_once():
    visitor = Visitor(shape="direct")

    assert visitor.screen == "confirm"
    assert visitor.does("leave").screen == "left"
    assert visitor.passage.shown == ()


def test_there_offers_come_only_after_the_notice_and_for_a_reason_given():
    visitor = Visitor(shape="direct").does("leave").does("answer", reason="price_value")

    assert visitor.screen == "left"
    assert visitor.passage.shown == OFFERS
    assert visitor.does("accept:pause").screen == "back"
    assert visitor.passage.chosen == "pause"


def test_elsewhere_offers_stop_with_the_notice():
    visitor = Visitor().does("answer", reason="price_value").does("next").does("leave")

    visitor.does("leave")

    assert visitor.screen == LEFT
    with pytest.raises(InvalidInput, match="answer, return, leave"):
        visitor.does("accept:pause")


def test_another_reason_has_offers_of_its_own():
    visitor = Visitor().does("answer", reason="price_value")
    visitor.does("back")
    visitor.offers = (offer("advice", "advice"),)

    visitor.does("answer", reason="not_adopted").does("next")

    assert [each.name for each in visitor.passage.shown] == ["advice"]
    assert visitor.passage.offers_seen == ("advice",)  # those for the first were never on a screen


def test_the_same_reason_again_keeps_what_was_shown():
    visitor = Visitor().does("answer", reason="price_value").does("next").does("back").does("back")
    visitor.offers = ()

    assert visitor.does("answer", reason="price_value").passage.shown == OFFERS


def test_accepting_is_not_the_end_of_being_able_to_leave():
    visitor = Visitor().does("answer", reason="other").does("next").does("accept:training")

    assert (visitor.screen, visitor.passage.chosen) == ("accepted", "training")
    assert visitor.does("leave").screen == "confirm"
    assert visitor.does("leave").screen == "left"
    assert (
        visitor.passage.chosen == "training"
    )  # and it counts as leaving; who folds visits says so


def test_a_free_time_that_was_chosen_is_one_of_the_terms():
    visitor = Visitor().does("answer", reason="other").does("next")

    visitor.does("accept:training", slot__training="2026-03-05T13:00:00+00:00")

    terms = {each.name: each.terms for each in visitor.passage.shown}
    assert terms["training"] == {"months": 2, "slot_at": "2026-03-05T13:00:00+00:00"}
    assert terms["pause"] == {"months": 2}


def test_back_leads_where_somebody_came_from():
    visitor = Visitor().does("leave")

    assert visitor.screen == "confirm"
    assert visitor.does("back").screen == "why"
    with pytest.raises(InvalidInput):
        visitor.does("back")


def test_back_goes_over_what_was_skipped():
    visitor = Visitor(facts=POOR).does("answer", reason="other").does("leave")

    assert [visitor.does("back").screen for _ in range(2)] == ["offers", "why"]


def test_coming_back_takes_one_click():
    visitor = Visitor().does("leave").does("leave")

    assert visitor.does("return").screen == "back"


def test_a_bad_answer_keeps_nobody_from_leaving():
    passage = Visitor().does("leave", reason="no_such", text="x" * 9000, rival="y" * 900).passage

    assert passage.screen == "confirm"
    assert (passage.reason, len(passage.text), len(passage.rival)) == ("", 2000, 200)


def test_an_answer_given_beside_leaving_is_kept():
    assert Visitor().does("leave", reason="changed_needs").passage.reason == "changed_needs"


def test_another_reason_takes_the_follow_up_of_the_first_with_it():
    visitor = Visitor().does("answer", reason="not_adopted", follow_up__not_adopted="no_training")

    visitor.does("back").does("answer", reason="other")

    assert visitor.passage.follow_up == ""


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reason": "nonsense"}, "reason"),
        ({"reason": "not_adopted", "follow_up__not_adopted": "nonsense"}, "follow_up.not_adopted"),
        ({"text": "x" * 2001}, "text"),
        ({"next_job": "nonsense"}, "next_job"),
    ],
)
def test_an_answer_that_is_none_is_refused_by_its_name(values, field):
    with pytest.raises(InvalidInput) as refused:
        Visitor().does("answer", **values)

    assert refused.value.field == field


def test_a_reason_that_is_demanded_is_demanded_of_who_goes_on_alone():
    flow = flow_from(
        TEXT.replace("[why]", "[why]\nis_required = true").replace(
            "title", 'shapes = ["full"]\ntitle', 1
        )
    )
    visitor = Visitor(flow)

    with pytest.raises(InvalidInput, match="choose one, or leave"):
        visitor.does("answer")
    assert visitor.does("leave").screen == "confirm"


def test_an_action_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(InvalidInput, match="use answer, next, leave, stay"):
        Visitor().does("accept:pause")


def test_the_notice_is_taken_as_it_is_worded():
    visitor = Visitor(shape="direct").does(
        "leave", notice_kind="for_cause", notice_cause="Down for a week", wanted_on="31.12.2026",
        receipt_to="me@example.com",
    )  # fmt: skip

    notice = visitor.passage.notice
    assert (notice.kind, notice.cause) == ("for_cause", "Down for a week")
    assert (str(notice.wanted_on), notice.receipt_to) == ("2026-12-31", "me@example.com")


@pytest.mark.parametrize(
    ("values", "field"),
    [({"wanted_on": "next spring"}, "wanted_on"), ({"receipt_to": "nobody"}, "receipt_to")],
)
def test_a_day_or_an_address_that_cannot_be_read_is_asked_again(values, field):
    visitor = Visitor(shape="direct")

    with pytest.raises(InvalidInput) as refused:
        visitor.does("leave", **values)

    assert refused.value.field == field
    assert visitor.does("leave").screen == "left"  # without them it goes on


def test_leaving_twice_is_leaving_once():
    visitor = Visitor().does("leave").does("leave")
    left = visitor.passage

    assert visitor.does("leave").passage == left


# --- from every reachable passage

FLOWS = {
    "plain": flow_from(),
    "human": flow_from(more=HUMAN),
    "nothing asked": flow_from(
        TEXT.replace(
            'reasons = ["missing_feature", "price_value", "not_adopted", "changed_needs", "other"]',
            "free_text = false",
        )
    ),
    "required": flow_from(TEXT.replace("[why]", "[why]\nis_required = true")),
    "no offers": flow_from(more="[offers]\nat_most = 0\n"),
}
words = st.sampled_from(
    [
        "",
        "not_adopted",
        "no_training",
        "price_value",
        "other",
        "rival",
        "nonsense",
        "x" * 2500,
        "\x00",
    ]
) | st.text(max_size=20)
values = st.dictionaries(
    st.sampled_from(
        ["reason", "follow_up", "follow_up.not_adopted", "text", "next_job", "rival", "wanted_on",
         "receipt_to", "notice_kind", "notice_cause", "slot", "slot.training", "passage"]
    ),
    words,
    max_size=4,
)  # fmt: skip
acts = st.sampled_from(
    [
        "answer",
        "next",
        "leave",
        "back",
        "stay",
        "return",
        "accept:pause",
        "accept:training",
        "",
        "go",
    ]
) | st.text(max_size=8)
worlds = st.tuples(
    st.sampled_from(sorted(FLOWS)),
    st.sampled_from(SHAPES),
    st.sampled_from([TREATED, HOLD_OUT]),
    st.booleans(),
    st.sampled_from([(), OFFERS, OFFERS[:1]]),
)


def walked(world, steps):
    """The passage after the steps; those that are refused change nothing."""
    named, shape, arm, is_rich, offers = world
    visitor = Visitor(FLOWS[named], RICH if is_rich else POOR, shape=shape, arm=arm, offers=offers)
    for action, said in steps:
        try:
            passage = take(visitor.passage, visitor.flow, Step(action, said))
        except InvalidInput:
            continue
        visitor.passage = settled(passage, visitor.flow, offers)
    return visitor


@settings(max_examples=300, deadline=None)
@given(worlds, st.lists(st.tuples(acts, values), max_size=12))
def test_two_steps_lead_out_from_every_passage(world, steps):
    visitor = walked(world, steps)
    passage: Passage = visitor.passage

    for _ in range(2):
        passage = take(passage, visitor.flow, Step("leave"))

    assert passage.screen == LEFT
    assert passage.has_left


@settings(max_examples=300, deadline=None)
@given(worlds, st.lists(st.tuples(acts, values), max_size=12))
def test_a_passage_is_as_it_was_after_a_journey_and_never_grows_without_end(world, steps):
    visitor = walked(world, steps)
    passage = visitor.passage

    sealed = msgspec.msgpack.encode(passage)

    assert msgspec.msgpack.decode(sealed, type=Passage) == passage
    assert len(passage.trail) <= 8
    assert len(set(passage.trail)) == len(passage.trail)
    assert passage.screen not in passage.trail
    assert passage.screen in (*passage.path, *ENDS, "confirm")


@settings(max_examples=200, deadline=None)
@given(worlds, st.lists(st.tuples(acts, values), max_size=10))
def test_every_action_that_a_screen_names_is_taken(world, steps):
    visitor = walked(world, steps)

    for action in actions(visitor.passage):
        said = (
            {"reason": "other"} if action in ("answer", "next") and visitor.flow.why.reasons else {}
        )
        after = take(visitor.passage, visitor.flow, Step(action, said))
        assert after.visit_id == visitor.passage.visit_id


@settings(max_examples=150, deadline=None)
@given(worlds, st.lists(st.tuples(acts, values), max_size=10))
def test_who_is_held_out_never_sees_what_the_others_see(world, steps):
    named, shape, _, is_rich, offers = world
    visitor = walked((named, shape, HOLD_OUT, is_rich, offers), steps)

    assert visitor.screen not in ("value", "offers", "accepted")
    assert visitor.passage.shown == ()
