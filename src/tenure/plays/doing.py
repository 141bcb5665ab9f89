"""One effect of one enrolment, with all that carrying it out asks for."""

from dataclasses import dataclass

from tenure.plays.models import Enrolment
from tenure.plays.parts import PERSON, Play
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
    asks: bool  # for something; `plays.asking`

    @property
    def account_id(self) -> str:
        """The account that it concerns; empty of a person who belongs to none."""
        return self.row.account_id if self.is_of_account or self.subject.has_account else ""

    @property
    def person_id(self) -> str:
        return "" if self.is_of_account else self.row.subject_id

    @property
    def about(self) -> list[tuple[str, str]]:
        """Whom it names, so that they can be forgotten."""
        named = [("account", self.row.account_id), ("person", self.person_id)]
        return [(kind, id) for kind, id in named if id]

    @property
    def is_of_account(self) -> bool:
        return self.row.over != PERSON

    @property
    def is_left_alone(self) -> bool:
        return self.row.is_kept_back or self.row.arm == HOLD_OUT
