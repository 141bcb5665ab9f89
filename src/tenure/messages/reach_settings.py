"""`[reach]` of `tenure.toml`: when people may be written to, how much, what is too much at once.

[reach]
quiet_from = "21:00"                  # on their own clock; unsaid: no quiet hours
quiet_until = "08:00"
quiet_days = ["sat", "sun"]
points_a_week = 9                     # for one person in any seven days, over all channels
points_a_week_account = 30            # for all people of one account; unsaid: no limit
halves_after = 5                      # messages that somebody let go by halve their week; 0: never
times_replayed = 3                    # a step is stopped above so many times its replay's most
at_least = 50                         # and below so many in an hour or a day never
[reach.points]
mail = 3
modal = 2
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from math import isfinite

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.definitions.toml_file import Fields
from tenure.messages.configuration import WHERE
from tenure.messages.hours import Hours
from tenure.messages.models import Channel, Message

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
POINTS = {"mail": 3, "modal": 2, "survey": 2, "banner": 1, "checklist": 1, "tour_step": 1}
POINTS_A_WEEK = 9
HALVES_AFTER = 5
TIMES_REPLAYED = 3.0
AT_LEAST = 50


@dataclass(frozen=True, slots=True)
class Reach:
    """The limits that hold for everybody."""

    hours: Hours = Hours()
    points_a_week: int = POINTS_A_WEEK
    points_a_week_account: int | None = None  # None: no limit
    halves_after: int = HALVES_AFTER
    points: Mapping[str, int] = field(default_factory=lambda: dict(POINTS))
    times_replayed: float = TIMES_REPLAYED
    at_least: int = AT_LEAST

    def points_of(self, channel: str, kind: str = "") -> int:
        """What a message costs; nothing of what reaches nobody who uses the product."""
        if channel == Channel.MAIL:
            return self.points["mail"]
        if channel == Channel.IN_APP:
            return self.points.get(kind, self.points["banner"])
        return 0

    def points_of_message(self, message: Message) -> int:
        kind = str((message.payload or {}).get("kind", ""))
        return message.points or self.points_of(message.channel, kind)


def reach_settings(home: Home) -> Reach:
    """What holds in this installation. Raises BadDefinition for a mistake."""
    try:
        text = home.settings_file.read_text("utf-8")
    except FileNotFoundError:
        text = ""
    read = Fields.of(text, WHERE).table("reach")
    quiet = read.texts("quiet_days", [])
    for day in quiet:
        if day not in WEEKDAYS:
            raise read.unknown("quiet_days", "day", day, WEEKDAYS)
    costs = read.table("points")
    points = {name: costs.whole(name, default, most=100) for name, default in POINTS.items()}
    begins, ends = _wall(read, "quiet_from"), _wall(read, "quiet_until")
    try:
        hours = Hours(begins, ends, frozenset(WEEKDAYS.index(day) for day in quiet))
    except InvalidInput as error:
        which = "quiet_days" if len(quiet) == len(WEEKDAYS) else "quiet_from"
        raise read.refuse(which, error.message) from None
    times = read.number("times_replayed", TIMES_REPLAYED)
    if times < 1 or not isfinite(times):
        what = "is below 1" if times < 1 else "is no number"
        raise read.refuse("times_replayed", f"{times:g} {what}; write 1 or more")
    reach = Reach(
        hours=hours,
        points_a_week=read.whole("points_a_week", POINTS_A_WEEK, most=10_000),
        points_a_week_account=read.whole("points_a_week_account", None, most=1_000_000),
        halves_after=read.whole("halves_after", HALVES_AFTER, most=1_000),
        points=points,
        times_replayed=times,
        at_least=read.whole("at_least", AT_LEAST, most=10**9),
    )
    read.done()
    return reach


def _wall(read: Fields, field: str) -> time | None:
    said = read.text(field, "")
    if not said:
        return None
    try:
        wall = time.fromisoformat(said)
    except ValueError:
        wall = None
    if wall is None or wall.tzinfo is not None or len(said) != 5:
        raise read.refuse(field, f"{said!r} is no time of day; write it as 21:00")
    return wall
