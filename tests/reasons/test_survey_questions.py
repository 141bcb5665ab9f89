"""Which question comes next, what is never asked again, and when asking stops. Pure."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.reasons.interview_questions import (
    BY_REASON,
    CLOSING,
    OPENING,
    RIVAL,
    WANTED_UNKNOWN,
    Asking,
    questions_for,
)
from tenure.reasons.survey_questions import (
    CHOICES,
    ORDER,
    Answer,
    Known,
    at_most,
    attention_ended,
    next_question,
    reasons_to_choose,
    still_open,
    width,
)
from tenure.reasons.taxonomy import default_taxonomy

ALL = default_taxonomy()
CARE = "We wanted invoices to go out on time, every week, without me."
OPEN = st.sampled_from(["", "short", CARE, "我们要每周按时开发票，不用我自己动手，大家都能用"])


def asked(*answers, known=None):
    return next_question(known or Known(), list(answers), ALL)


def test_the_questions_come_in_the_order_of_a_story():
    given_so_far = [
        Answer("wanted", text=CARE, seconds=20),
        Answer("stopped", "hard_start", CARE, seconds=20),
        Answer("follow_up", "no_time", seconds=5),
        Answer("next_job", "nothing", seconds=5),
        Answer("kept", text=CARE, seconds=20),
        Answer("talk", "yes", seconds=5),
    ]

    found = [asked(*given_so_far[:n]) for n in range(len(given_so_far) + 1)]

    assert found == ["wanted", "stopped", "follow_up", "next_job", "kept", "talk", ""]


def test_what_they_said_when_they_left_is_not_asked_again():
    known = Known(wanted="faster", reason="hard_start", next_job="rival")

    assert still_open(known, [], ALL) == ["follow_up", "kept", "talk"]
    assert still_open(Known(reason="hard_start", follow_up="no_time"), [], ALL)[0] == "wanted"
    assert "follow_up" not in still_open(Known(reason="hard_start", follow_up="no_time"), [], ALL)
    assert "stopped" in still_open(Known(reason="other"), [], ALL)  # `other` says nothing


def test_whom_fate_took_is_not_asked_what_would_have_kept_them():
    closing = Answer("stopped", "closing", seconds=5)

    left = still_open(Known(wanted="x"), [closing], ALL)

    assert left == ["follow_up", "talk"]


@pytest.mark.parametrize(
    ("answers", "because"),
    [
        ([], ""),
        ([Answer("wanted", is_skipped=True, seconds=3)], ""),  # the first may be skipped
        ([Answer("wanted", text="x", seconds=3), Answer("stopped", is_skipped=True)], "skipped"),
        ([Answer("wanted", is_skipped=True), Answer("stopped", is_skipped=True)], "skipped"),
        ([Answer("wanted", text=CARE, seconds=181)], "slow"),
        ([Answer("wanted", text=CARE, seconds=180)], ""),
        ([Answer("wanted", text=CARE, seconds=121), Answer("stopped", "other", seconds=121)],
         "long"),
        ([Answer("wanted", text=CARE, seconds=9), Answer("kept", text="price", seconds=9)],
         "short"),
        ([Answer("wanted", text="price", seconds=9), Answer("kept", text="no", seconds=9)], ""),
        ([Answer("wanted", text="我们要每周按时开发票，不用我自己动手，大家都能用", seconds=9),
          Answer("kept", text="便宜", seconds=9)], "short"),
    ],
)  # fmt: skip
def test_asking_stops_when_attention_ends(answers, because):
    assert attention_ended(answers) == because
    assert (asked(*answers) == "") == bool(because)


@given(
    st.lists(
        st.tuples(OPEN, st.booleans(), st.floats(0, 400)), max_size=len(ORDER)
    ),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_nothing_is_asked_twice_and_the_number_that_was_promised_never_grows(drawn, has_reason):
    known = Known(reason="missing_feature") if has_reason else Known()
    answers, promised = [], [at_most(known, [], ALL)]
    for text, is_skipped, seconds in drawn:
        question = next_question(known, answers, ALL)
        if not question:
            break
        choice = "missing_feature" if question == "stopped" and not is_skipped else ""
        answers.append(Answer(question, choice, "" if is_skipped else text, is_skipped, seconds))
        promised.append(at_most(known, answers, ALL))

    questions = [each.question for each in answers]
    assert len(set(questions)) == len(questions)
    assert promised == sorted(promised, reverse=True)
    assert promised[0] <= len(ORDER)


def test_few_reasons_are_shown_those_that_are_usual_here_and_other_last():
    usual = ["defects", "closing", "price_value"]

    first = [each.code for each in reasons_to_choose(ALL, "one", usual)]
    second = [each.code for each in reasons_to_choose(ALL, "two", usual)]

    assert len(first) == CHOICES + 1
    assert first[-1] == second[-1] == "other"
    assert set(usual) < set(first)
    assert set(first) == set(second)
    assert first != second  # nobody's favourite stands first


def test_a_chinese_character_counts_two():
    assert (width("ab "), width("开票")) == (2, 4)


def test_no_question_of_an_interview_leads():
    """None can be answered with yes, none names a cause before they do, none offers anything."""
    every = [*OPENING, *CLOSING, *RIVAL, WANTED_UNKNOWN]
    every += [each for questions in BY_REASON.values() for each in questions]

    for each in map(str, every):
        assert re.match(r"(What|How|When|Where|Who|Whom|Which|Walk me)\b", each), each
        assert not re.search(r"\b(because|discount|offer|too (dear|expensive)|sorry)\b", each), each
    assert set(BY_REASON) == set(ALL.codes())


def test_questions_follow_what_is_known():
    found = questions_for(
        Asking(("missing_feature", "price_value"), has_rival=True, wanted="Faster invoices",
               warned_in="May 2026")
    )  # fmt: skip

    assert found[0].startswith("What was happening on the day")
    assert "You came for “Faster invoices”. How far did you come, and what came then?" in found
    assert "What was going on at your place in May 2026?" in found
    assert str(RIVAL[0]) in found
    assert len(found) == len(set(found))
    assert str(WANTED_UNKNOWN) in questions_for(Asking(("other",)))
