"""What is learned of offers: by what billing showed of everybody who was shown one, and never by who
accepted. Numbers from an independent calculation in fractions, and from a simulated truth.
"""

import random
from datetime import timedelta
from fractions import Fraction
from math import isclose, sqrt

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from offers.offer_worlds import NOW, book, history, offer, wanted
from tenure.offers.choosing import choose
from tenure.offers.learned import NOTHING, Belief, Learned, learned_now
from tenure.offers.learning import PRIOR_WEIGHT, learn, lessons
from tenure.offers.models import Concession, LearnedOffer, OfferShown
from tenure.offers.results import Paid, Result, results, retained, staying_shares
from tenure.offers.shown_log import keep_choice
from tenure.saves.models import Save, SaveCheck

ALL_KEEP = {90: 1.0, 180: 1.0}


def paid(*prices: float | None) -> list[Paid]:
    """What was paid at 30, 90 and 180 days, as shares; 0 is gone, None is not known yet."""
    return [
        Paid(days, price > 0, price)
        for days, price in zip((30, 90, 180), prices, strict=False)
        if price is not None
    ]


@pytest.mark.parametrize(
    ("prices", "share", "weight"),
    [
        ((1, 1, 1), 1, 1),
        ((0, 0, 0), 0, 1),
        ((1, 0, 0), Fraction(30, 180), 1),
        ((1, 1, 0), Fraction(90, 180), 1),
        ((0, 0, 1), Fraction(90, 180), 1),  # a pause that came back
        ((Fraction(4, 5), Fraction(4, 5), 1), Fraction(90, 180) * Fraction(3, 4) + Fraction(1, 2), 1),
        ((1,), 1, Fraction(30, 180)),  # all who paid then have stayed, so far
        ((0,), 0, Fraction(30, 180)),
        ((), 0, 0),
        ((None, 1, 1), Fraction(150, 180), Fraction(150, 180)),
    ],
)  # fmt: skip
def test_the_margin_that_was_kept_is_that_of_the_days_that_each_check_speaks_for(
    prices, share, weight
):
    """At a gross margin of 0.8, a fifth off the price is a quarter off the margin."""
    if prices and prices[0] is None:
        # The first check was never answered: nothing is said before the second.
        found = retained(paid(*prices), 0.8, ALL_KEEP)
        assert found == (0.0, 0.0)
        return
    found_share, found_weight = retained(paid(*prices), 0.8, ALL_KEEP)
    assert isclose(found_share, share, abs_tol=1e-12)
    assert isclose(found_weight, weight)


def test_of_days_to_come_is_expected_what_those_before_did():
    staying = staying_shares([paid(1, 1, 0), paid(1, 1, 1), paid(1, 0, 0), paid(0), paid(1)])

    # Of three who paid at 30, two did at 90; and one more of each is added. Of two at 90, one did.
    assert staying == {90: pytest.approx(3 / 5), 180: pytest.approx(2 / 4)}
    share, weight = retained(paid(1), 0.8, staying)
    assert share == pytest.approx((30 + 60 * 0.6 + 90 * 0.6 * 0.5) / 180)
    assert weight == pytest.approx(30 / 180)


seen = st.lists(
    st.builds(
        Result, st.just("o"), st.sampled_from(["v1", "v2"]), st.sampled_from(["", "a", "b"]),
        st.floats(-1, 1.5), st.sampled_from([1 / 6, 1 / 2, 1.0]), st.booleans(),
        st.sampled_from(["", "x", "y"]),
    ),
    min_size=1, max_size=30,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@drawn(seen)
def test_a_belief_is_the_conjugate_posterior_worked_out_in_fractions(found):
    by_key = {(each.version, each.reason, each.follow_up): each for each in lessons(found)}
    total = sum(Fraction(each.weight) for each in found)
    mean = sum(Fraction(each.weight) * Fraction(each.share) for each in found) / total
    assert isclose(by_key["", "", ""].belief.mean_share, mean, abs_tol=1e-9)
    for version in {each.version for each in found}:
        own = [each for each in found if each.version == version]
        of_offer = shrunk(own, mean)
        assert isclose(by_key[version, "", ""].belief.mean_share, of_offer, abs_tol=1e-9)
        for reason in {each.reason for each in own} - {""}:
            said = [each for each in own if each.reason == reason]
            of_reason = shrunk(said, of_offer)
            assert isclose(by_key[version, reason, ""].belief.mean_share, of_reason, abs_tol=1e-9)
            for follow_up in {each.follow_up for each in said} - {""}:
                followed = [each for each in said if each.follow_up == follow_up]
                belief = by_key[version, reason, follow_up].belief
                assert isclose(belief.mean_share, shrunk(followed, of_reason), abs_tol=1e-9)
                # What is known of a part is never surer than its own results make it.
                assert belief.sd_share >= _own_deviation(found, followed) - 1e-12


def _own_deviation(found, part) -> float:
    """Of the mean of a part alone, as if PRIOR_WEIGHT results more had been seen."""
    squares, weight = Fraction(2), Fraction(10)
    for version in {each.version for each in found}:
        own = [each for each in found if each.version == version]
        mean = sum(Fraction(e.weight) * Fraction(e.share) for e in own) / sum(
            Fraction(e.weight) for e in own
        )
        squares += sum(Fraction(e.weight) * (Fraction(e.share) - mean) ** 2 for e in own)
        weight += sum(Fraction(e.weight) for e in own)
    seen_of_it = sum(Fraction(each.weight) for each in part) + Fraction(PRIOR_WEIGHT)
    return sqrt(squares / weight / seen_of_it)


def shrunk(results_of, towards: Fraction) -> Fraction:
    weight = sum(Fraction(each.weight) for each in results_of)
    total = sum(Fraction(each.weight) * Fraction(each.share) for each in results_of)
    return (total + Fraction(PRIOR_WEIGHT) * towards) / (weight + Fraction(PRIOR_WEIGHT))


@settings(max_examples=60, deadline=None)
@drawn(seen, st.lists(st.booleans(), min_size=30, max_size=30))
def test_who_accepted_changes_no_belief(found, accepted):
    from dataclasses import replace

    other = [replace(e, has_accepted=a) for e, a in zip(found, accepted, strict=False)]
    assert [each.belief for each in lessons(found)] == [each.belief for each in lessons(other)]


def test_deviations_shrink_as_results_come_and_nothing_is_learned_of_nothing():
    assert lessons([]) == []
    few = lessons([Result("o", "v", "", 1.0, 1.0, True)] * 3)[1].belief
    many = lessons([Result("o", "v", "", 1.0, 1.0, True)] * 300)[1].belief
    assert many.sd_share < few.sd_share / 3
    # Three good ones are no proof: half a deviation of the prior still stands.
    assert few.sd_share > 0.5 * sqrt(0.2 / PRIOR_WEIGHT)


# --- from state


def visit(number: int, name: str, version: str, checks: dict[int, int | None], **more) -> None:
    """A visit in which the offer stood first, and what billing showed after it."""
    visit_id = f"visit-{number}"
    OfferShown.objects.create(
        visit_id=visit_id, choice="c", offer=name, kind="human", version=version, place=0,
        probability=0.5, how="rules", account_id=f"a{number}", reason=more.get("reason", ""),
        mode=more.get("mode", "live"), book_digest="b", shown_at=NOW - timedelta(days=200),
    )  # fmt: skip
    if "kind" in more and more["kind"] is None:
        return
    save = Save.objects.create(
        key=f"save:{number}", kind=more.get("kind", "save"), visit_id=visit_id,
        account_id=f"a{number}", mode=more.get("mode", "live"),
        mrr_before_minor=more.get("mrr", 10000), currency="EUR", opened_at=NOW, opened_on=NOW.date(),
    )  # fmt: skip
    for days, price in checks.items():
        SaveCheck.objects.create(
            save_of=save, at_days=days, due_on=NOW.date(), is_paying=None if price is None else price > 0,
            price_minor=price,
        )  # fmt: skip
    if cost := more.get("cost"):
        Concession.objects.create(
            visit_id=visit_id, offer=name, kind="human", account_id=f"a{number}", terms={}, words={},
            given_at=NOW, given_on=NOW.date(), event_id=f"e{number}", currency="EUR",
            cost_minor=cost[0], forgone_minor=cost[1],
        )  # fmt: skip


WHOLE = {7: 10000, 30: 10000, 90: 10000, 180: 10000}
GONE = {7: 0, 30: 0, 90: 0, 180: 0}


@pytest.mark.django_db
def test_everybody_counts_to_whom_it_was_shown_and_costs_are_taken_off(home):
    visit(1, "talk", "v", WHOLE)
    visit(2, "talk", "v", GONE, kind="left")
    visit(3, "talk", "v", WHOLE, kind="abandoned")  # nobody accepted, and they stayed
    visit(4, "talk", "v", WHOLE, cost=(12000, 0))  # an hour for 120, of 6 × 80 at stake
    visit(5, "talk", "v", {**WHOLE, 30: 8000, 90: 8000}, cost=(6000, 6000))  # forgone shows itself
    visit(6, "talk", "v", {30: None}, kind="save")  # too early
    visit(7, "talk", "v", WHOLE, mode="test")
    visit(8, "talk", "v", {}, kind=None)  # not followed
    visit(9, "talk", "v", {7: 10000}, kind="save")

    found = {each.share for each in results(0.8)}

    assert sorted(found) == pytest.approx([0.0, 0.75, 0.875, 1.0])
    assert len(results(0.8)) == 5


@pytest.mark.django_db
def test_the_last_choice_of_a_visit_and_its_first_place_are_what_counts(home):
    visit(1, "talk", "v", WHOLE)
    for place, name in enumerate(("later", "second")):
        OfferShown.objects.create(
            visit_id="visit-1", choice="d", offer=name, kind="human", version=name, place=place,
            probability=0.5, how="rules", account_id="a1", book_digest="b", shown_at=NOW,
        )  # fmt: skip

    assert [each.offer for each in results(0.8)] == ["later"]


@pytest.mark.django_db
def test_who_was_led_to_sleep_by_a_rule_teaches_nothing_about_others(home):
    visit(1, "sleep", "v", WHOLE)
    OfferShown.objects.update(how="season")

    assert results(0.8) == []


@pytest.mark.django_db
def test_learning_is_stored_read_and_the_same_when_it_is_done_again(home):
    for number in range(12):
        visit(number, "talk", "v", WHOLE if number % 3 else GONE, reason="price_value")
    first = learn(home, NOW)
    told = list(LearnedOffer.objects.values_list("offer", "reason", "mean_share"))
    assert learn(home, NOW) == first == 3
    assert list(LearnedOffer.objects.values_list("offer", "reason", "mean_share")) == told

    known = learned_now()
    assert known.of("v", "price_value").mean_share == pytest.approx(8 / 12)
    assert known.of("v", "another reason").mean_share == pytest.approx(8 / 12)
    assert known.of("never seen", "").mean_share == pytest.approx(8 / 12)
    assert known.of("never seen", "").weight == 0
    assert known.of("v", "price_value").weight == 12


@pytest.mark.django_db
def test_what_was_chosen_is_kept_once_with_its_probability(home):
    asked = book(offer("talk", "human") + offer("hour", "advice"))
    choice = choose(wanted("price_value"), asked, history(), NOTHING, random.Random(1))
    said = {"visit_id": "v1", "account_id": "acme", "mode": "live", "at": NOW}
    keep_choice(**said, choice=choice.as_json())
    keep_choice(**said, choice=choice.as_json())

    rows = list(OfferShown.objects.order_by("place").values_list("offer", "probability", "reason"))
    assert rows == [(each.name, each.probability, "price_value") for each in choice.shown]
    # Whichever was drawn: the rules' own is the one that stands first in the book.
    assert set(OfferShown.objects.values_list("rules_first", flat=True)) == {
        asked.offers[0].version
    }


@pytest.mark.django_db
def test_a_result_names_the_offer_that_the_rules_had_first(home):
    visit(1, "talk", "v", WHOLE)
    OfferShown.objects.update(rules_first="other")

    assert [each.rules_first for each in results(0.8)] == ["other"]


# --- in the long run


def test_an_offer_is_not_praised_for_whom_the_rules_send_to_it():
    """Both do the same; but the rules have `talk` first for those who stay anyway."""
    chance, found = random.Random(5), []
    for number in range(4000):
        stays_anyway = number % 2 == 0
        first, second = ("talk", "less") if stays_anyway else ("less", "talk")
        led = first if chance.random() < 0.9 else second
        share = float(chance.random() < (0.9 if stays_anyway else 0.3))
        found.append(Result(led, led, "price_value", share, 1.0, False, "", first))
    as_it_looks = [Result(*each_without_first(each)) for each in found]

    looks = learned_from(as_it_looks)
    known = learned_from(found)

    assert looks.of("talk").mean_share - looks.of("less").mean_share > 0.4
    assert abs(known.of("talk").mean_share - known.of("less").mean_share) < 0.05


def each_without_first(result: Result):
    return (
        result.offer, result.version, result.reason, result.share, result.weight,
        result.has_accepted, result.follow_up,
    )  # fmt: skip


def test_compared_with_their_like_all_results_together_have_the_mean_of_before():
    chance = random.Random(2)
    found = [
        Result(o, o, r, chance.random(), 1.0, False, "", f)
        for o, r, f in (chance.choices("abc", k=3) for _ in range(300))
    ]
    [of_all, *_] = lessons(found)
    plain = sum(each.share for each in found) / len(found)

    assert of_all.belief.mean_share == pytest.approx(plain, abs=0.03)


def test_with_a_known_truth_the_better_offer_comes_to_be_chosen_though_the_other_is_liked_more():
    """`sweet` is accepted by nine of ten and keeps two of ten; `help` by three, and keeps five."""
    asked = book(offer("sweet", "human") + offer("help", "advice"), budget="explore_share = 0.1")
    keeps = {"sweet": 0.2, "help": 0.5}
    accepts = {"sweet": 0.9, "help": 0.3}
    versions = {each.name: each.version for each in asked.offers}
    chance, found, beliefs, firsts = random.Random(11), [], NOTHING, []
    for number in range(900):
        choice = choose(wanted(at_most=1), asked, history(), beliefs, chance)
        name = choice.shown[0].name
        firsts.append(name)
        share = float(chance.random() < keeps[name])
        accepted = chance.random() < accepts[name]
        found.append(Result(name, versions[name], "", share, 1.0, accepted))
        if number % 30 == 29:
            beliefs = learned_from(found)

    assert firsts[0] == "sweet"  # the rules': it stands first in the book
    assert firsts[:30].count("help") < 10
    assert firsts[-300:].count("help") > 240
    # Both stay in play: without that, nothing more would be learned.
    assert firsts[-300:].count("sweet") >= 5


def learned_from(found) -> Learned:
    made = lessons(found)
    beliefs = {(e.version, e.reason, e.follow_up): e.belief for e in made if e.version}
    unknown = Belief(made[0].belief.mean_share, made[0].belief.sd_share)
    return Learned(beliefs, unknown)
