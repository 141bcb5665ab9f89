"""Which offers are shown: the rules first, then what was learned; every probability is kept."""

import math
import random
import statistics
import time

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from offers.offer_worlds import book, discount, history, offer, wanted
from tenure.offers.choosing import choose
from tenure.offers.learned import NOTHING, SURE, Belief, Learned, better, taking_over

PAUSE = offer("pause", "pause", "months = 2\nreminder_days = 7")
DORMANT = offer("sleep", "dormant", "months = 4\nreminder_days = 14")
TRAINING = offer("training", "training", 'reasons = ["hard_start"]')
HUMAN = offer("human", "human")
ALL = PAUSE + TRAINING + HUMAN + discount() + DORMANT


def names(choice):
    return [each.name for each in choice.shown]


def seeded(number=1):
    return random.Random(number)


def test_what_answers_the_reason_comes_first_then_the_order_of_the_book():
    asked = book(ALL, budget="explore_share = 0")

    assert names(choose(wanted("hard_start"), asked, history(), NOTHING, seeded())) == [
        "training",
        "pause",
    ]
    assert names(choose(wanted("price_value"), asked, history(), NOTHING, seeded())) == [
        "pause",
        "human",
    ]


def test_an_offer_for_fewer_comes_before_one_for_all():
    asked = book(
        PAUSE + offer("human", "human", "where = \"plan = 'Team'\""), budget="explore_share = 0"
    )

    assert names(choose(wanted(), asked, history(), NOTHING, seeded())) == ["human", "pause"]


def test_who_is_seasonal_by_their_own_history_is_offered_to_sleep_first_whatever_the_dice_say():
    asked = book(ALL, budget="explore_share = 0.5")
    seasonal = {"is_season_own": True, "season_ratio": 0.3, "events_trend_ratio": 0.4}
    for number in range(50):
        found = choose(
            wanted("hard_start", changed=seasonal), asked, history(), NOTHING, seeded(number)
        )
        assert found.shown[0].name == "sleep"
        assert found.shown[0].probability == 1.0
        assert found.how == "season"

    # The same quiet, known of all accounts together and not of this one, is no season of its own.
    for other in ({"is_season_own": False}, {"season_ratio": 1.0}, {"events_trend_ratio": 0.9}):
        common = seasonal | other
        found = choose(wanted(changed=common), asked, history(), NOTHING, seeded())
        assert found.how == "rules"


offers_of_chance = st.lists(
    st.sampled_from(["pause", "human", "training", "advice", "custom", "dormant"]),
    min_size=1, max_size=8,
)  # fmt: skip
_MORE = {
    "pause": "months = 2\nreminder_days = 7",
    "dormant": "months = 3\nreminder_days = 7",
}


@st.composite
def situations(draw):
    kinds = draw(offers_of_chance)
    text = "".join(offer(f"o{n}", kind, _MORE.get(kind, "")) for n, kind in enumerate(kinds))
    explore = draw(st.sampled_from([0, 0.05, 0.1, 0.5]))
    asked = book(text, budget=f"explore_share = {explore}")
    beliefs = {
        (each.version, "", ""): Belief(
            draw(st.floats(-1, 1)), draw(st.floats(0.001, 0.5)), draw(st.floats(0, 500))
        )
        for each in asked.offers
    }
    return asked, Learned(beliefs), draw(st.integers(1, 3)), draw(st.integers(0, 2**32))


@settings(max_examples=60, deadline=None)
@drawn(situations())
def test_probabilities_sum_to_one_at_each_place_none_is_below_the_floor_and_a_replay_is_the_same(
    situation,
):
    asked, learned, at_most, seed = situation
    want = wanted(at_most=at_most)
    found = choose(want, asked, history(), learned, seeded(seed))
    fits = [each for each in found.considered if each.fits]

    assert math.isclose(sum(each.probability for each in fits), 1.0, abs_tol=1e-9)
    taken = set()
    for place, shown in enumerate(found.shown):
        left = [each for each in fits if each.name not in taken]
        chances = [each.probabilities[place] for each in left]
        assert math.isclose(sum(chances), 1.0, abs_tol=1e-9)
        assert min(chances) >= asked.budget.explore_share / len(left) - 1e-12
        assert all(each.probabilities[place] == 0.0 for each in fits if each.name in taken)
        own = next(each for each in left if each.name == shown.name)
        assert shown.probability == own.probabilities[place] > 0
        taken.add(shown.name)
    assert len(found.shown) == min(at_most, len(fits))
    assert choose(want, asked, history(), learned, seeded(seed)) == found


def test_offers_come_as_often_as_their_probability_says():
    asked = book(PAUSE + HUMAN + TRAINING, budget="explore_share = 0.3")
    chance, firsts = seeded(7), []
    for _ in range(4000):
        found = choose(wanted("hard_start"), asked, history(), NOTHING, chance)
        firsts.append(found.shown[0].name)
    said = {each.name: each.probability for each in found.considered}

    # The rules' own: 0.7 and its third of 0.3; the others a third of 0.3 each.
    assert said == pytest.approx({"pause": 0.1, "human": 0.1, "training": 0.8})
    for name, probability in said.items():
        deviation = math.sqrt(probability * (1 - probability) / len(firsts))
        assert abs(firsts.count(name) / len(firsts) - probability) < 4 * deviation


def test_how_likely_one_is_better_is_that_of_drawing_from_each_belief():
    one, other = Belief(0.3, 0.1, 9), Belief(0.25, 0.2, 9)
    chance = random.Random(3)
    wins = sum(
        chance.gauss(other.mean_share, other.sd_share) > chance.gauss(one.mean_share, one.sd_share)
        for _ in range(40_000)
    )

    assert abs(better(one, other) - wins / 40_000) < 0.02
    assert better(one, other) + better(other, one) == pytest.approx(1)


believed = st.builds(
    Belief, st.floats(-1, 1.5), st.floats(0.01, 0.5), st.sampled_from([0.0, 0.5, 3.0, 40.0])
)


@settings(max_examples=200, deadline=None)
@drawn(st.lists(believed, min_size=1, max_size=6))
def test_the_rules_keep_what_no_other_is_surely_better_for(beliefs):
    taken = taking_over(beliefs)

    assert len(taken) == len(beliefs)
    assert taken[0] == 0.0
    assert sum(taken) <= 1.0 + 1e-12
    for belief, share in zip(beliefs[1:], taken[1:], strict=True):
        is_sure = belief.weight > 0 and better(beliefs[0], belief) > SURE
        assert (share > 0) == is_sure


def test_what_is_surely_better_takes_the_place_of_the_rules_and_nothing_else_does():
    asked = book(PAUSE + HUMAN, budget="explore_share = 0.1")
    pause, human = asked.offers
    found = {}
    for deviation in (0.5, 0.2, 0.1, 0.05):
        beliefs = {
            (pause.version, "", ""): Belief(0.1, deviation, 30),
            (human.version, "", ""): Belief(0.5, deviation, 30),
        }
        choice = choose(wanted(), asked, history(), Learned(beliefs), seeded())
        found[deviation] = next(c.probability for c in choice.considered if c.name == "human")

    # 0.4 apart: 71 % likely to be better, 92 %, 99.8 % and more.
    assert found[0.5] == 0.05
    assert found[0.2] == pytest.approx(0.05 + 0.9 * (0.9214 - SURE) / (1 - SURE), abs=1e-3)
    assert found[0.1] == pytest.approx(0.05 + 0.9 * (0.99766 - SURE) / (1 - SURE), abs=1e-3)
    assert 0.949 < found[0.05] <= 0.95


def test_an_offer_that_is_taken_more_often_and_keeps_less_is_not_chosen_for_that():
    """Beliefs hold retained margin alone: there is no number of acceptances to choose by."""
    assert set(Belief.__dataclass_fields__) == {"mean_share", "sd_share", "weight"}


def test_a_choice_says_of_every_offer_why_not_and_is_stored_as_json():
    asked = book(ALL)
    found = choose(
        wanted("price_value", allowed=("pause", "less")), asked, history(), NOTHING, seeded()
    )
    told = {each["name"]: each for each in found.as_json()["considered"]}

    assert set(told) == {each.name for each in asked.offers}
    assert told["human"]["why_not"] == ["not_allowed"]
    assert told["training"]["why_not"] == ["not_allowed", "reason"]
    assert told["pause"]["why_not"] == []
    assert found.as_json()["choice"] == found.digest


def test_two_choices_of_the_same_are_told_apart_by_what_was_asked():
    asked = book(ALL)
    one = choose(wanted("price_value"), asked, history(), NOTHING, seeded())
    other = choose(wanted("out_of_cash"), asked, history(), NOTHING, seeded())

    assert one.digest != other.digest


def test_forty_offers_with_conditions_and_beliefs_are_chosen_from_in_two_milliseconds():
    conditions = "mrr_minor > 1 and days_since_seen is null or plan in ('Team', 'Pro')"
    text = "".join(
        offer(f"o{n}", kind, f'where = "{conditions}"\n{_MORE.get(kind, "")}')
        for n, kind in enumerate(["pause", "human", "training", "dormant"] * 3)
    )
    text += "".join(
        offer(f"n{n}", "advice", 'reasons = ["never"]\nwhere = "mrr_minor < 0"') for n in range(28)
    )
    asked = book(text)
    learned = Learned(
        {(each.version, "", ""): Belief(0.01 * n, 0.1, 50) for n, each in enumerate(asked.offers)}
    )
    want, before, chance, took = wanted(), history(), seeded(), []
    for _ in range(60):
        began = time.perf_counter()
        found = choose(want, asked, before, learned, chance)
        took.append(time.perf_counter() - began)

    assert len(found.considered) == 40
    assert statistics.median(took) < 0.004  # 2 ms on a quiet machine; others use this one too
