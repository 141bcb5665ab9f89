"""Is a play switched on, and in which version?

One that was applied reaches nobody until somebody says so, and neither does another version of it:
who edits a play that is on looks at what the new version would have done, and switches it on again.
Until then the old one goes on.
"""

from dataclasses import dataclass
from datetime import datetime

from tenure.base.errors import Conflict
from tenure.messages.planning import hold_back, wake
from tenure.plays.app_links import without_the_app
from tenure.plays.in_force import play_named, play_of, plays
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
    digest = PlaySwitch.objects.filter(play=name, is_on=True).values_list("digest", flat=True)
    return _running(held, digest.first()) or held


def switch(name: str, *, is_on: bool, now: datetime, by: str) -> Play:
    """The play, switched on in the version that holds, or off. Who is in it stays where they are.

    Raises NotFound for a play that is not in force, and Conflict for one of which nobody has looked
    lately what it would have done, or whose mails lead to a product that nobody said where it is.
    """
    play = play_named(name)
    if is_on:
        _check_looked_at(play, now)
        if lost := without_the_app(play):
            raise Conflict(f"{name}: {lost[0]}")
    said = {"is_on": is_on, "changed_at": now, "changed_by": by, "fault": ""}
    held = PlaySwitch.objects.filter(play=name, is_on=True).first()
    if is_on and held is not None:
        del said["changed_at"]  # what happened since it was first switched on still counts
    if is_on:
        said["digest"] = play.digest
    PlaySwitch.objects.update_or_create(
        play=name, defaults=said, create_defaults={**said, "changed_at": now}
    )
    if is_on:
        withhold_gone(play, now)
    # What was let go and not sent yet stays here while it is off.
    (wake if is_on else hold_back)(now, play=name)
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
