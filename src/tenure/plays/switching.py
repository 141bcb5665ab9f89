"""Is a play switched on? One that was applied reaches nobody until somebody says so."""

from datetime import datetime

from tenure.plays.in_force import play_named, plays
from tenure.plays.models import PlaySwitch
from tenure.plays.parts import Play


def plays_on() -> list[Play]:
    """The plays in force that are switched on, by name."""
    on = set(PlaySwitch.objects.filter(is_on=True).values_list("play", flat=True))
    return [play for play in plays() if play.name in on]


def switch(name: str, *, is_on: bool, now: datetime, by: str) -> Play:
    """The play, switched on or off. Who is in it stays where they are while it is off.

    Raises NotFound for a play that is not in force.
    """
    play = play_named(name)
    PlaySwitch.objects.update_or_create(
        play=name, defaults={"is_on": is_on, "changed_at": now, "changed_by": by}
    )
    return play
