"""What difference plays made: `plays_report(home, now)`, `play_lift(home, play, now)`.

docs/plays.md says what each figure means; the intervals are those of docs/proof.md. Who asks for a
page or over the API gets what was counted last: `lift_kept.py`.
"""

from dataclasses import replace
from datetime import datetime

from tenure.base.home import Home
from tenure.lake.reading import company_day, reading
from tenure.measure.retained import Rates
from tenure.plays.in_force import plays
from tenure.plays.lift_costs import costs_of
from tenure.plays.lift_counting import lift_of_play, pooled_lift, split_lift
from tenure.plays.lift_parts import GOAL, PlayLift, PlaysReport, SplitLift
from tenure.plays.lift_rows import World, rows_of, rows_of_all, rows_of_split
from tenure.plays.lift_sums import Counted, counted
from tenure.plays.lift_weeks import Weeks, messages_by_week
from tenure.plays.parts import TRANSACTIONAL, Play, Split

MEMORY = "512MB"


def play_lift(home: Home, play: Play, now: datetime, *, currency: str = "") -> PlayLift:
    """What one play did, as far as can be told by now. Amounts are in the company's currency unless
    named, at the rates of the day of entry.
    """
    into = currency or home.company.currency
    with reading(home, threads=1, memory_limit=MEMORY) as reader:
        told, _ = _play(World(home, reader, Rates(reader, into), now), play)
    return told


def plays_report(home: Home, now: datetime, *, currency: str = "") -> PlaysReport:
    """Every play in force that somebody came into, all of them pooled, and the long-term hold-out.

    What is owed has no hold-out, so it is in no comparison; the ways of its splits are compared.
    """
    into = currency or home.company.currency
    known = plays()
    measured = [play for play in known if play.purpose != TRANSACTIONAL]
    with reading(home, threads=1, memory_limit=MEMORY) as reader:
        rates = Rates(reader, into)
        found = [_play(World(home, reader, rates, now), play) for play in known]
        world = World(home, reader, rates, now)
        everybody = counted(rows_of_all(world, measured))
    together = pooled_lift([sums for told, sums in found if told.claims], into)
    long_term = lift_of_play("", everybody, into)
    return PlaysReport(
        plays=tuple(told for told, sums in found if sums.accounts or sums.kept_back),
        pooled=replace(together, without_rate=sum(each.without_rate for each, _ in found)),
        long_term=replace(
            long_term,
            # Plays have goals of their own; all of them together have none.
            claims=tuple(each for each in long_term.claims if each.name != GOAL),
            without_rate=world.without_rate,
        ),
    )


def _play(world: World, play: Play) -> tuple[PlayLift, Counted]:
    """One play, and the sums that it follows from."""
    sums, weeks = Counted(), Weeks(world.zone)
    for each in rows_of(world, play):
        sums.add(each)
        weeks.add(each)
    told = lift_of_play(play.name, sums, world.rates.into)
    is_owed = play.purpose == TRANSACTIONAL
    without_rate, today = world.without_rate, company_day(world.home, world.now)
    return replace(
        told,
        claims=() if is_owed else told.claims,
        costs=costs_of(play),
        without_rate=without_rate,
        splits=tuple(_splits(world, play)) if told.treated else (),
        weeks=weeks.told(messages_by_week(play, world.zone, world.now), today),
    ), sums


def _splits(world: World, play: Play) -> list[SplitLift]:
    """Every split of the play as it is now, with who came to it."""
    return [
        split_lift(step.name, step.act.ways, counted(rows_of_split(world, play, step)))
        for step in play.steps
        if isinstance(step.act, Split)
    ]
