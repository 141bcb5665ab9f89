"""Which plays are there, how many are in each, and what is wrong with it?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.messages.models import Message
from tenure.plays.models import PlaySwitch
from tenure.plays.parts import Play
from tenure.plays.replay_summary import replayed_lately
from tenure.plays.switching import Standing, standing_of, standings
from tenure.plays.tally import Tally, tallies

LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PlayLine:
    """One play in force. `running` is the version that reaches people, None while it is off."""

    play: Play
    running: Play | None
    changed_at: datetime | None
    is_replayed: bool  # the version that holds, lately
    entered: int = 0
    in_it: int = 0
    reached_goal: int = 0
    left_alone: int = 0
    stuck: int = 0  # enrolments whose last turn could not be taken
    messages: dict[str, int] = field(default_factory=dict)  # of the last 30 days, by state
    faults: tuple[str, ...] = ()

    @property
    def is_on(self) -> bool:
        return self.running is not None

    @property
    def has_newer(self) -> bool:
        return self.running is not None and self.running.digest != self.play.digest


def play_lines(now: datetime) -> list[PlayLine]:
    """Every play in force that can be read, by name."""
    return _lines(standings(), tallies(), Message.objects.exclude(play=""), now)


def play_line(play: Play, now: datetime) -> PlayLine:
    """One play in force; nothing is counted of the others."""
    name = play.name
    messages = Message.objects.filter(play=name)
    [line] = _lines([standing_of(play)], tallies(name), messages, now)
    return line


def _lines(
    standing: Sequence[Standing],
    counts: Mapping[str, Tally],
    messages: QuerySet[Message],
    now: datetime,
) -> list[PlayLine]:
    names = [each.play.name for each in standing]
    switches = {row.play: row for row in PlaySwitch.objects.filter(play__in=names)}
    replayed = replayed_lately(now)
    by_state: defaultdict[str, dict[str, int]] = defaultdict(dict)
    lately = messages.filter(intended_at__gt=now - LATELY).values_list("play", "status")
    for play, status, count in lately.annotate(Count("pk")).order_by():
        by_state[play][status] = count
    return [
        _line(each, counts.get(each.play.name, Tally()), switches.get(each.play.name),
              by_state[each.play.name], each.play.digest in replayed)
        for each in standing
    ]  # fmt: skip


def _line(
    standing: Standing,
    counted: Tally,
    switch: PlaySwitch | None,
    messages: dict[str, int],
    is_replayed: bool,
) -> PlayLine:
    faults = []
    if switch is not None and switch.is_on and switch.fault:
        faults.append(switch.fault)
    if switch is not None and switch.is_on and standing.running is None:
        faults.append(_("The version that was switched on cannot be read any more."))
    if counted.stuck:
        faults.append(
            ngettext("%(count)s cannot go on.", "%(count)s cannot go on.", counted.stuck)
            % {"count": counted.stuck}
        )
    return PlayLine(
        play=standing.play,
        running=standing.running,
        changed_at=switch.changed_at if switch else None,
        is_replayed=is_replayed,
        messages=messages,
        faults=tuple(faults),
        entered=counted.entered,
        in_it=counted.in_it,
        reached_goal=counted.reached_goal,
        left_alone=counted.left_alone,
        stuck=counted.stuck,
    )
