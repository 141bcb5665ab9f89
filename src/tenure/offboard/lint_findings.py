"""A thing that speaks against a flow: what, where, by which rule, and how much it weighs."""

from collections.abc import Iterator
from dataclasses import dataclass

from tenure.offboard.flow_parts import Flow
from tenure.offboard.jurisdictions import rules


@dataclass(frozen=True, slots=True)
class Finding:
    """`place` is as in the file (`why.is_required`); an error keeps the flow out of force."""

    code: str
    place: str
    message: str
    citation: str
    is_error: bool

    @property
    def sentence(self) -> str:
        """The message with what it rests on, on one line."""
        rests_on = f"; {self.citation}" if self.citation else ""
        return f"{self.message} [{self.code}{rests_on}]"


def by_rule(flow: Flow, code: str, place: str, message: str) -> Iterator[Finding]:
    """The finding, weighed by the shapes that the flow is for; none where the rule says nothing."""
    rule = rules()[code]
    weight = rule.weighs(flow.shapes)
    if weight is not None:
        yield Finding(code, place, message, rule.citation, weight)
