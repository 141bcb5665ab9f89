"""Of whom, and as of when, a reason is inferred; and with whom they are compared.

A leaver's time is its decision: the first notice that was not taken back, or the end. Somebody who
stayed has a time as well, drawn from their own name out of the days on which they paid, had not
decided, and were followed for long enough to know that they stayed (a landmark).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from tenure.base.ids import digest
from tenure.signals.leavings import Spell

STAYS_DAYS = 60  # whoever decides within so many days of a landmark did not stay
LOOKS_BACK_DAYS = (28, 112, 180, 400)
RELATION = "reason_subject"


@dataclass(frozen=True, slots=True)
class Subject:
    """One account at one time. Nothing that happened or became known from `at` on is looked at."""

    account_id: str
    at: datetime
    since_on: date | None = None  # first day of the spell of paying that it is in

    @property
    def days_there(self) -> int:
        """Whole days since it began to pay; 0 when it never did."""
        return max(0, (self.at.date() - self.since_on).days) if self.since_on else 0


def leavers(spells: list[Spell]) -> list[Subject]:
    """Every decision to leave."""
    return [
        Subject(spell.account_id, spell.decided_at, spell.starts_on)
        for spell in spells
        if spell.decided_at is not None
    ]


def stayers(spells: list[Spell], until_on: date, time_zone: str, each: int = 2) -> list[Subject]:
    """At most `each` landmarks of every spell: by its own name, so the same on every run."""
    zone = ZoneInfo(time_zone)
    found: list[Subject] = []
    for spell in spells:
        end = min(spell.decided_on or until_on, until_on) - timedelta(days=STAYS_DAYS)
        days = (end - spell.starts_on).days
        if days < 1:
            continue
        drawn = {
            int(digest("landmark", spell.account_id, str(spell.starts_on), str(n))[:8], 16) % days
            for n in range(each)
        }
        for day in sorted(drawn):
            on = spell.starts_on + timedelta(days=day + 1)
            at = datetime.combine(on, time(12), zone).astimezone(UTC)
            found.append(Subject(spell.account_id, at, spell.starts_on))
    return found


def sampled(subjects: list[Subject], most: int) -> list[Subject]:
    """At most so many, chosen by their names: the same on every run."""
    if len(subjects) <= most:
        return subjects
    ordered = sorted(subjects, key=lambda each: digest("sample", each.account_id, str(each.at)))
    return ordered[:most]


def as_relation(subjects: list[Subject]) -> pa.Table:
    """The rows of `reason_subject`: a subject's number is its place in the list."""
    instant = pa.timestamp("us", tz="UTC")
    columns: dict[str, pa.Array] = {
        "subject": pa.array(range(len(subjects)), pa.int64()),
        "account_id": pa.array([each.account_id for each in subjects], pa.string()),
        "until_at": pa.array([each.at for each in subjects], instant),
    }
    for days in LOOKS_BACK_DAYS:
        columns[f"from_{days}_at"] = pa.array(
            [each.at - timedelta(days=days) for each in subjects], instant
        )
    return pa.table(columns)
