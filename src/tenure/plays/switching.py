"""Is a play switched on, and in which version?

One that was applied reaches nobody until somebody says so, and neither does another version of it:
who edits a play that is on looks at what the new version would have done, and switches it on again.
Until then the old one goes on.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tenure.base.errors import Conflict, NotFound
from tenure.definitions.store import current
from tenure.messages.planning import hold_back, wake
from tenure.plays.file import KIND
from tenure.plays.in_force import play_named, play_of, plays
from tenure.plays.lost_links import lost_links
from tenure.plays.models import PlaySwitch
from tenure.plays.parts import Play
from tenure.plays.replay_summary import is_replayed
from tenure.plays.steps_gone import withhold_gone


@dataclass(frozen=True, slots=True)
class Standing:
    """A play in force, and what of it reaches people: `running` is None while it is off."""

    play: Play
    running: Play | None

    @property
    def is_on(self) -> bool:
        return self.running is not None

    @property
    def has_newer(self) -> bool:
        """Whether it was edited since it was switched on."""
        return self.running is not None and self.running.digest != self.play.digest


def standings() -> list[Standing]:
    """Every play in force, by name."""
    on = dict(PlaySwitch.objects.filter(is_on=True).values_list("play", "digest"))
    return [Standing(play, _running(play, on.get(play.name))) for play in plays()]


def standing_of(play: Play) -> Standing:
    """A play in force, and what of it reaches people."""
    on = PlaySwitch.objects.filter(play=play.name, is_on=True).values_list("digest", flat=True)
    return Standing(play, _running(play, on.first()))


def plays_on() -> list[Play]:
    """What reaches people: of each play that is on, the version that was switched on."""
    return [each.running for each in standings() if each.running is not None]


def is_switched_on(name: str) -> bool:
    """Whether the play of that name is switched on, in the version that holds or one before it."""
    return PlaySwitch.objects.filter(play=name, is_on=True).exists()


def has_newer(name: str) -> bool:
    """Whether the play of that name was edited since it was switched on. Raises NotFound."""
    digests = ("", play_named(name).digest)
    return PlaySwitch.objects.filter(play=name, is_on=True).exclude(digest__in=digests).exists()


def running_named(name: str) -> Play:
    """The version of a play that reaches people; of one that is off, the one that holds.

    Raises NotFound.
    """
    held = play_named(name)
    return standing_of(held).running or held


def switch_off(name: str, *, now: datetime, by: str) -> None:
    """Nobody comes in or goes on; who is in it stays where they are, and what was let go and not
    sent yet stays here. A play that cannot be read any more can be switched off all the same.

    Raises NotFound for a play that is not in force and was never on.
    """
    held = PlaySwitch.objects.filter(play=name)
    if not held.exists() and current(KIND, name) is None:
        raise NotFound(f"there is no play {name!r} in force; `tenure plays list` names those")
    said = {"is_on": False, "changed_at": now, "changed_by": by, "fault": ""}
    with transaction.atomic():  # killed in between it would be off, and what was let go be sent
        PlaySwitch.objects.update_or_create(play=name, defaults=said)
        hold_back(now, play=name)


def switch(name: str, *, is_on: bool, now: datetime, by: str) -> Play:
    """The play, switched on in the version that holds, or off. Who is in it stays where they are.

    Raises NotFound for a play that is not in force, and Conflict for one of which nobody has looked
    lately what it would have done, or whose messages lead to where nobody said it is.
    """
    play = play_named(name)
    if not is_on:
        switch_off(name, now=now, by=by)
        return play
    _check_looked_at(play, now)
    if lost := lost_links(play):
        raise Conflict(f"{name}: {'; '.join(lost)}")
    said = {"is_on": True, "changed_by": by, "fault": "", "digest": play.digest}
    held = PlaySwitch.objects.filter(play=name, is_on=True).first()
    if held is None:  # else what happened since it was first switched on still counts
        said["changed_at"] = now
    PlaySwitch.objects.update_or_create(
        play=name, defaults=said, create_defaults={**said, "changed_at": now}
    )
    withhold_gone(play, now)
    wake(now, play=name)
    return play


def _check_looked_at(play: Play, now: datetime) -> None:
    if play.entry.kind != "manual" and not is_replayed(play.digest, now):
        raise Conflict(
            f"{play.name}: nobody has looked at what this version would have done; replay it "
            f"first: tenure replay {play.name}"
        )


def _running(play: Play, digest: str | None) -> Play | None:
    if digest is None:
        return None
    # One that cannot be read any more has nothing to go on by.
    return play if digest in ("", play.digest) else play_of(play.name, digest)
