"""Notices: what was said about leaving, apart from what then took effect."""

from dataclasses import dataclass
from datetime import date, datetime

from tenure.lake.reading import Reader
from tenure.measure.composition import sql


@dataclass(frozen=True, slots=True)
class Notice:
    """It was said at `notice_at` that a subscription ends on `ends_on`.

    `is_withdrawn`: it was taken back, or replaced by another notice, before that end. `mrr_minor`
    is what the subscription paid then, 0 (and `currency` None) when it did not pay.
    """

    account_id: str
    source: str
    subscription_id: str
    notice_at: datetime
    noticed_on: date
    ends_on: date
    is_withdrawn: bool
    currency: str | None
    mrr_minor: int
    source_ref: str | None


def notices(reader: Reader, *, first_on: date, before_on: date) -> list[Notice]:
    """The notices given on days from `first_on` until before `before_on`, in order of time."""
    rows = reader.rows(sql("notice"), first_on=first_on, before_on=before_on)
    return [Notice(**row) for row in rows]
