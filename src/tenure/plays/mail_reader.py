"""Who reads a mail of a play, as its words ask: whether a condition holds of them now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tenure.plays.subjects import Subject


@dataclass(frozen=True, slots=True)
class MailReader:
    """`messages.composing.Asked`. `instead` are columns as a preview supposes them to be, and
    `is_example` says that it is one."""

    subject: Subject
    person_id: str
    language: str
    now: datetime
    instead: Mapping[str, object] = field(default_factory=dict)
    is_example: bool = False

    @property
    def account_id(self) -> str:
        return self.subject.account_id

    def holds(self, condition: str, over: str) -> bool | None:
        return self.subject.holds_of(condition, over, self.person_id, self.instead)

    def value(self, column: str) -> object:
        return self.instead.get(column, self.subject.value(column))
