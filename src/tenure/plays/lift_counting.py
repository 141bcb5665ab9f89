"""What difference a play made, counted: from the accounts that came in to what may be said. Pure.

By account and by intention to treat: everybody counts who came in, in the arm that chance gave
them, whatever they were sent or opened. Whose time is not over is left out of both arms alike, also
where the goal was reached before it was over.

What an account was before it came in is taken out of the outcome (CUPED): the MRR of the day before
from the MRR after, use in the four weeks before from reaching the goal. Of several plays each has
its own mean and its own slope, so that plays of other people are never compared with each other.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from tenure.plays.lift_parts import (
    AT_DAYS,
    GOAL,
    HOLD_OUT,
    TREATED,
    Costs,
    Entered,
    PlayClaim,
    PlayLift,
)
from tenure.proof.lift import Tally, in_all, lift_of_means, lift_of_shares, tally
from tenure.proof.ratio import Ratio, sample_ratio_of

NO_COSTS = Costs()
WORTH_SHARE = 0.05  # five accounts of a hundred, or of what they pay: less would not matter
Outcome = Callable[[Entered], float | None]
Row = tuple[Entered, float, float]  # with the outcome, and what was foretold of it before


def lift_of_play(
    play: str, entered: Sequence[Entered], currency: str, *, costs: Costs = NO_COSTS
) -> PlayLift:
    """What one play did; of whom the long-term hold-out keeps back it says nothing."""
    own = [each for each in entered if not each.is_kept_back]
    found = _lift(play, [own], currency)
    return replace(found, kept_back=len(entered) - len(own), costs=costs)


def pooled_lift(by_play: Iterable[Sequence[Entered]], currency: str) -> PlayLift:
    """What plays did together: an account counts once in each play that it was in."""
    groups = [[each for each in entered if not each.is_kept_back] for entered in by_play]
    return _lift("", groups, currency)


def _lift(play: str, groups: Sequence[Sequence[Entered]], currency: str) -> PlayLift:
    rows = [each for group in groups for each in group]
    return PlayLift(
        play=play,
        currency=currency,
        accounts=len(rows),
        treated=sum(each.arm == TREATED for each in rows),
        held_out=sum(each.arm == HOLD_OUT for each in rows),
        kept_back=0,
        claims=(_goal_claim(groups), *(_mrr_claim(groups, days) for days in AT_DAYS)),
        ratio=ratio_of(rows),
    )


def ratio_of(entered: Iterable[Entered]) -> Ratio | None:
    """Whether chance has left alone as many as it should; None where nobody was to be."""
    counts: dict[float, dict[str, int]] = defaultdict(lambda: {TREATED: 0, HOLD_OUT: 0})
    for each in entered:
        if 0 < each.hold_out_share < 1:
            counts[each.hold_out_share][each.arm] += 1
    if not counts:
        return None
    return sample_ratio_of(
        [(arms, {TREATED: 1 - share, HOLD_OUT: share}) for share, arms in sorted(counts.items())]
    )


def _goal_claim(groups: Sequence[Sequence[Entered]]) -> PlayClaim:
    rows = _rows(groups, _reached, _use_before)
    tallies = _tallies(rows)
    lift = lift_of_shares(tallies[TREATED], tallies[HOLD_OUT], worth=WORTH_SHARE)
    not_over = sum(each.reached is None for group in groups for each in group)
    return PlayClaim(GOAL, "share", lift, in_all(lift, lift.treated), not_over)


def _mrr_claim(groups: Sequence[Sequence[Entered]], days: int) -> PlayClaim:
    rows = _rows(groups, lambda each: each.mrr_minor.get(days), lambda each: each.mrr_before_minor)
    at_stake = [max(outcome, each.mrr_before_minor) for each, outcome, _ in rows]
    worth = WORTH_SHARE * math.fsum(at_stake) / len(at_stake) if at_stake else 0.0
    tallies = _tallies(rows)
    lift = lift_of_means(tallies[TREATED], tallies[HOLD_OUT], worth=worth)
    # Without a rate there are no days at all: that is told apart.
    not_over = sum(each.mrr_minor.get(days, 0.0) is None for group in groups for each in group)
    return PlayClaim(f"mrr_{days}", "minor", lift, in_all(lift, lift.treated), not_over)


def _reached(each: Entered) -> float | None:
    return None if each.reached is None else float(each.reached)


def _use_before(each: Entered) -> float:
    return math.log1p(each.events_before)


def _rows(
    groups: Sequence[Sequence[Entered]], outcome: Outcome, before: Callable[[Entered], float]
) -> list[Row]:
    """Who has an outcome, with what was foretold of it: group by group, by a line through what was
    before. Where nothing differed before, that is the group's mean.
    """
    found: list[Row] = []
    for group in groups:
        told = [
            (each, value, before(each))
            for each in group
            if (value := outcome(each)) is not None and 0 < each.hold_out_share < 1
        ]
        if not told:
            continue
        line = _line([(x, y) for _, y, x in told])
        found += [(each, y, line(x)) for each, y, x in told]
    middle = math.fsum(foretold for *_, foretold in found) / len(found) if found else 0.0
    return [(each, y, foretold - middle) for each, y, foretold in found]


def _line(points: Sequence[tuple[float, float]]) -> Callable[[float], float]:
    """The least squares' line through (before, after)."""
    count = len(points)
    x_mean = math.fsum(x for x, _ in points) / count
    y_mean = math.fsum(y for _, y in points) / count
    squares = math.fsum((x - x_mean) ** 2 for x, _ in points)
    products = math.fsum((x - x_mean) * (y - y_mean) for x, y in points)
    slope = products / squares if squares > 1e-9 * max(1.0, x_mean * x_mean) * count else 0.0
    return lambda x: y_mean + slope * (x - x_mean)


def _tallies(rows: Iterable[Row]) -> dict[str, list[Tally]]:
    """By arm, one tally for each share under which accounts were assigned."""
    values: dict[tuple[str, float], tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for each, outcome, foretold in rows:
        outcomes, known = values[each.arm, each.hold_out_share]
        outcomes.append(outcome)
        known.append(foretold)
    found: dict[str, list[Tally]] = {TREATED: [], HOLD_OUT: []}
    for (arm, share), (outcomes, known) in sorted(values.items()):
        chance = share if arm == HOLD_OUT else 1 - share
        found[arm].append(tally(outcomes, chance, known))
    return found
