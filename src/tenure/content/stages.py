"""Where accounts go from a stage, counted in the past: the one forecast there is of it.

For each of the last `SPANS` spans of thirty days the lake is asked, as of its first and of its last
day, in which stage each account was. What is said of a stage is the other stage that most of its
accounts were in thirty days later, with how many that were. Of few accounts, or few that moved,
nothing is said. It knows nothing of one account but its stage.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.base.home import Home
from tenure.content.lessons import lessons
from tenure.content.models import StageSpan
from tenure.lake.reading import company_day, reading
from tenure.proof.shares import Share, share_of

DAYS, SPANS = 30, 6
LEAST, LEAST_MOVED = 20, 5
_PARTS = ">"


@dataclass(frozen=True, slots=True)
class Forecast:
    """`to` is the stage that most who moved were in after `DAYS` days; empty: cannot tell yet, and
    `missing` more accounts, about, would have to be watched.
    """

    stage: str
    to: str
    share: Share
    missing: int = 0


def next_stage(stage: str) -> str:
    """The stage that an account of this one is likeliest to come to, empty where nobody can say."""
    return forecast(stage).to if stage else ""


def forecast(stage: str) -> Forecast:
    """What the past says of a stage."""
    return forecast_of(stage, moves())


def forecast_of(stage: str, counted: Mapping[tuple[str, str], int]) -> Forecast:
    """The same of these moves, from stage to stage. Pure."""
    there = {to: count for (since, to), count in counted.items() if since == stage}
    of = sum(there.values())
    others = {to: count for to, count in there.items() if to != stage}
    to = max(sorted(others), key=lambda each: others[each], default="")
    part = others.get(to, 0)
    if of < LEAST or part < LEAST_MOVED:
        return Forecast(stage, "", share_of(part, of), max(LEAST - of, 1))
    return Forecast(stage, to, share_of(part, of))


def moves() -> dict[tuple[str, str], int]:
    """How many accounts were in which stage, and in which one thirty days later; those that stayed
    are counted as well."""
    counted: Counter[tuple[str, str]] = Counter()
    for span in StageSpan.objects.order_by("-from_on")[:SPANS]:
        for key, count in span.moves.items():
            since, _, to = key.partition(_PARTS)
            counted[since, to] += count
    return dict(counted)


def follow_stages(home: Home, now: datetime) -> int:
    """Count one span that was not counted yet, the latest first; how many were: 0 or 1.

    Only where a lesson is for some stages alone. One at a time, because the lake is asked for the
    past of all accounts.
    """
    if not any(lesson.stages for lesson in lessons().values()):
        return 0
    today = company_day(home, now)
    for first_on in spans_before(today):
        if not StageSpan.objects.filter(from_on=first_on).exists():
            moved = _moved(home, first_on)
            StageSpan.objects.get_or_create(
                from_on=first_on, defaults={"moves": moved, "counted_at": now}
            )
            return 1
    return 0


def spans_before(today: date) -> list[date]:
    """The first days of the last spans that are over, on a grid that does not move."""
    last = (today.toordinal() - 1) // DAYS * DAYS
    return [date.fromordinal(last - DAYS * number) for number in range(1, SPANS + 1)]


def _moved(home: Home, first_on: date) -> dict[str, int]:
    before = _stages(home, first_on)
    after = _stages(home, first_on + timedelta(days=DAYS)) if before else {}
    counted = Counter((stage, after[id]) for id, stage in before.items() if id in after)
    return {f"{since}{_PARTS}{to}": count for (since, to), count in sorted(counted.items())}


def _stages(home: Home, on: date) -> dict[str, str]:
    zone = ZoneInfo(home.company.time_zone)
    as_of = datetime.combine(on, time(), zone).astimezone(UTC)
    with reading(home, as_of=as_of) as reader:
        rows = reader.relation("card_stage")
        return dict(zip(rows["account_id"].to_pylist(), rows["stage"].to_pylist(), strict=True))
