"""What is known of an account that the screens of leaving may show. Nothing here is guessed.

A field that is None, 0 or empty is not known, or there is none of it; its block is then not shown.
"""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec


class Record(msgspec.Struct, frozen=True):
    """How many of one thing the account has made with the product, and when the last one."""

    title: str
    count: int
    last_on: date | None = None


class Slot(msgspec.Struct, frozen=True):
    """A free time of an adviser."""

    starts_at: datetime
    ends_at: datetime


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """One account, as known when its visit opened. Days are the company's own, `time_zone`."""

    today: date
    time_zone: str = "UTC"
    account_name: str = ""
    # What it holds, from billing where it answered, else from the card.
    plan: str = ""
    billing_interval: str = ""  # month, 3 months, year
    price_minor: int | None = None  # for one billing interval
    currency: str = ""
    period_ends_on: date | None = None  # first day that is not paid for
    ends_on: date | None = None  # it has given notice before: first day without anything
    trial_ends_on: date | None = None
    paused_until_on: date | None = None
    percent_off: float | None = None  # a discount that it has now
    amount_off_minor: int | None = None
    discount_ends_on: date | None = None
    # What it set out to do, and reached.
    required_outcome: str = ""
    outcome_stated_on: date | None = None
    outcome_reached_on: date | None = None
    first_value: str = ""  # what the product calls it
    first_value_on: date | None = None
    # What it has built up.
    began_on: date | None = None
    active_days: int = 0  # days with any use, ever
    people: int = 0  # who used it in the last 90 days
    records: tuple[Record, ...] = ()
    features: tuple[str, ...] = ()  # titles of features used in the last 28 days
    # Talking to a person; the receipt.
    slots: tuple[Slot, ...] = ()
    receipt_to: str = ""  # the address that the receipt goes to
    is_example: bool = False  # of a preview: marked as an example on each block

    def has(self, block: str) -> bool:
        """Whether the account has anything of its own to show in that block of `[value] show`."""
        known = {
            "required_outcome": self.required_outcome,
            "outcome_reached": self.outcome_reached_on,
            "first_value": self.first_value and self.first_value_on,
            "records": self.records,
            "people": self.people,
            "history": self.began_on and self.active_days,
            "features": self.features,
        }
        return bool(known.get(block))

    def has_any(self, blocks: Iterable[str]) -> bool:
        """Whether one of them has anything: else there is nothing to lose that we know of."""
        return any(self.has(block) for block in blocks)


class Settling(msgspec.Struct, frozen=True, kw_only=True):
    """How far what was decided has come in billing, and who does the rest of it."""

    billing: str = ""  # done | pending | refused | unsure; empty: nobody was asked yet
    received_on: date | None = None
    person_by_on: date | None = None  # somebody of ours has it as a task until then
    has_failed_here: bool = False  # the host's own page was to make it, and could not
    act: dict[str, object] | None = None  # what the host's own page is to make now

    @property
    def is_taken(self) -> bool:
        """Whether nothing stands against it so far: done, or under way."""
        return self.billing not in ("refused", "unsure")
