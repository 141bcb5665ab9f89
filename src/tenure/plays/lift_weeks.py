"""What a play did week by week: who came in, what went out, and who of them reached its goal."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import Coalesce, TruncWeek

from tenure.messages.models import Message
from tenure.plays.lift_costs import WENT_OUT
from tenure.plays.lift_parts import HOLD_OUT, TREATED, Entered, Week, WeekArm
from tenure.plays.moments import at_wall
from tenure.plays.parts import Play

WEEKS_MOST = 26  # the last ones, this week included


@dataclass(slots=True)
class Weeks:
    """Accounts of a play by the week that they came in, counted one by one."""

    zone: ZoneInfo
    counts: defaultdict[tuple[date, str], Counter[str]] = field(
        default_factory=lambda: defaultdict(Counter)
    )

    def add(self, each: Entered) -> None:
        """One more account. Whom all plays leave alone is in neither arm."""
        if each.is_kept_back:
            return
        counts = self.counts[monday_of(each.entered_at.astimezone(self.zone).date()), each.arm]
        counts["entered"] += 1
        if each.reached is not None:
            counts["over"] += 1
            counts["reached"] += each.reached

    def told(self, messages: Mapping[date, int], today: date) -> tuple[Week, ...]:
        """Every week from the first in which anything happened until this one, the last 26 at
        most; one in which nothing did is there with zeros.
        """
        known = {week for week, _ in self.counts} | set(messages)
        if not known:
            return ()
        last = monday_of(today)
        first = max(min(known), last - timedelta(weeks=WEEKS_MOST - 1))
        count = (last - first).days // 7 + 1
        return tuple(
            Week(on, self._arm(on, TREATED), self._arm(on, HOLD_OUT), messages.get(on, 0))
            for on in (first + timedelta(weeks=n) for n in range(count))
        )

    def _arm(self, on: date, arm: str) -> WeekArm:
        counts = self.counts.get((on, arm), Counter())
        return WeekArm(counts["entered"], counts["over"], counts["reached"])


def messages_by_week(play: Play, zone: ZoneInfo, now: datetime) -> dict[date, int]:
    """How many messages of a play went out in each of the last weeks."""
    first = monday_of(now.astimezone(zone).date()) - timedelta(weeks=WEEKS_MOST - 1)
    out = Message.objects.filter(play=play.name, status__in=WENT_OUT)
    out = out.annotate(out_at=Coalesce("sending_at", "released_at", "intended_at"))
    rows = out.filter(out_at__gte=at_wall(first, time(), zone)).annotate(
        week=TruncWeek("out_at", tzinfo=zone)
    )
    counts = rows.values_list("week").annotate(Count("pk")).order_by("week")
    return {week.date(): count for week, count in counts}


def monday_of(on: date) -> date:
    """The Monday of its week."""
    return on - timedelta(days=on.weekday())
