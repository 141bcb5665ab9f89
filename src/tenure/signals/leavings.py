"""When each account could have left, and when it decided to: what judging a signal needs.

A spell is a time in which an account paid without a break. It is at risk until it decides: at its
first notice that was not taken back, or at the end of the payments, whichever comes first.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.lake.reading import Reader
from tenure.measure.movements import Movement, movements
from tenure.measure.notices import Notice, notices


@dataclass(frozen=True, slots=True)
class Spell:
    """One account paying from `starts_on` on. `decided_at` is None while it has not decided.

    A notice is known to the instant. An end without notice has a day: its first instant stands for
    it, so that nothing that happened on that day counts as a warning.
    """

    account_id: str
    starts_on: date
    decided_on: date | None
    decided_at: datetime | None
    ended_on: date | None


def spells(reader: Reader, *, until_on: date, time_zone: str) -> list[Spell]:
    """Every spell that began before `until_on`, by account and start, as seen that morning."""
    first = date(1970, 1, 1)
    moved = movements(reader, first_on=first, before_on=until_on)
    told = notices(reader, first_on=first, before_on=until_on)
    zone = ZoneInfo(time_zone)
    by_account: dict[str, list[Notice]] = defaultdict(list)
    for notice in told:
        if not notice.is_withdrawn:
            by_account[notice.account_id].append(notice)
    paid: dict[str, list[Movement]] = defaultdict(list)
    for movement in moved:
        paid[movement.account_id].append(movement)
    return [
        _spell(account_id, starts_on, ended_on, by_account[account_id], zone)
        for account_id in sorted(paid)
        for starts_on, ended_on in _times_paying(paid[account_id])
    ]


def _times_paying(moved: list[Movement]) -> list[tuple[date, date | None]]:
    """From when until when anything was paid, in whatever currency."""
    paying: dict[str, int] = {}
    times: list[tuple[date, date | None]] = []
    days = sorted({movement.moved_on for movement in moved})
    on_day = defaultdict(list)
    for movement in moved:
        on_day[movement.moved_on].append(movement)
    starts_on: date | None = None
    for day in days:
        for movement in on_day[day]:
            paying[movement.currency] = movement.mrr_after_minor
        is_paying = any(paying.values())
        if is_paying and starts_on is None:
            starts_on = day
        elif not is_paying and starts_on is not None:
            times.append((starts_on, day))
            starts_on = None
    if starts_on is not None:
        times.append((starts_on, None))
    return times


def _spell(
    account_id: str, starts_on: date, ended_on: date | None, told: list[Notice], zone: ZoneInfo
) -> Spell:
    said = [
        notice.notice_at
        for notice in told
        if starts_on <= notice.noticed_on and (ended_on is None or notice.noticed_on <= ended_on)
    ]
    ended_at = None
    if ended_on is not None:
        ended_at = datetime.combine(ended_on, time(), zone).astimezone(UTC)
    known = [at for at in (*said, ended_at) if at is not None]
    decided_at = min(known) if known else None
    decided_on = None if decided_at is None else decided_at.astimezone(zone).date()
    return Spell(account_id, starts_on, decided_on, decided_at, ended_on)


class Risk:
    """Spells, asked by account and instant."""

    def __init__(self, found: list[Spell]) -> None:
        self.spells = found
        self._of_account: dict[str, list[Spell]] = defaultdict(list)
        for spell in found:
            self._of_account[spell.account_id].append(spell)

    def spell_on(self, account_id: str, day: date) -> Spell | None:
        """The spell that an account is in on a day, decided or not; None while it does not pay."""
        for spell in reversed(self._of_account.get(account_id, [])):
            if spell.starts_on <= day:
                return spell if spell.ended_on is None or day <= spell.ended_on else None
        return None

    def share_that_decides(self, day: date, within_days: int) -> float | None:
        """Of the accounts at risk on a day, the share that decides within so many days after it."""
        until = day + timedelta(days=within_days)
        at_risk = leaving = 0
        for spell in self.spells:
            if spell.starts_on <= day and (spell.decided_on is None or spell.decided_on > day):
                at_risk += 1
                leaving += spell.decided_on is not None and spell.decided_on <= until
        return leaving / at_risk if at_risk else None
