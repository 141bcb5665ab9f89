"""For whom an offer is: its `where`, asked of a card while somebody waits."""

from functools import lru_cache

from tenure.definitions.toml_file import Fields
from tenure.segments.condition import Condition
from tenure.segments.in_field import condition_in
from tenure.segments.known import columns_of
from tenure.segments.of_one_card import counts_events
from tenure.segments.vocabulary import ACCOUNT, Vocabulary


@lru_cache(maxsize=1)
def _vocabulary() -> Vocabulary:
    """The columns of an account's card; which events were seen is not asked of the lake."""
    return Vocabulary(ACCOUNT, columns_of(ACCOUNT))


def condition_of(read: Fields, field: str = "where") -> Condition | None:
    """The condition that stands in a field; None where it is empty.

    Raises BadDefinition with line and column, and for one that counts events: those are in the
    lake, and a decision while somebody waits reads the card alone. A segment may count them.
    """
    condition = condition_in(read, field, _vocabulary())
    if condition is not None and counts_events(condition):
        raise read.refuse(
            field,
            f"did() and last() of {condition.events[0]!r} are counted in the lake, too late for "
            'somebody who waits; write a segment that does, and name it here: segments = ["..."]',
        )
    return condition
