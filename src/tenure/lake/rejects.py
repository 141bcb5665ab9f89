"""What could not be taken in, and what would mend it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One refused event or row. Kept until it is mended and replayed, or dismissed.

    `position` is unique within a shipping batch or import run. `remedy` is a sentence for people.
    """

    position: int
    code: str
    field: str
    value: str
    remedy: str
    raw: str
    source: str = ""
    source_ref: str = ""
    received_at: datetime | None = None  # of the body that it came in; None when nobody noted it
