"""Who is left alone by chance: by the company's long-term hold-out, and by each play's own.

    arms = arms_of(home, play, account_ids, now)      # {"acme": Held(Arm("treated", 0.8), False)}

The long-term hold-out is one share of all accounts, the same ones for every play that is not owed:
what all plays together have kept shows in them. Of the others each play leaves some alone by
itself. Both are by account, sticky, and recorded when somebody first comes in.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from tenure.base.home import Home
from tenure.plays.configuration import long_term_hold_out_share
from tenure.plays.parts import TRANSACTIONAL, Play
from tenure.proof.assignment import HOLD_OUT, Arm, assign, recorded_arms

EVERY_PLAY = "plays"  # the experiment of the long-term hold-out


@dataclass(frozen=True, slots=True)
class Held:
    """`arm` is that of the play; who `is_kept_back` is left alone by every play, whatever it is."""

    arm: Arm
    is_kept_back: bool

    @property
    def is_left_alone(self) -> bool:
        return self.is_kept_back or self.arm.name == HOLD_OUT


def experiment_of(play: str) -> str:
    """What the arms of a play are recorded under."""
    return f"play:{play}"


def arms_of(home: Home, play: Play, account_ids: Collection[str], now: datetime) -> dict[str, Held]:
    """The arms of these accounts in a play, which stand from now on. Ids are canonical."""
    own = recorded_arms(experiment_of(play.name), account_ids, play.hold_out_share, now)
    share = long_term_hold_out_share(home)
    if play.purpose == TRANSACTIONAL or not share:
        return {id: Held(arm, False) for id, arm in own.items()}
    common = recorded_arms(EVERY_PLAY, account_ids, share, now)
    return {id: Held(arm, common[id].name == HOLD_OUT) for id, arm in own.items()}


def arm_by_chance(play: Play, account_id: str, long_term_share: float, salt: str) -> Held:
    """The same of an account that nobody has met yet: for replay. Writes nothing."""
    own = assign(experiment_of(play.name), account_id, play.hold_out_share, salt)
    if play.purpose == TRANSACTIONAL or not long_term_share:
        return Held(own, False)
    common = assign(EVERY_PLAY, account_id, long_term_share, salt)
    return Held(own, common.name == HOLD_OUT)
