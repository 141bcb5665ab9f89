"""`make bench-proof`: does the report tell the truth, over years whose truth is known?

Each seed is a year of the demo company's customers passing through the real cancel flow. Counted:
how often the interval holds the true lift of these very accounts, at the end and at every month's
look; how often a difference is claimed; what an interval for one look would have done; and whether
offers that were chosen by what was learned left more than the rules' own.
"""

import math
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from statistics import fmean, stdev

CLAIMS = ("paying_30", "paying_180", "margin_180")
WORLDS = (1.0, 0.3, 0.0)  # of Fernhill's treatment effects; without any, both arms are the same
LOOK_DAYS = tuple(range(90, 541, 30))
END_DAY = 541  # everybody who came within the year has been watched for 180 days
LAST_HALF_DAY = 180


@dataclass(frozen=True, slots=True)
class Seen:
    """One claim in one year. `is_ever_*` are over all monthly looks."""

    true_lift: float
    lift: float
    low: float
    high: float
    is_known: bool
    is_ever_wrong: bool  # at one of the looks the interval left out the truth
    is_ever_known: bool
    is_naive_wrong: bool  # the interval for one look, at the end
    is_naive_ever_known: bool

    @property
    def covers(self) -> bool:
        return self.low <= self.true_lift <= self.high


@dataclass(frozen=True, slots=True)
class SeedSeen:
    """One year. Margins are of a treated account that came in its second half."""

    seed: int
    accounts: int
    claims: dict[str, Seen]
    has_ratio_alarm: bool
    learned_margin: float = math.nan
    rules_margin: float = math.nan
    learned_sleeping_dogs: int = 0
    rules_sleeping_dogs: int = 0


@dataclass
class World:
    """All years of one world."""

    effect: float
    years: list[SeedSeen] = field(default_factory=list)

    def share(self, claim: str, what: str) -> float:
        return fmean(float(getattr(year.claims[claim], what)) for year in self.years)

    def mean(self, claim: str, what: str) -> float:
        return fmean(getattr(year.claims[claim], what) for year in self.years)


def see_year(seed: int, effect: float, *, with_rules: bool = False) -> SeedSeen:
    """One year, and what the report said of it at every look."""
    from tenure.demo.year_of_leaving import live_a_year, watched_on
    from tenure.offboard.report_counting import ratio_of

    year = live_a_year(seed, effect=effect)
    truth = {name: year.true_lift(name) for name in CLAIMS}
    looks: dict[str, list[Seen]] = {name: [] for name in CLAIMS}
    for day in (*LOOK_DAYS, END_DAY):
        watched = watched_on(year, day)
        for name, seen in _looked(watched, truth, year.gross_margin_share):
            looks[name].append(seen)
    claims = {name: _over(looks[name]) for name in CLAIMS}
    ratio = ratio_of(watched)
    found = SeedSeen(seed, len(year.accounts), claims, bool(ratio and ratio.is_alarm))
    if not with_rules:
        return found
    ruled = live_a_year(seed, effect=effect, learns=False)
    late = [
        [each for each in one.accounts if each.leaver.day >= LAST_HALF_DAY] for one in (year, ruled)
    ]
    dogs = [sum(each.is_sleeping_dog for each in accounts) for accounts in late]
    return SeedSeen(
        seed, found.accounts, claims, found.has_ratio_alarm,
        year.treated_margin(LAST_HALF_DAY), ruled.treated_margin(LAST_HALF_DAY), *dogs,
    )  # fmt: skip


def see_world(seeds: Iterable[int], effect: float) -> World:
    """All years of these seeds in one world, one after another."""
    return World(effect, [see_year(seed, effect) for seed in seeds])


def _looked(watched, truth, gross_margin_share: float) -> Iterator[tuple[str, Seen]]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    from tenure.offboard.report_counting import margin_lift, paying_lift

    lifts = {
        "paying_30": paying_lift(watched, 30),
        "paying_180": paying_lift(watched, 180),
        "margin_180": margin_lift(watched, gross_margin_share),
    }
    for name, lift in lifts.items():
        if lift.value is None or lift.low is None or lift.high is None:
            continue
        half = naive_half(lift.value, lift.high, lift.treated + lift.control)
        true = truth[name]
        yield (
            name,
            Seen(
                true, lift.value, lift.low, lift.high, lift.is_known,
                not lift.low <= true <= lift.high, lift.is_known,
                abs(lift.value - true) > half, abs(lift.value) > half,
            ),
        )  # fmt: skip


def naive_half(value: float, high: float, accounts: int) -> float:
    """Half of the 95 % interval for one look: 1.96 standard errors of the same estimate."""
    from tenure.proof.lift import half_width

    deviation = (high - value) / half_width(accounts, 1.0)
    return 1.959964 * deviation / math.sqrt(accounts)


def _over(looks: list[Seen]) -> Seen:
    """The last look, with what happened at any."""
    last = looks[-1]
    return Seen(
        last.true_lift, last.lift, last.low, last.high, last.is_known,
        any(look.is_ever_wrong for look in looks),
        any(look.is_ever_known for look in looks),
        last.is_naive_wrong,
        any(look.is_naive_ever_known for look in looks),
    )  # fmt: skip


def told(worlds: Iterable[World]) -> Iterator[str]:
    """The figures, as Markdown."""
    yield (
        "| effect | figure | true, mean | half of interval | holds truth | at every look "
        "| claimed | ever claimed | one look: holds truth | one look, peeking: ever claimed |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for world in worlds:
        for name in CLAIMS:
            half = fmean((y.claims[name].high - y.claims[name].low) / 2 for y in world.years)
            yield (
                f"| {world.effect} | {name} | {world.mean(name, 'true_lift'):.3g} | {half:.3g} "
                f"| {world.share(name, 'covers'):.1%} "
                f"| {1 - world.share(name, 'is_ever_wrong'):.1%} "
                f"| {world.share(name, 'is_known'):.1%} "
                f"| {world.share(name, 'is_ever_known'):.1%} "
                f"| {1 - world.share(name, 'is_naive_wrong'):.1%} "
                f"| {world.share(name, 'is_naive_ever_known'):.1%} |"
            )
    yield ""
    for world in worlds:
        alarms = sum(year.has_ratio_alarm for year in world.years)
        accounts = fmean(year.accounts for year in world.years)
        yield (
            f"Effect {world.effect}: {len(world.years)} years, {accounts:.0f} accounts each; "
            f"sample-ratio alarms without a cause: {alarms}."
        )
        yield from _learning(world)


def _learning(world: World) -> Iterator[str]:
    years = [year for year in world.years if not math.isnan(year.rules_margin)]
    if len(years) < 2:
        return
    gains = [year.learned_margin - year.rules_margin for year in years]
    error = 1.96 * stdev(gains) / math.sqrt(len(gains))
    base = fmean(year.rules_margin for year in years)
    dogs = [year.learned_sleeping_dogs - year.rules_sleeping_dogs for year in years]
    dogs_error = 1.96 * stdev(dogs) / math.sqrt(len(dogs))
    yield (
        f"Learned against the rules alone, effect {world.effect}, second half of the year: margin "
        f"of a treated account {fmean(gains) / base:+.2%} (± {error / base:.2%}); sleeping dogs "
        f"woken in a year {fmean(year.rules_sleeping_dogs for year in years):.2f} by the rules, "
        f"{fmean(dogs):+.2f} (± {dogs_error:.2f}) by what was learned."
    )


def _see(asked: tuple[int, float]) -> SeedSeen:
    _ready()
    seed, effect = asked
    return see_year(seed, effect, with_rules=effect == 1.0 and seed % 2 == 0)


def _ready() -> None:
    """Django stands, in a home of no consequence: nothing is stored."""
    import django
    from django.apps import apps

    if apps.ready:
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.app.settings")
    os.environ.setdefault("TENURE_HOME", tempfile.mkdtemp(prefix="tenure-bench-proof-"))
    django.setup()


def main(seeds: int, effects: Iterable[float] = WORLDS) -> None:
    """Print the figures of so many seeds in each world."""
    with ProcessPoolExecutor(max_workers=2) as pool:
        worlds = []
        for effect in effects:
            sys.stderr.write(f"Living {seeds} years at effect {effect} ...\n")
            asked = [(seed, effect) for seed in range(1, seeds + 1)]
            worlds.append(World(effect, list(pool.map(_see, asked, chunksize=5))))
    for line in told(worlds):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    _, *said = sys.argv
    main(int(said[0]) if said else 200, [float(each) for each in said[1:]] or WORLDS)
