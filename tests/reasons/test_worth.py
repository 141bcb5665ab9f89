"""Is an account worth saving: verdicts by hand, grounds that are said, a file that is checked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import BadDefinition
from tenure.proof.shares import share_of
from tenure.reasons.review_models import Occasion, Rung
from tenure.reasons.worth import CaseFacts, verdict
from tenure.reasons.worth_file import read_worth, sentimental_words
from tenure.reasons.worth_ladder import next_rung
from tenure.reasons.worth_rules import check_worth, default_worth_text
from tenure.reasons.worth_sentences import (
    ground_sentence,
    mail_of,
    tried_and_not,
)

pytestmark = pytest.mark.django_db
RULES = read_worth(default_worth_text(), "worth.toml")
COSTED = read_worth(
    default_worth_text().replace("hour_cost_minor = {}", "hour_cost_minor = { EUR = 10000 }"),
    "worth.toml",
)


def facts(rules=RULES, **more) -> CaseFacts:
    said = {"occasion": "left", "reason": "hard_start", "reason_source": "stated",
            "mrr_minor": 10_000, "currency": "EUR"}  # fmt: skip
    return CaseFacts(rules=rules, **(said | more))


# reason, follow-up, what does the job now -> verdict
VERDICTS = [
    ("closing", "", "", "gone"),
    ("closing", "nobody", "", "gone"),
    ("closing", "successor", "", "yes"),  # ask who takes over
    ("bought", "own_tool", "", "wants_else"),
    ("bought", "not_asked", "", "yes"),
    ("changed_needs", "project_ended", "", "wants_else"),
    ("changed_needs", "season", "", "yes"),
    ("changed_needs", "", "hired", "wants_else"),
    ("other", "", "home_grown", "wants_else"),
    ("other", "", "rival", "yes"),  # the same job: what is missing can be mended
    ("experience_not_right", "other_trade", "", "not_ours"),
    ("experience_not_right", "design", "", "yes"),
    ("hard_start", "", "", "yes"),
    ("", "", "", "yes"),
]


@pytest.mark.parametrize(("reason", "follow_up", "next_job", "code"), VERDICTS)
def test_the_first_rule_that_fits_decides(reason, follow_up, next_job, code):
    found = verdict({}, facts(reason=reason, follow_up=follow_up, next_job=next_job))

    assert found.code == code
    assert {each["what"] for each in found.grounds} >= {"fit", "margin", "effort"}


def test_the_operators_condition_of_fit_decides_where_it_is_known():
    assert verdict({}, facts(fits=False)).code == "not_ours"
    assert verdict({}, facts(does_not_fit=True)).code == "not_ours"
    assert verdict({}, facts(fits=None, does_not_fit=None)).code == "yes"


def test_effort_is_too_much_only_where_even_the_best_chance_cannot_pay_for_it():
    # An hour costs 100.00, a case takes 1.5 hours: 150.00. Margin of a year: MRR × 12 × 0.8.
    small = facts(COSTED, mrr_minor=1_500)  # 144.00 of margin
    enough = facts(COSTED, mrr_minor=1_600)  # 153.60
    assert (verdict({}, small).code, verdict({}, enough).code) == ("too_small", "yes")

    # Of 100 similar ones 5 came back: at most 11.2 % (Wilson), so 1,340 of margin is too little.
    told = share_of(5, 100)
    assert told.high == pytest.approx(0.1118, abs=0.0005)
    below = facts(COSTED, mrr_minor=13_900, chance=told)  # 1,334.40 × 0.1118 = 149.2
    above = facts(COSTED, mrr_minor=14_100, chance=told)  # 1,353.60 × 0.1118 = 151.3
    assert (verdict({}, below).code, verdict({}, above).code) == ("too_small", "yes")
    # Too few cases say nothing: the best chance is then all of them.
    assert verdict({}, facts(COSTED, mrr_minor=13_900, chance=share_of(0, 19))).code == "yes"


def test_the_chance_is_said_with_its_interval_or_how_many_cases_are_missing():
    said = next(g for g in verdict({}, facts(chance=share_of(4, 20))).grounds if "part" in g)
    unsaid = [g["what"] for g in verdict({}, facts(chance=share_of(4, 19))).grounds]

    assert (said["part"], said["of"]) == (4, 20)
    # Wilson's interval of 4 in 20, as published (Newcombe 1998 has its formula): 8.1 % to 41.6 %.
    assert (round(said["low"], 3), round(said["high"], 3)) == (0.081, 0.416)
    assert "4 came back within 180 days (8–42% with" in ground_sentence(said)
    assert "chance_unknown" in unsaid and "chance" not in unsaid


def test_who_has_not_decided_counts_by_what_is_likely_to_be_lost():
    left = verdict({}, facts(occasion="left", chance=share_of(0, 0)))
    at_risk = verdict({}, facts(occasion="at_risk", chance=share_of(95, 100)))

    # 9,600 a year with a share of .8: 96,000 minor units.
    assert left.margin_minor == 96_000
    assert left.expected_minor == round(96_000 * 0.105)
    stays = (95 + 2.5) / 105
    assert at_risk.expected_minor == round(96_000 * (1 - stays) * stays)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(Occasion.values),
    st.integers(0, 10**9),
    st.integers(0, 200).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))),
)
def test_what_is_expected_is_never_more_than_what_is_there(occasion, mrr, counted):
    found = verdict({}, facts(occasion=occasion, mrr_minor=mrr, chance=share_of(*counted)))

    assert 0 <= found.expected_minor <= found.margin_minor


def test_questions_of_the_reason_come_first_and_then_those_of_everybody():
    own = [each.text["en"] for each in RULES.questions_for("price_value")]

    assert own[0].startswith("What would it have to do")
    assert own[1:] == [each.text["en"] for each in RULES.questions if not each.reasons]
    assert RULES.questions_for("")[0].text["zh-hans"]


def test_what_was_tried_and_what_was_not_follows_from_offers_and_acts():
    tried = [
        {"what": "offered", "kinds": ["training", "discount"], "at": "2026-05-01"},
        {"what": "rung", "rung": "call", "outcome": "talked", "at": "2026-05-02"},
    ]
    done, not_done = tried_and_not(tried, RULES, "hard_start")

    assert {each.code for each in done} == {"training", "talk"}
    assert {each.code for each in not_done} == {"advice"}


def test_the_mail_asks_one_question_and_takes_a_no_for_an_answer():
    subject, text = mail_of(RULES, "Acme", "price_value", "en")

    assert subject == "One question about Acme"
    assert text.count("?") == 1 and "say no and we will not write again" in text
    assert "{" not in mail_of(RULES, "Acme", "", "zh-hant")[1]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("We are sorry to see you go", "sorry to see you"),
        ("We miss you.", "miss you"),
        ("It breaks our heart", "breaks our heart"),
        ("我们舍不得您", "舍不得"),
        ("Did you dismiss your plan?", ""),
        ("Which step did you miss? You may tell us.", ""),
    ],
)
def test_words_that_ask_for_pity_are_found(words, found):
    assert sentimental_words(words).casefold() == found


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("hours_a_week = 8.0", "hours_a_week = 0", "capacity.hours_a_week: 0.0 is no number"),
        ("gross_margin_share = 0.8", "gross_margin_share = 1.5", "1.5 is no share"),
        ("hour_cost_minor = {}", "hour_cost_minor = { euro = 1 }", "no currency"),
        ('verdict = "gone"', 'verdict = "dead"', "there is no value 'dead'"),
        ('fits = ""', 'fits = "employes > 5"', "employes"),
        ('fits = ""', "fits = \"did('x', 3) > 1\"", "not on the card"),
        ("One question about {account}", "We miss you, {account}", "asks for pity"),
        ("One question about {account}", "Hello {name}", "there is no {name}"),
        ("too_few = 20", "too_fex = 20", "there is no such field"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_place_and_what_to_do(old, new, complaint):
    with pytest.raises(BadDefinition) as refused:
        read_worth(default_worth_text().replace(old, new, 1), "worth.toml")

    assert complaint in refused.value.message
    assert refused.value.message.startswith("worth.toml: ")


def test_the_file_that_ships_is_in_order_and_a_strange_reason_is_warned_of():
    assert check_worth(default_worth_text(), "worth.toml") == []
    strange = default_worth_text().replace('"closing"', '"closed_down"')
    assert "closed_down" in check_worth(strange, "worth.toml")[0]


def test_the_ladder_has_three_rungs_and_nobody_is_visited_for_little():
    assert next_rung(Rung.MAIL, 0, RULES) == Rung.CALL
    assert next_rung(Rung.CALL, RULES.visit_from_margin_minor, RULES) == Rung.VISIT
    assert next_rung(Rung.CALL, RULES.visit_from_margin_minor - 1, RULES) is None
    assert next_rung(Rung.VISIT, 10**9, RULES) is None
