"""Would a step send more than its replay foretold? Then it is stopped, until somebody says that it
may: what waits is held, nothing is lost, and there is a task.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tenure.base.errors import NotFound
from tenure.messages.models import Message, Status, StoppedStep
from tenure.messages.origin import Origin
from tenure.messages.reach_settings import Reach
from tenure.tasks.work import open_task

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY = "tenure"


@dataclass(frozen=True, slots=True)
class Stop:
    """A step that has come to its limit: so many in so many hours, where at most so many may."""

    play: str
    step: str
    hours: int
    most: int
    replayed: int

    @property
    def figures(self) -> dict[str, Any]:
        return {"hours": self.hours, "most": self.most, "replayed": self.replayed}


class Volumes:
    """What each step let go lately, with what is let go now."""

    def __init__(self, origin: Origin, reach: Reach, now: datetime) -> None:
        self._origin, self._reach, self._now = origin, reach, now
        self._stopped = set(
            StoppedStep.objects.filter(released_at=None).values_list("play", "step")
        )
        self._counts: dict[tuple[str, str], list[int]] = {}
        self._limits: dict[tuple[str, str], list[Stop]] = {}
        self._allowed: dict[tuple[str, str], datetime | None] = {}

    def is_stopped(self, message: Message) -> bool:
        return (message.play, message.step) in self._stopped

    def count(self, message: Message) -> Stop | None:
        """Count it as let go; what it breaks, where it may not go any more."""
        key = message.play, message.step
        if not message.play:
            return None
        if key not in self._limits:
            self._limits[key] = self._read_limits(*key)
            self._allowed[key] = _allowed_at(*key)
            self._counts[key] = self._read_counts(*key) if self._limits[key] else []
        allowed_at = self._allowed[key]
        if allowed_at is not None and message.intended_at <= allowed_at:
            return None  # somebody looked at what waited then, and said that it may go
        counts = self._counts[key]
        for place, stop in enumerate(self._limits[key]):
            if counts[place] >= stop.most:
                self._stopped.add(key)
                return stop
        self._counts[key] = [each + 1 for each in counts]
        return None

    def _read_limits(self, play: str, step: str) -> list[Stop]:
        volume = self._origin.volume(play, step)
        if volume is None:
            return []
        times, least = self._reach.times_replayed, self._reach.at_least
        spans = ((1, volume.in_an_hour), (24, volume.in_a_day))
        return [
            Stop(play, step, hours, max(least, int(times * most)), most) for hours, most in spans
        ]

    def _read_counts(self, play: str, step: str) -> list[int]:
        """How many it let go in the last hour and day, but for what the operator allowed."""
        rows = Message.objects.filter(play=play, step=step)
        if (allowed_at := self._allowed[play, step]) is not None:
            rows = rows.filter(intended_at__gt=allowed_at)
        return [rows.filter(released_at__gt=self._now - span).count() for span in (HOUR, DAY)]


def _allowed_at(play: str, step: str) -> datetime | None:
    """When somebody last said that what waited of a step may go."""
    said = StoppedStep.objects.filter(play=play, step=step, released_at__isnull=False)
    return said.order_by("-released_at").values_list("released_at", flat=True).first()


def stop_step(stop: Stop, now: datetime) -> None:
    """Write down that a step is stopped, in the caller's transaction, with a task for somebody."""
    held, is_new = StoppedStep.objects.get_or_create(
        play=stop.play,
        step=stop.step,
        released_at=None,
        defaults={"stopped_at": now, "because": stop.figures},
    )
    if is_new:
        open_task(
            key=f"stopped/{held.pk}",
            title=f"{stop.play}: the step {stop.step} was stopped at {stop.most} messages",
            because={"kind": "stopped_step", "play": stop.play, "step": stop.step, **stop.figures},
            now=now,
            by=BY,
        )


def stopped_steps() -> list[StoppedStep]:
    """The steps that wait for somebody's word, the oldest first."""
    return list(StoppedStep.objects.filter(released_at=None).order_by("stopped_at", "pk"))


def let_go_on(play: str, step: str, *, now: datetime, by: str) -> int:
    """How many messages are let go: all that wait of a play's stopped steps, or of one of them.

    What is counted against the limit begins anew. Raises NotFound where nothing is stopped.
    """
    stopped = StoppedStep.objects.filter(play=play, released_at=None)
    if step:
        stopped = stopped.filter(step=step)
    steps = list(stopped.values_list("step", flat=True))
    if not steps:
        which = f"step {step!r} of {play!r}" if step else f"step of {play!r}"
        raise NotFound(f"no {which} is stopped; `tenure doctor` names those that are")
    stopped.update(released_at=now, released_by=by)
    waiting = Message.objects.filter(play=play, step__in=steps, status=Status.HELD)
    return waiting.filter(because__code="stopped").update(next_at=now)
