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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tenure.plays.lift_parts import (
    GOAL,
    HOLD_OUT,
    TREATED,
    PlayClaim,
    PlayLift,
    SplitArm,
    SplitLift,
)
from tenure.plays.lift_sums import CLAIMS, Counted, Sums
from tenure.plays.parts import Way
from tenure.proof.lift import LEVEL, Lift, Tally, in_all, lift_of_means, lift_of_shares
from tenure.proof.ratio import Ratio, sample_ratio_of

WORTH_SHARE = 0.05  # five accounts of a hundred, or of what they pay: less would not matter


def lift_of_play(play: str, told: Counted, currency: str) -> PlayLift:
    """What one play did; of whom the long-term hold-out keeps back it says nothing."""
    return replace(_lift(play, [told], currency), kept_back=told.kept_back)


def pooled_lift(by_play: Iterable[Counted], currency: str) -> PlayLift:
    """What plays did together: an account counts once in each play that it was in."""
    return _lift("", list(by_play), currency)


def split_lift(step: str, ways: Sequence[Way], told: Counted) -> SplitLift:
    """The ways of a split, each against the first.

    Of k ways k − 1 intervals of a figure stand beside each other. Each is at 1 − 0.05 ÷ (k − 1), so
    that all of them hold together at 95 %, at every look, whatever their dependence (Bonferroni's
    inequality; Dunn 1961, Multiple comparisons among means, JASA 56, 52–64).
    """
    shares: dict[str, float] = defaultdict(float)
    for way in ways:
        shares[way.to] += way.share  # two ways to one step are one arm
    names = list(shares)
    level = 1 - (1 - LEVEL) / max(1, len(names) - 1)
    return SplitLift(
        step=step,
        arms=tuple(
            SplitArm(
                name,
                shares[name],
                told.of_arm(name),
                _claims([told], Pair(name, names[0], level)) if place else (),
            )
            for place, name in enumerate(names)
        ),
        level=level,
        ratio=split_ratio(told, shares),
    )


def ratio_of(groups: Iterable[Counted]) -> Ratio | None:
    """Whether chance has left alone as many as it should; None where nobody was to be."""
    counts: dict[float, dict[str, int]] = defaultdict(lambda: {TREATED: 0, HOLD_OUT: 0})
    for told in groups:
        for (arm, share), count in told.arms.items():
            held = round(share if arm == HOLD_OUT else 1 - share, 9)
            if 0 < held < 1:
                counts[held][arm] += count
    if not counts:
        return None
    return sample_ratio_of(
        [(arms, {TREATED: 1 - share, HOLD_OUT: share}) for share, arms in sorted(counts.items())]
    )


def split_ratio(told: Counted, shares: dict[str, float]) -> Ratio | None:
    """Whether chance has sent as many each way as it should. None where nobody came, or where the
    shares of three ways or more were edited: what the others were then is not known of each.
    """
    names = list(shares)
    if not told.accounts or len(names) < 2:
        return None
    if len(names) == 2:
        first, other = names
        groups: dict[float, dict[str, int]] = defaultdict(lambda: dict.fromkeys(names, 0))
        for (arm, share), count in told.arms.items():
            if arm in shares:
                groups[round(share if arm == first else 1 - share, 9)][arm] += count
        return sample_ratio_of([
            (counts, {first: share, other: 1 - share}) for share, counts in sorted(groups.items())
        ])  # fmt: skip
    if any(abs(shares.get(arm, 0.0) - share) > 1e-6 for arm, share in told.arms):
        return None
    return sample_ratio_of([({name: told.of_arm(name) for name in names}, shares)])


@dataclass(frozen=True, slots=True)
class Pair:
    """Which arm is held against which, and how sure each interval is."""

    arm: str
    against: str
    level: float = LEVEL


def _lift(play: str, groups: Sequence[Counted], currency: str) -> PlayLift:
    return PlayLift(
        play=play,
        currency=currency,
        accounts=sum(each.accounts for each in groups),
        treated=sum(each.of_arm(TREATED) for each in groups),
        held_out=sum(each.of_arm(HOLD_OUT) for each in groups),
        kept_back=0,
        claims=_claims(groups, Pair(TREATED, HOLD_OUT)),
        ratio=ratio_of(groups),
    )


def _claims(groups: Sequence[Counted], pair: Pair) -> tuple[PlayClaim, ...]:
    found = []
    for claim in CLAIMS:
        lift = _compared(groups, claim, pair)
        not_over = sum(each.not_over[claim] for each in groups)
        unit = "share" if claim == GOAL else "minor"
        found.append(PlayClaim(claim, unit, lift, in_all(lift, lift.treated), not_over))
    return tuple(found)


def _compared(groups: Sequence[Counted], claim: str, pair: Pair) -> Lift:
    """One arm less the other."""
    lines = [_line(sums for _, _, sums in each.of(claim)) for each in groups]
    cells = [
        (arm, share, sums, line)
        for each, line in zip(groups, lines, strict=True)
        for arm, share, sums in each.of(claim)
        if arm in (pair.arm, pair.against)
    ]
    count = sum(sums.count for _, _, sums, _ in cells)
    foretold = math.fsum(line.at(sums) for _, _, sums, line in cells)
    middle = foretold / count if count else 0.0
    tallies: dict[str, list[Tally]] = {pair.arm: [], pair.against: []}
    for arm, share, sums, line in cells:
        tallies[arm].append(_tally(share, sums, replace(line, start=line.start - middle)))
    both = (_merged(tallies[pair.arm]), _merged(tallies[pair.against]))
    if claim == GOAL:
        return lift_of_shares(*both, worth=WORTH_SHARE, level=pair.level)
    at_stake = math.fsum(sums.at_stake for _, _, sums, _ in cells)
    worth = WORTH_SHARE * at_stake / count if count else 0.0
    return lift_of_means(*both, worth=worth, level=pair.level)


@dataclass(frozen=True, slots=True)
class _Line:
    """What is foretold of an account by what it was before: `start + slope · x`."""

    start: float
    slope: float

    def at(self, sums: Sums) -> float:
        """Of all of these accounts, summed up."""
        return sums.count * self.start + self.slope * sums.x


def _line(cells: Iterable[Sums]) -> _Line:
    """The least squares' line of one group; where nothing differed before, its mean."""
    known = list(cells)
    count = sum(each.count for each in known)
    if not count:
        return _Line(0.0, 0.0)
    x_mean = math.fsum(each.x for each in known) / count
    y_mean = math.fsum(each.y for each in known) / count
    squares = math.fsum(each.xx for each in known) - count * x_mean * x_mean
    products = math.fsum(each.xy for each in known) - count * x_mean * y_mean
    slope = products / squares if squares > 1e-9 * max(1.0, x_mean * x_mean) * count else 0.0
    return _Line(y_mean - slope * x_mean, slope)


def _tally(share: float, sums: Sums, line: _Line) -> Tally:
    """The sums with what was foretold in the place of what was before."""
    start, slope = line.start, line.slope
    return Tally(
        share,
        sums.count,
        sums.y,
        sums.yy,
        line.at(sums),
        sums.count * start**2 + 2 * start * slope * sums.x + slope**2 * sums.xx,
        start * sums.y + slope * sums.xy,
    )


def _merged(tallies: Iterable[Tally]) -> list[Tally]:
    """One tally for each share under which accounts were assigned."""
    found: dict[float, Tally] = {}
    for each in tallies:
        held = found.get(each.share)
        found[each.share] = each if held is None else Tally(
            each.share,
            held.count + each.count,
            held.total + each.total,
            held.squares + each.squares,
            held.before + each.before,
            held.before_squares + each.before_squares,
            held.products + each.products,
        )  # fmt: skip
    return list(found.values())
