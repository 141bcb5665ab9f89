"""The ways of a split against each other, on simulated accounts with known truth, and as stored."""

from datetime import timedelta
from math import ceil, floor

import numpy as np
import pytest
from django.urls import reverse

from card.card_worlds import live
from customers.arriving import NOW
from tenure.definitions.folder_text import pack
from tenure.definitions.store import put_in_force
from tenure.plays.enrolling import enrol_one
from tenure.plays.in_force import play_named
from tenure.plays.lift import play_lift
from tenure.plays.lift_counting import split_lift
from tenure.plays.lift_json import lift_json
from tenure.plays.lift_parts import AT_DAYS, GOAL, MRR, Entered, SplitLift
from tenure.plays.lift_sums import counted
from tenure.plays.models import Enrolment, PlayDecision, PlaySwitch
from tenure.plays.parts import Way
from tenure.plays.turning import go_on_due
from tenure.proof.lift import half_width

SEEDS = range(1, 41)
SHARES = {"short": 0.5, "long": 0.3, "none": 0.2}
WAYS = tuple(Way(to=name, share=share) for name, share in SHARES.items())
EFFECTS = {"short": 0.0, "long": 0.25, "none": -0.1}


def come(seed: int, effect: float, accounts: int = 600) -> tuple[list[Entered], dict[str, float]]:
    """Who came to a split of three ways, and how many more of all of them each way would have
    brought to the goal than the first: everybody lives each way with the same luck.
    """
    luck = np.random.default_rng([seed, 77])
    use, chance = luck.gamma(1.5, 20, accounts), luck.random(accounts)
    before = 9_000 * luck.lognormal(0, 1.0, accounts)
    inclined = np.clip(0.3 + 0.004 * (use - use.mean()), 0.02, 0.95)
    went = luck.choice(list(SHARES), accounts, p=list(SHARES.values()))
    reached = {
        name: chance < np.clip(inclined + effect * more, 0, 1) for name, more in EFFECTS.items()
    }
    rows = [
        Entered(
            account_id=f"{seed}-{n}", arm=str(way), share=SHARES[str(way)], entered_at=NOW,
            reached=bool(reached[way][n]), events_before=int(use[n]),
            mrr_minor={days: float(before[n] + 4_000 * reached[way][n]) for days in AT_DAYS},
            mrr_before_minor=float(before[n]),
        )
        for n, way in enumerate(went)
    ]  # fmt: skip
    truth = {name: float(np.mean(reached[name]) - np.mean(reached["short"])) for name in SHARES}
    return rows, truth


def told(seed: int, effect: float) -> tuple[SplitLift, dict[str, float]]:
    rows, truth = come(seed, effect)
    return split_lift("words", WAYS, counted(rows)), truth


def test_all_intervals_of_a_figure_hold_the_truth_together() -> None:
    held = {claim: 0 for claim in (GOAL, "mrr_90")}
    for seed in SEEDS:
        split, truth = told(seed, 1.0)
        for claim, factor in ((GOAL, 1.0), ("mrr_90", 4_000.0)):
            lifts = {a.name: c.lift for a in split.arms for c in a.claims if c.name == claim}
            assert set(lifts) == {"long", "none"}
            held[claim] += all(
                lift.low <= truth[name] * factor <= lift.high for name, lift in lifts.items()
            )
    assert min(held.values()) >= ceil(0.93 * len(SEEDS))


def test_ways_that_do_the_same_are_hardly_ever_told_apart_and_those_that_do_not_are() -> None:
    alike = [told(seed, 0.0)[0] for seed in SEEDS]
    for name in (GOAL, *MRR):
        claims = [[c.lift.is_known for a in s.arms for c in a.claims if c.name == name]
                  for s in alike]  # fmt: skip
        assert sum(any(each) for each in claims) <= floor(0.07 * len(SEEDS))
    apart = [told(seed, 1.0)[0].arms[1].claims[0].lift for seed in SEEDS]
    assert sum(lift.is_known and lift.value > 0 for lift in apart) >= 0.8 * len(SEEDS)


def test_each_interval_of_several_is_wider_than_that_of_one_pair() -> None:
    rows, _ = come(3, 1.0)
    three = split_lift("words", WAYS, counted(rows))
    pair = split_lift("words", WAYS[:2], counted(r for r in rows if r.arm != "none"))
    assert (three.level, pair.level) == (pytest.approx(0.975), pytest.approx(0.95))
    wide, narrow = (each.arms[1].claims[1].lift for each in (three, pair))
    count = narrow.treated + narrow.control
    wider = half_width(count, 1.0, 0.975) / half_width(count, 1.0, 0.95)
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(wider, rel=0.01)


def test_a_way_that_loses_people_rings_the_alarm_also_where_the_shares_were_edited() -> None:
    rows, _ = come(4, 1.0)
    assert not told(4, 1.0)[0].ratio.is_alarm
    lost = [row for n, row in enumerate(rows) if row.arm != "none" or n % 2]
    assert split_lift("words", WAYS, counted(lost)).ratio.is_alarm
    # Two ways, even at first and then nine to one: each counts by the chance that it had.
    luck = np.random.default_rng(9)
    edited = [
        Entered(account_id=str(n), arm=arm, share=share if arm == "a" else round(1 - share, 9),
                entered_at=NOW)
        for n in range(2_000)
        for share in [0.5 if n < 1_000 else 0.9]
        for arm in ["a" if luck.random() < share else "b"]
    ]  # fmt: skip
    now = (Way(to="a", share=0.9), Way(to="b", share=0.1))
    assert not split_lift("s", now, counted(edited)).ratio.is_alarm


WORLD = """
    day 1    group     ada @acme   {"name": "Acme"}
    day 1    group     bob @beta   {"name": "Beta"}
    day 1    group     cai @gamma  {"name": "Gamma"}
    day 1    group     dee @delta  {"name": "Delta"}
    day 1    group     eve @eps    {"name": "Epsilon"}
    day 1    group     fay @zeta   {"name": "Zeta"}
"""
PLAY = """
title = "Two ways"
topic = "tips"
[entry]
manual = true
again = "after_exit"
[goal]
event = "Report Shared"
within_days = 30
ends = false
[hold_out]
share = 0.3
[[step]]
name = "words"
split = [{ share = 0.5, to = "short" }, { share = 0.5, to = "long" }]
[[step]]
name = "short"
task = { title = "Call" }
goes_to = "end"
[[step]]
name = "long"
task = { title = "Write" }
"""
ACCOUNTS = ("acme", "beta", "gamma", "delta", "eps", "zeta")


@pytest.mark.django_db
def test_who_came_to_a_split_counts_once_where_chance_sent_them(home, visitor) -> None:
    live(home, WORLD)
    files = pack({"play.toml": PLAY}, "play.toml", "plays/ways")
    put_in_force("play", "ways", files, now=NOW - timedelta(days=90), by="ada")
    play, began = play_named("ways"), NOW - timedelta(days=60)
    PlaySwitch.objects.create(
        play="ways", is_on=True, digest=play.digest, changed_at=began, changed_by="ada"
    )
    for account_id in ACCOUNTS:
        assert enrol_one(home, play, account_id, began, "ada")
    Enrolment.objects.filter(account_id="zeta").update(is_kept_back=True, arm="treated")
    Enrolment.objects.filter(account_id="eps").update(arm="hold_out", share=0.3)
    others = Enrolment.objects.exclude(account_id__in=("eps", "zeta"))
    others.update(arm="treated", share=0.7, is_kept_back=False)
    go_on_due(home, began)
    went = dict(
        PlayDecision.objects.filter(step="words").values_list("enrolment__account_id", "detail")
    )
    assert set(went) == set(ACCOUNTS), "who is left alone goes the same way"
    assert all(detail.endswith(": by chance of 0.5") for detail in went.values())
    # Acme reached the goal afterwards; Beta comes in again, which counts for nothing.
    Enrolment.objects.filter(account_id="acme").update(goal_at=began + timedelta(days=1))
    Enrolment.objects.filter(account_id="gamma").update(goal_at=began - timedelta(days=1))
    enrol_one(home, play, "beta", NOW, "ada")
    go_on_due(home, NOW)

    [split] = play_lift(home, play, NOW).splits
    sent = {name: [id for id in ACCOUNTS[:4] if went[id].startswith(name)]
            for name in ("short", "long")}  # fmt: skip
    assert {arm.name: arm.accounts for arm in split.arms} == {
        name: len(ids) for name, ids in sent.items()
    }
    goal = split.arms[1].claims[0]
    # Gamma had reached it before chance decided, so it says nothing of the ways.
    assert goal.lift.treated == len(set(sent["long"]) - {"gamma"})
    assert goal.lift.control == len(set(sent["short"]) - {"gamma"})
    assert goal.not_over == 0
    reached = goal.lift.treated_mean if "acme" in sent["long"] else goal.lift.control_mean
    assert reached == pytest.approx(1 / len(set(sent[went["acme"].split(":")[0]]) - {"gamma"}))
    told = lift_json(play_lift(home, play, NOW))["splits"][0]
    assert told["against"] == "short" and told["level"] == 0.95
    assert [each["claim"] for each in told["arms"][1]["claims"]] == [GOAL, *MRR]
    assert told["arms"][1]["claims"][0]["sentence"].startswith("Cannot tell yet")
    # On the page beside the drawing, in full below it, and by weeks.
    page = visitor.get(reverse("play", args=["ways"])).content.decode()
    assert 'href="#split-words"' in page and 'id="split-words"' in page
    assert "MRR 90 days after the split" in page and 'id="spec-volume"' in page
    assert "long</strong>" in page and "held against this way" in page
