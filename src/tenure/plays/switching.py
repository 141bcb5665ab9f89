"""Is a play switched on? One that was applied reaches nobody until somebody says so."""

from datetime import datetime

from tenure.base.errors import Conflict
from tenure.plays.in_force import play_named, plays
from tenure.plays.models import PlaySwitch
from tenure.plays.parts import ACCOUNT, Play
from tenure.plays.replay_summary import is_replayed


def plays_on() -> list[Play]:
    """The plays in force that are switched on, by name."""
    on = set(PlaySwitch.objects.filter(is_on=True).values_list("play", flat=True))
    return [play for play in plays() if play.name in on]


def is_switched_on(name: str) -> bool:
    """Whether the play of that name is switched on."""
    return PlaySwitch.objects.filter(play=name, is_on=True).exists()


def switch(name: str, *, is_on: bool, now: datetime, by: str) -> Play:
    """The play, switched on or off. Who is in it stays where they are while it is off.

    Raises NotFound for a play that is not in force, and Conflict for one over accounts of which
    nobody has looked lately what it would have done.
    """
    play = play_named(name)
    is_replayable = play.over == ACCOUNT and play.entry.kind != "manual"
    if is_on and is_replayable and not is_replayed(play.digest, now):
        raise Conflict(
            f"{name}: nobody has looked at what this version would have done; replay it first: "
            f"tenure replay {name}"
        )
    PlaySwitch.objects.update_or_create(
        play=name, defaults={"is_on": is_on, "changed_at": now, "changed_by": by}
    )
    return play
