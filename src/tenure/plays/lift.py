"""What difference plays made: `plays_report(home, now)`, `play_lift(home, play, now)`.

docs/plays.md says what each figure means; the intervals are those of docs/proof.md.
"""

from dataclasses import replace
from datetime import datetime

from tenure.base.home import Home
from tenure.lake.reading import reading
from tenure.measure.retained import Rates
from tenure.plays.in_force import plays
from tenure.plays.lift_counting import lift_of_play, pooled_lift
from tenure.plays.lift_parts import GOAL, PlayLift, PlaysReport
from tenure.plays.lift_rows import Rows, costs_of, rows_of, rows_of_all
from tenure.plays.parts import TRANSACTIONAL, Play

MEMORY = "512MB"


def play_lift(home: Home, play: Play, now: datetime, *, currency: str = "") -> PlayLift:
    """What one play did, as far as can be told by now. Amounts are in the company's currency unless
    named, at the rates of the day of entry.
    """
    into = currency or home.company.currency
    with reading(home, threads=1, memory_limit=MEMORY) as reader:
        found = rows_of(home, reader, play, rates=Rates(reader, into), now=now)
    return _told(play, found, into)


def plays_report(home: Home, now: datetime, *, currency: str = "") -> PlaysReport:
    """Every play in force that somebody came into, all of them pooled, and the long-term hold-out.

    What is owed has no hold-out, so it is in no comparison.
    """
    into = currency or home.company.currency
    measured = [play for play in plays() if play.purpose != TRANSACTIONAL]
    with reading(home, threads=1, memory_limit=MEMORY) as reader:
        rates = Rates(reader, into)
        rows = {play.name: rows_of(home, reader, play, rates=rates, now=now) for play in measured}
        everybody = rows_of_all(home, reader, measured, rates=rates, now=now)
    together = pooled_lift([rows[play.name].entered for play in measured], into)
    long_term = lift_of_play("", everybody.entered, into)
    return PlaysReport(
        plays=tuple(
            _told(play, rows[play.name], into) for play in measured if rows[play.name].entered
        ),
        pooled=replace(together, without_rate=sum(each.without_rate for each in rows.values())),
        long_term=replace(
            long_term,
            # Plays have goals of their own; all of them together have none.
            claims=tuple(each for each in long_term.claims if each.name != GOAL),
            without_rate=everybody.without_rate,
        ),
    )


def _told(play: Play, rows: Rows, currency: str) -> PlayLift:
    found = lift_of_play(play.name, rows.entered, currency, costs=costs_of(play))
    return replace(found, without_rate=rows.without_rate)
