"""Whatever the order of facts, and however often it is asked: the same; against a plain oracle."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from saves_worlds import (
    ACCOUNT,
    accepted,
    at,
    drawn,
    failed,
    gone_and_paid_of,
    judged,
    notice,
    paid,
    paused,
)

from customers.arriving import arrive
from measure.ledger_worlds import world
from tenure.saves.models import CheckAnswer, Save, SaveCheck, Status
from tenure.saves.opening import open_save
from tenure.saves.proving import judge_all, prove

OPENED = date(2025, 2, 1)
LAST = date(2025, 10, 30)
days = st.integers(1, 230).map(lambda n: OPENED + timedelta(days=n))


@st.composite
def lives(draw) -> list[dict]:
    """A life of one subscription by the month: prices, pauses, payments, notices, an end."""
    edges = sorted(draw(st.sets(days, max_size=3)))
    starts = [date(2025, 1, 10), *edges]
    ends = [*edges, draw(st.none() | days.filter(lambda d: not edges or d > edges[-1]))]
    prices = draw(st.lists(st.sampled_from([0, 7, 10]), min_size=4, max_size=4))
    facts = drawn(
        "\n".join(
            f"s1  {start}  {end or '-'}  {price or '-'}"
            for start, end, price in zip(starts, ends, prices, strict=False)
        )
    )
    for span in draw(st.lists(st.tuples(days, st.integers(1, 60)), max_size=1)):
        facts.append(paused(str(span[0]), str(span[0] + timedelta(days=span[1]))))
    facts += [failed(str(each)) for each in draw(st.sets(days, max_size=2))]
    facts += [paid(str(each)) for each in draw(st.sets(days, max_size=3))]
    for each in draw(st.sets(days, max_size=2)):
        until = draw(st.none() | st.just(str(each + timedelta(days=20))))
        facts.append(notice(f"{each}T09:00", until))
    return facts


def held_by_hand(facts: list[dict], on: date) -> list[dict]:
    """Which versions of s1 hold at the end of a day, from the facts alone."""
    starts = sorted(
        (f for f in facts if f["kind"] == "start" and f["effective_at"].date() <= on),
        key=lambda f: f["effective_at"],
    )
    if not starts:
        return []
    last = starts[-1]
    over = any(
        f["kind"] == "end"
        and f["version_key"] == last["version_key"]
        and f["effective_at"].date() <= on
        for f in facts
    )
    return [] if over else [last]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives())
def test_a_check_finds_what_a_plain_reading_of_the_facts_does(facts):
    found = judged(facts, today=LAST)

    for each in found.answers.values():
        held = held_by_hand(facts, each.day)
        is_paused = any(
            f["kind"] == "pause" and f["effective_at"].date() <= each.day < f["ends_at"].date()
            for f in facts
        )
        payments = [
            f
            for f in sorted(facts, key=lambda f: (f["effective_at"], f["message_id"]))
            if f["kind"].startswith("payment") and f["effective_at"].date() <= each.day
        ]
        is_owed = bool(payments) and payments[-1]["kind"] == "payment_failed"
        assert each.is_active == bool(held)
        assert each.is_paused == (bool(held) and is_paused)
        if each is not found.answers.get(0):
            wants = bool(held) and bool(held[0]["mrr_minor"]) and not is_paused and not is_owed
            assert each.is_paying == wants


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives(), st.randoms(use_true_random=False))
def test_the_order_in_which_facts_come_changes_nothing(facts, chance):
    shuffled = list(facts)
    chance.shuffle(shuffled)

    assert judged(facts, today=LAST) == judged(shuffled, today=LAST)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives(), st.sampled_from([7, 30, 90, 180]))
def test_deleting_later_facts_changes_no_earlier_check(facts, at_days):
    due_on = OPENED + timedelta(days=at_days)
    then = [each for each in facts if each["effective_at"].date() <= due_on]

    whole = judged(facts, today=LAST).answers[at_days]
    assert whole == judged(then, today=due_on + timedelta(days=1)).answers[at_days]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives())
def test_as_days_pass_a_save_is_kept_or_lost_once_and_for_all(facts):
    """Facts take effect as days pass, and none is corrected: what was kept stays kept."""
    kept_on = None
    with world(facts) as reader:
        for step in range(0, 270, 9):
            today = OPENED + timedelta(days=step)
            found = judge_all(reader, [accepted()], today)[0][1]
            if kept_on is not None:
                assert found.kept_on == kept_on
            kept_on = found.kept_on
            assert found.kept_on is None or found.gone is None or found.gone.on > found.kept_on


@pytest.mark.django_db
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(lives(), st.lists(st.integers(2, 260), min_size=1, max_size=3))
def test_proving_often_or_once_leaves_the_same_standing(tmp_path_factory, settings, facts, looks):
    from tenure.base.home import Home

    standings = []
    for steps in (sorted(looks) + [260], [260]):
        settings.TENURE_HOME = Home(tmp_path_factory.mktemp("home"))
        Save.objects.all().delete()
        arrive(settings.TENURE_HOME, [], [_arriving(each) for each in facts])
        open_save(
            visit_id="v1", account_id=ACCOUNT, subscription_id="s1", offer="training",
            kind="training", terms={}, reason="", cost_minor=0, promised_by="", change_key="",
            mode="live", now=at("2025-02-01T14:00"),
        )  # fmt: skip
        for step in steps:
            now = at(OPENED + timedelta(days=step))
            prove(settings.TENURE_HOME, now, anew=True)
            prove(settings.TENURE_HOME, now, anew=True)
        save = Save.objects.get()
        standings.append(
            (
                save.status, save.gone_on, save.kept_on, save.lost_because, save.returned_on,
                list(
                    save.checks.order_by("at_days").values_list(
                        "at_days", "due_on", "is_active", "is_paying", "is_leaving", "price_minor"
                    )
                ),
            )
        )  # fmt: skip
        assert save.status in Status.values
        for check in SaveCheck.objects.all():
            numbers = CheckAnswer.objects.filter(check_of=check).values_list("number", flat=True)
            assert sorted(numbers) == list(range(1, check.answers_given + 1))
    assert standings[0] == standings[1]


def _arriving(row: dict) -> dict:
    return {name: value for name, value in row.items() if name != "batch"}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives())
def test_an_account_that_is_watched_beside_a_save_is_judged_as_a_save_without_an_offer(facts):
    save = accepted(kind="", terms={})
    whole = judged(facts, save, today=LAST)

    gone_on = whole.gone.on if whole.gone is not None else None
    assert gone_and_paid_of(facts, save, LAST) == (gone_on, whole.paid_minor)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives())
def test_what_was_paid_is_the_sum_of_the_days_one_by_one(facts):
    """By a plain count: each day's MRR, times twelve, over 365."""
    found = judged(facts, accepted(kind="", terms={}), today=LAST)
    if found.gone is not None or not found.is_known:
        return
    total, day = Fraction(0), accepted().opened_on
    while day < LAST:
        is_paused = any(
            f["kind"] == "pause" and f["effective_at"].date() <= day < f["ends_at"].date()
            for f in facts
        )
        held = held_by_hand(facts, day)
        total += 0 if is_paused else sum(f.get("mrr_minor") or 0 for f in held)
        day += timedelta(days=1)

    assert found.paid_minor == round(total * Fraction(12, 365))
