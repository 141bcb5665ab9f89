"""A simulated company whose accounts come into plays, each living twice with the same luck.

What an account pays differs a thousandfold, most of a trial pay nothing, goals come late, effects
of several plays lie on each other, accounts are merged, and a twentieth gets nothing of any play.
So the true difference of these very accounts is known; the report sees one life of each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenure.plays.lift_parts import AT_DAYS, GOAL, HOLD_OUT, MRR, TREATED

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
DAYS, LATE_DAYS = 365, 7
LONG_TERM = 0.05
MERGED_SHARE = 0.04
LEAVES_A_DAY = 0.04 / 30


@dataclass(frozen=True, slots=True)
class Kind:
    """A play of the world: who comes in, who is left alone, who reaches its goal by themselves."""

    name: str
    accounts: int
    hold_out_share: float
    goal: float
    window_days: int
    pays: float  # the share that pays anything before
    gain_minor: float  # what reaching the goal adds, by the median


KINDS = (
    Kind("trial", 500, 0.2, 0.25, 14, 0.0, 6_000.0),
    Kind("reports", 700, 0.5, 0.55, 30, 1.0, 4_000.0),
    Kind("limits", 300, 0.3, 0.1, 30, 1.0, 12_000.0),
    Kind("rare", 450, 0.1, 0.03, 60, 0.15, 40_000.0),
)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One claim of one comparison: each account with both its lives, and the one that is seen."""

    over_on: NDArray[np.int64]  # the day from which it counts
    treated: Floats
    alone: Floats
    arm: Bools  # whether it was treated
    chance: Floats  # of its arm
    before: Floats  # as the report knows it: use for goals, MRR for MRR

    @property
    def seen(self) -> Floats:
        return np.where(self.arm, self.treated, self.alone)


@dataclass(frozen=True, slots=True)
class Company:
    """All comparisons of one seed: by play and claim; `""` is the long-term hold-out."""

    claims: Mapping[tuple[str, str], Outcomes]


def live(seed: int, effect: float, kinds: Sequence[Kind] = KINDS) -> Company:
    """A company with these plays. Without an effect both lives of everybody are the same."""
    return _Living(seed, effect, kinds).company()


class _Living:
    def __init__(self, seed: int, effect: float, kinds: Sequence[Kind]) -> None:
        self.luck = np.random.default_rng([seed, 4_711])
        self.kinds, self.effect = kinds, effect
        self.count = count = max(kind.accounts for kind in kinds) + 200
        self.use = self.luck.gamma(1.5, 20, count)
        self.pays = 9_000 * self.luck.lognormal(0, 1.2, count)
        self.leaves_on = self.luck.exponential(1 / LEAVES_A_DAY, count)
        self.is_kept_back = self.luck.random(count) < LONG_TERM
        self.plays = [self._come_in(kind) for kind in kinds]

    def _come_in(self, kind: Kind) -> "_Play":
        luck, n = self.luck, kind.accounts
        who = luck.permutation(self.count)[:n]
        inclined = np.clip(kind.goal + 0.004 * (self.use[who] - 30), 0.01, 0.95)
        chance, late = luck.random(n), luck.exponential(kind.window_days / 3, n)
        more = 0.3 * self.effect * max(kind.goal, 0.1) / 0.3
        return _Play(
            kind=kind,
            who=who,
            on=luck.integers(0, DAYS, n),
            is_treated=luck.random(n) >= kind.hold_out_share,
            reached={
                life: (chance < np.clip(inclined + more * life, 0, 1)) & (late < kind.window_days)
                for life in (0, 1)
            },
            late=late,
            gain=kind.gain_minor * luck.lognormal(0, 1.0, n),
            pays=luck.random(n) < kind.pays,
            is_saved=luck.random(n) < 0.6 * self.effect,
        )

    def company(self) -> Company:
        claims: dict[tuple[str, str], Outcomes] = {}
        for play in self.plays:
            counts = ~self.is_kept_back[play.who]
            gone, with_whom = self._merged(play, counts)
            counts &= ~gone
            for name, outcomes in self._outcomes(play, with_whom).items():
                claims[play.kind.name, name] = _only(outcomes, counts)
        claims |= {("", name): each for name, each in self._long_term().items()}
        return Company(claims)

    def _merged(self, play: "_Play", counts: Bools) -> tuple[Bools, NDArray[np.int64]]:
        """Who is gone, merged into who came in before; and of each who was merged into it."""
        gone = np.zeros(len(play.who), dtype=bool)
        into = np.full(len(play.who), -1)
        order = np.argsort(play.on)
        for first, other in zip(order[::2], order[1::2], strict=False):
            if counts[first] and counts[other] and self.luck.random() < 2 * MERGED_SHARE:
                gone[other], into[first] = True, other
        return gone, into

    def _outcomes(self, play: "_Play", with_whom: NDArray[np.int64]) -> dict[str, Outcomes]:
        kind = play.kind
        chance = np.where(play.is_treated, 1 - kind.hold_out_share, kind.hold_out_share)
        shared = {"arm": play.is_treated, "chance": chance}
        found = {
            GOAL: Outcomes(
                over_on=play.on + kind.window_days + LATE_DAYS,
                treated=play.reached[1].astype(float),
                alone=play.reached[0].astype(float),
                before=np.log1p(np.round(self.use[play.who])),
                **shared,
            )
        }
        for days, name in zip(AT_DAYS, MRR, strict=True):
            at = play.on + days
            lives = {life: self._mrr(play, at, life) for life in (0, 1)}
            as_it_was = np.where(play.is_treated, lives[1], lives[0])
            more = np.where(with_whom >= 0, as_it_was[with_whom], 0.0)
            found[name] = Outcomes(
                over_on=at + 1,
                treated=lives[1] + more,
                alone=lives[0] + more,
                before=self._mrr(play, play.on - 1, 0),
                **shared,
            )
        return found

    def _mrr(self, play: "_Play", at: NDArray[np.int64], life: int) -> Floats:
        """What accounts of a play pay on these days if it treats them so; the others as they do."""
        return self._paid(play.who, at, {play.kind.name: life}, play)

    def _paid(
        self,
        who: NDArray[np.int64],
        at: NDArray[np.int64],
        lives: Mapping[str, int],
        of: "_Play | None" = None,
    ) -> Floats:
        base = self.pays[who]
        if of is not None:
            base = np.where(of.pays, base, 0.0)
        is_saved, gained = np.zeros(len(who), dtype=bool), np.zeros(len(who))
        for play in self.plays:
            place = np.full(self.count, -1)
            place[play.who] = np.arange(len(play.who))
            here = place[who]
            is_in = (here >= 0) & (play.on[here] <= at)
            treated = play.is_treated[here] & ~self.is_kept_back[who]
            life = lives.get(play.kind.name, lives.get("", -1))
            is_treated = treated if life < 0 else np.full(len(who), bool(life))
            reached = np.where(is_treated, play.reached[1][here], play.reached[0][here])
            due = play.on[here] + play.late[here] <= at
            gained += np.where(is_in & reached & due, play.gain[here], 0.0)
            is_saved |= is_in & is_treated & play.is_saved[here]
        left = (self.leaves_on[who] <= at) & ~is_saved
        return np.where(left, 0.0, base) + gained

    def _long_term(self) -> dict[str, Outcomes]:
        """Everybody who came into any play, since the first: all plays against none."""
        first = np.full(self.count, DAYS * 10)
        for play in self.plays:
            np.minimum.at(first, play.who, play.on)
        who = np.flatnonzero(first < DAYS * 10)
        kept = self.is_kept_back[who]
        found = {}
        for days, name in zip(AT_DAYS, MRR, strict=True):
            at = first[who] + days
            by_arms = self._as_if_reached(who, at)
            found[name] = Outcomes(
                over_on=at + 1,
                treated=by_arms,
                alone=self._paid(who, at, {"": 0}),
                arm=~kept,
                chance=np.where(kept, LONG_TERM, 1 - LONG_TERM),
                before=self._paid(who, first[who] - 1, {"": 0}),
            )
        return found

    def _as_if_reached(self, who: NDArray[np.int64], at: NDArray[np.int64]) -> Floats:
        """What they would pay if nobody were kept back: each play by its own chance."""
        kept, self.is_kept_back = self.is_kept_back, np.zeros(self.count, dtype=bool)
        try:
            return self._paid(who, at, {})
        finally:
            self.is_kept_back = kept


@dataclass(frozen=True, slots=True)
class _Play:
    kind: Kind
    who: NDArray[np.int64]
    on: NDArray[np.int64]
    is_treated: Bools
    reached: Mapping[int, Bools]  # in either life
    late: Floats  # days until the goal
    gain: Floats
    pays: Bools
    is_saved: Bools  # from leaving, if treated


def _only(outcomes: Outcomes, which: Bools) -> Outcomes:
    return Outcomes(*(getattr(outcomes, name)[which] for name in outcomes.__dataclass_fields__))


def arm_name(is_treated: bool) -> str:
    return TREATED if is_treated else HOLD_OUT
