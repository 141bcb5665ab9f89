"""One effect of one enrolment, with all that carrying it out asks for."""

from dataclasses import dataclass

from tenure.plays.models import Enrolment
from tenure.plays.parts import Play
from tenure.plays.subjects import Subject
from tenure.plays.turns import Effect
from tenure.proof.assignment import HOLD_OUT


@dataclass(frozen=True, slots=True)
class Doing:
    """One effect of one enrolment."""

    play: Play
    row: Enrolment
    effect: Effect
    subject: Subject

    @property
    def is_left_alone(self) -> bool:
        return self.row.arm == HOLD_OUT
