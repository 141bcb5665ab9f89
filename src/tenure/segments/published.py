"""What the published state of a home says of a condition; one thread, as the web may use."""

from datetime import datetime

from tenure.base.home import Home
from tenure.card.card_of import check_past, read_as_of
from tenure.lake.reading import Only, reading
from tenure.segments import asking
from tenure.segments.asking import Look
from tenure.segments.condition import Condition
from tenure.segments.vocabulary import ACCOUNT
from tenure.segments.why import Reasons, why

MEMORY = "512MB"


def past_asked(home: Home, text: str, now: datetime) -> datetime | None:
    """The time that a day or an instant means; None for an empty text, which asks of now.

    Raises InvalidInput for what is neither, and for what lies after today.
    """
    if not text:
        return None
    as_of = read_as_of(home, text)
    check_past(home, as_of, now)
    return as_of


def look_at(home: Home, condition: Condition, as_of: datetime | None = None) -> Look:
    """How many fulfil it, what they pay and the first few, now or with what was known then."""
    with reading(home, as_of, threads=1, memory_limit=MEMORY) as reader:
        return asking.look(reader, condition)


def count_of(home: Home, condition: Condition, as_of: datetime | None = None) -> int:
    """How many fulfil it."""
    with reading(home, as_of, threads=1, memory_limit=MEMORY) as reader:
        return asking.count(reader, condition)


def member_ids(home: Home, condition: Condition, as_of: datetime | None = None) -> list[str]:
    """The ids of all that fulfil it, in order."""
    with reading(home, as_of, threads=1, memory_limit=MEMORY) as reader:
        return sorted(asking.members(reader, condition)["subject_id"].to_pylist())


def why_in(
    home: Home, condition: Condition, subject_id: str, as_of: datetime | None = None
) -> Reasons:
    """Why somebody fulfils it or not. Raises NotFound for nobody of that id."""
    with reading(
        home, as_of, threads=1, memory_limit=MEMORY, only=_only(condition, subject_id)
    ) as reader:
        [canonical] = reader.canonical_ids(condition.over, [subject_id])
        return why(reader, condition, canonical)


def _only(condition: Condition, subject_id: str) -> Only | None:
    """What has to be read of the lake; a person's accounts are not known beforehand."""
    if condition.over == ACCOUNT:
        return Only(accounts=[subject_id])
    return None if any(column.of for column in condition.columns) else Only(people=[subject_id])
