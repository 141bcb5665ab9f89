"""Would a step send more than its replay foretold? Then it is stopped, until somebody says that it
may: what waits is held, nothing is lost, and there is a task.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import ngettext

from tenure.base.errors import NotFound
from tenure.messages.models import Message, Status, StoppedStep
from tenure.messages.origin import Origin
from tenure.messages.reach_settings import Reach
from tenure.tasks.work import open_task

BY = "tenure"


@dataclass(frozen=True, slots=True)
class Stop:
    """A step that would do more in so many hours than it may."""

    play: str
    step: str
    hours: int
    most: int
    replayed: int

    @property
    def figures(self) -> dict[str, Any]:
        return {"hours": self.hours, "most": self.most, "replayed": self.replayed}


class Volumes:
    """What each step came to lately, against what its replay foretold."""

    def __init__(self, origin: Origin, reach: Reach, now: datetime) -> None:
        self._origin, self._reach, self._now = origin, reach, now
        self._stopped = {
            (each.play, each.step): _stop_of(each)
            for each in StoppedStep.objects.filter(released_at=None)
        }
        self._known: dict[tuple[str, str], tuple[Stop | None, datetime | None]] = {}

    def stop_of(self, message: Message) -> Stop | None:
        """What keeps the message's step from going on; None: it may.

        Counted is what was meant, whatever became of it, as a replay counts: what the quiet hours
        let go at once in the morning is no burst.
        """
        key = message.play, message.step
        if not message.play:
            return None
        if key not in self._known:
            allowed_at = _allowed_at(*key)
            self._known[key] = self._stopped.get(key) or self._broken(*key, allowed_at), allowed_at
        stop, allowed_at = self._known[key]
        # Somebody looked at what waited then, and said that it may go.
        return None if allowed_at is not None and message.intended_at <= allowed_at else stop

    def _broken(self, play: str, step: str, allowed_at: datetime | None) -> Stop | None:
        """The limit that is broken, and by how much at least."""
        volume = self._origin.volume(play, step)
        if volume is None:
            return None
        times, least = self._reach.times_replayed, self._reach.at_least
        for hours, replayed in ((1, volume.in_an_hour), (24, volume.in_a_day)):
            most = max(least, int(times * replayed))
            since = self._now - timedelta(hours=hours)
            since = max(since, allowed_at) if allowed_at is not None else since
            meant = Message.objects.filter(play=play, step=step, intended_at__gt=since)
            if meant.values("pk")[: most + 1].count() > most:
                return Stop(play, step, hours, most, replayed)
        return None


def _stop_of(held: StoppedStep) -> Stop:
    return Stop(held.play, held.step, **held.because)


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
            title=stopped_title(stop.play, stop.step, stop.most),
            because={"kind": "stopped_step", "play": stop.play, "step": stop.step, **stop.figures},
            now=now,
            by=BY,
        )


def stopped_title(play: str, step: str, most: int) -> str:
    """What the task about a stopped step is called, in the language in force."""
    words = ngettext(
        "%(play)s: the step %(step)s was stopped above %(most)s message",
        "%(play)s: the step %(step)s was stopped above %(most)s messages",
        most,
    )
    return words % {"play": play, "step": step, "most": most}


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
