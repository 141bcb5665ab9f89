"""What billing shows of the accounts of saves, read for all of them at once."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import pyarrow as pa

from tenure.kit.sql_file import load
from tenure.lake.reading import Reader

# Payments and ends of so long before the first save are still read: the last payment, and whether
# any are told at all.
BEFORE_DAYS = 400
Subscription = tuple[str, str]  # source, subscription_id


@dataclass(frozen=True, slots=True)
class Period:
    """A version of a subscription, `[starts_on, ends_on)` in days of the company."""

    source: str
    subscription_id: str
    starts_on: date
    ends_on: date | None
    is_paying: bool
    mrr_minor: int = 0
    currency: str = ""
    plan: str = ""
    quantity: int | None = None
    billing_interval: str | None = None
    billing_interval_count: int | None = None
    billed_since_on: date | None = None
    basis: str = "subscription"
    status: str = "active"
    fact_id: str = ""

    @property
    def subscription(self) -> Subscription:
        return self.source, self.subscription_id

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True, slots=True)
class Pause:
    source: str
    subscription_id: str
    pauses_on: date
    resumes_on: date | None
    fact_id: str = ""

    @property
    def subscription(self) -> Subscription:
        return self.source, self.subscription_id

    def holds_on(self, day: date) -> bool:
        return self.pauses_on <= day and (self.resumes_on is None or day < self.resumes_on)


@dataclass(frozen=True, slots=True)
class Said:
    """A notice, an end or a payment. `ends_on` is that of a notice; None: it was withdrawn."""

    source: str
    subscription_id: str
    kind: str  # end | notice | payment_failed | payment_succeeded
    effective_at: datetime
    day: date
    version_key: str | None = None
    ends_on: date | None = None
    is_day_only: bool = False  # midnight stands for a day of which the hour is not known
    fact_id: str = ""

    @property
    def subscription(self) -> Subscription:
        return self.source, self.subscription_id


@dataclass(frozen=True, slots=True)
class Shown:
    """All of one account, in the order of its days."""

    periods: tuple[Period, ...] = ()
    pauses: tuple[Pause, ...] = ()
    said: tuple[Said, ...] = ()


@dataclass(slots=True)
class _Gathered:
    periods: list[Period] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)


def shown_of(reader: Reader, since_on: Mapping[str, date]) -> dict[str, Shown]:
    """What is known of each account, by its canonical id; `since_on` has the first day to read
    payments from. An account that billing does not know is missing.
    """
    register_followed(reader, since_on)
    gathered: dict[str, _Gathered] = defaultdict(_Gathered)
    for row in reader.rows(load("tenure.saves", "save_period")):
        account_id = str(row.pop("account_id"))
        row["plan"], row["currency"] = row["plan"] or "", row["currency"] or ""
        gathered[account_id].periods.append(Period(**row))  # type: ignore[arg-type]
    for row in reader.rows(load("tenure.saves", "save_pause")):
        gathered[str(row.pop("account_id"))].pauses.append(Pause(**row))  # type: ignore[arg-type]
    for row in reader.rows(load("tenure.saves", "save_fact")):
        gathered[str(row.pop("account_id"))].said.append(Said(**row))  # type: ignore[arg-type]
    return {
        account_id: Shown(tuple(each.periods), tuple(each.pauses), tuple(each.said))
        for account_id, each in gathered.items()
    }


def register_followed(reader: Reader, since_on: Mapping[str, date]) -> None:
    """Make the relation that says which accounts are asked about."""
    ids = sorted(since_on)
    reader.register(
        "followed_account",
        pa.table(
            {
                "account_id": pa.array(ids, pa.string()),
                "since_on": pa.array([since_on[id] for id in ids], pa.date32()),
            }
        ),
    )


@dataclass(frozen=True, slots=True)
class OutcomeOn:
    """Whether the outcome that had been stated by a day was being reached on it."""

    outcome: str
    events_asked: int
    events_seen: int

    @property
    def is_reached(self) -> bool:
        return self.events_seen == self.events_asked


def outcomes_on(reader: Reader, asked: Mapping[int, tuple[str, date]]) -> dict[int, OutcomeOn]:
    """For each asked id the outcome on that day of that account; missing where none was stated, or
    it is not declared.
    """
    ids = sorted(asked)
    reader.register(
        "asked_day",
        pa.table(
            {
                "ask_id": pa.array(ids, pa.int64()),
                "account_id": pa.array([asked[id][0] for id in ids], pa.string()),
                "day": pa.array([asked[id][1] for id in ids], pa.date32()),
            }
        ),
    )
    return {
        int(row["ask_id"]): OutcomeOn(  # type: ignore[call-overload]
            str(row["outcome"]),
            int(row["events_asked"]),  # type: ignore[call-overload]
            int(row["events_seen"]),  # type: ignore[call-overload]
        )
        for row in reader.rows(load("tenure.saves", "save_outcome"))
    }
