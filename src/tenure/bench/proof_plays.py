"""`python -m tenure.bench.proof_plays`: does the report of plays tell the truth, looked at daily?

Each seed is a company with four plays, its long-term hold-out and all plays pooled, looked at on
every day of a year and a half. Counted: how often the interval holds the true difference of the
accounts that count by then, at the end and at all looks; how often a difference is claimed; and
what an interval for one look would have done.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import fmean

import numpy as np

from tenure.bench.play_worlds import KINDS, Company, Outcomes, arm_name, live
from tenure.bench.proof import naive_half
from tenure.plays.lift_counting import lift_of_play, pooled_lift, ratio_of
from tenure.plays.lift_parts import AT_DAYS, GOAL, MRR, Entered, PlayLift
from tenure.plays.lift_sums import Counted, counted

WORLDS = (1.0, 0.3, 0.0)
LAST_DAY = 365 + max(AT_DAYS) + 2
POOLED, LONG_TERM = "all, pooled", "long-term hold-out"
PLAYS = (*(kind.name for kind in KINDS), POOLED, LONG_TERM)
AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Seen:
    """One claim of one play over all looks; `is_*` that are no `ever` are of the last."""

    looks: int = 0
    true: float = 0.0
    half: float = 0.0
    removed: float = 0.0
    holds: bool = True
    ever_wrong: bool = False
    is_known: bool = False
    ever_known: bool = False
    naive_holds: bool = True
    naive_ever_known: bool = False

    def look(self, told: PlayLift, claim: str, true: float) -> None:
        found = told.claim(claim)
        if found is None or found.lift.value is None:
            return
        lift, self.true = found.lift, true
        assert lift.low is not None and lift.high is not None
        slack = 1e-9 * max(1.0, abs(true))
        self.looks += 1
        self.half, self.removed = (lift.high - lift.low) / 2, lift.removed_share
        self.holds = lift.low - slack <= true <= lift.high + slack
        self.ever_wrong |= not self.holds
        self.is_known = lift.is_known
        self.ever_known |= lift.is_known
        naive = naive_half(lift.value, lift.high, lift.treated + lift.control)
        self.naive_holds = abs(lift.value - true) <= naive + slack
        self.naive_ever_known |= abs(lift.value) > naive


@dataclass
class World:
    """All companies with one effect."""

    effect: float
    seen: defaultdict[tuple[str, str], list[Seen]] = field(
        default_factory=lambda: defaultdict(list)
    )
    alarms: int = 0
    plays: int = 0

    def add(self, company: Company) -> None:
        """One company, looked at every day."""
        looked = _Looking(company)
        for day in range(LAST_DAY):
            looked.see(day)
        for key, seen in looked.seen.items():
            if seen.looks:
                self.seen[key].append(seen)
        self.plays += len(KINDS)
        self.alarms += sum(_rings(company.claims[kind.name, GOAL]) for kind in KINDS)


def _rings(of: Outcomes) -> bool:
    """Whether the sample-ratio alarm rings, of everybody who came in."""
    arms, shares = of.arm.tolist(), of.chance.tolist()
    everybody = counted(
        Entered(account_id="", arm=arm_name(arm), share=share, entered_at=AT)
        for arm, share in zip(arms, shares, strict=True)
    )
    ratio = ratio_of([everybody])
    return bool(ratio and ratio.is_alarm)


class _Looking:
    """What the report knows of one company, day by day."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.counted = {name: Counted() for name in (*(kind.name for kind in KINDS), "")}
        self.seen: defaultdict[tuple[str, str], Seen] = defaultdict(Seen)
        self._on: dict[tuple[str, str], dict[int, list[int]]] = {}
        self._true: defaultdict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for key, outcomes in company.claims.items():
            days: dict[int, list[int]] = defaultdict(list)
            for place, day in enumerate(outcomes.over_on.tolist()):
                days[day].append(place)
            self._on[key] = days

    def see(self, day: int) -> None:
        """Whose time is over on this day counts from now on; then somebody looks."""
        has_news: defaultdict[str, set[str]] = defaultdict(set)
        for key, days in self._on.items():
            for place in days.get(day, ()):
                has_news[key[0]].add(key[1])
                self._add(key, self.company.claims[key], place)
        for name, claims in has_news.items():
            told = lift_of_play(name, self.counted[name], "EUR")
            for claim in claims:
                self.seen[name or LONG_TERM, claim].look(told, claim, self._mean(name, claim))
        news = {claim for name, claims in has_news.items() if name for claim in claims}
        if news:
            told = pooled_lift([self.counted[kind.name] for kind in KINDS], "EUR")
            for claim in news:
                self.seen[POOLED, claim].look(told, claim, self._pooled_mean(claim))

    def _add(self, key: tuple[str, str], of: Outcomes, place: int) -> None:
        name, claim = key
        value, is_goal = float(of.seen[place]), claim == GOAL
        before = float(of.before[place])
        self.counted[name].add(
            Entered(
                account_id="",
                arm=arm_name(bool(of.arm[place])),
                share=float(of.chance[place]),
                entered_at=AT,
                reached=bool(value) if is_goal else None,
                had_reached=not is_goal,
                mrr_minor={} if is_goal else {int(claim.removeprefix("mrr_")): value},
                mrr_before_minor=0.0 if is_goal else before,
                events_before=round(float(np.expm1(before))) if is_goal else 0,
            )
        )
        true = self._true[key]
        true[0] += float(of.treated[place] - of.alone[place])
        true[1] += 1

    def _mean(self, name: str, claim: str) -> float:
        total, count = self._true[name, claim]
        return total / count

    def _pooled_mean(self, claim: str) -> float:
        known = [self._true[kind.name, claim] for kind in KINDS]
        return sum(total for total, _ in known) / sum(count for _, count in known)


def see_world(seeds: Iterable[int], effect: float) -> World:
    """All companies of these seeds, one after another."""
    world = World(effect)
    for seed in seeds:
        world.add(live(seed, effect))
    return world


def told(worlds: Iterable[World]) -> Iterator[str]:
    """The figures, as Markdown."""
    yield (
        "| effect | play | figure | true, mean | ± | held | held at every look | claimed "
        "| ever claimed | usual: held | usual: ever claimed |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for world in worlds:
        for play in PLAYS:
            for claim in (GOAL, *MRR):
                if seen := world.seen.get((play, claim)):
                    yield _line(world.effect, play, claim, seen)
    for world in worlds:
        yield f"Effect {world.effect}: {world.plays} plays, alarms without a cause: {world.alarms}."


def _line(effect: float, play: str, claim: str, seen: list[Seen]) -> str:
    unit, digits = (100, 1) if claim == GOAL else (0.01, 0)
    shares = [
        fmean(each.holds for each in seen),
        1 - fmean(each.ever_wrong for each in seen),
        fmean(each.is_known for each in seen),
        fmean(each.ever_known for each in seen),
        fmean(each.naive_holds for each in seen),
        fmean(each.naive_ever_known for each in seen),
    ]
    true, half = (unit * fmean(getattr(e, name) for e in seen) for name in ("true", "half"))
    return (
        f"| {effect} | {play} | {claim} | {true:.{digits}f} | {half:.{digits}f} | "
        + " | ".join(f"{share:.1%}" for share in shares)
        + " |"
    )


def main(seeds: int, effects: Iterable[float] = WORLDS) -> None:
    """Print the figures of so many companies in each world."""
    worlds = []
    for effect in effects:
        sys.stderr.write(f"Living {seeds} companies at effect {effect} ...\n")
        worlds.append(see_world(range(1, seeds + 1), effect))
    for line in told(worlds):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    _, *said = sys.argv
    main(int(said[0]) if said else 100, [float(each) for each in said[1:]] or WORLDS)
