"""What happened, as rows to be written: single events and billing facts, in plain columns.

The many events of everyday use do not pass here: `use.py` makes them as arrays.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

PRODUCT, BILLING, SUPPORT, SITE = "product", "billing", "support", "site"
SOURCES = (PRODUCT, BILLING, SUPPORT, SITE)


class Happening(NamedTuple):
    """One event. `person` is a slot in the account, or -1 for the account itself."""

    source: str
    type: str
    name: str | None
    account: int  # index in the block, or -1
    person: int
    at: int
    properties: dict[str, object]
    anonymous_id: str | None = None
    known_from: int | None = None  # the account that the person was known in before, if another


class Fact(NamedTuple):
    """One billing fact, as the columns of `lake.schema.BILLING_FACT` want it."""

    kind: str
    account: int
    subscription: int  # 1 for the account's first
    version: int | None
    key: str  # what it is about, within the subscription
    at: int
    ends_at: int | None = None
    status: str | None = None
    plan: str | None = None
    interval: str | None = None
    quantity: int | None = None
    amount_minor: int | None = None
    mrr_minor: int | None = None
    currency: str | None = None
    attributes: dict[str, object] = {}
    known_at: int | None = None  # when it was agreed, where that was before it takes effect

    @property
    def told_at(self) -> int:
        """When anybody could know it."""
        return self.at if self.known_at is None else self.known_at


@dataclass
class Journal:
    """Everything that a block of accounts did, but everyday use."""

    happenings: list[Happening] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    def track(self, name: str, account: int, person: int, at: int, **properties: object) -> None:
        """Note an event that the product records of one person."""
        self.happenings.append(Happening(PRODUCT, "track", name, account, person, at, properties))
