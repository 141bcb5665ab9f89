"""What do accounts do, rarely, before they leave? Proposals from history, with their evidence.

For each event and page that is rare, months in which an account did it are followed from the first
time on, and compared with months of accounts as old and as large that had not done it: from a day
drawn for each month, so that both are followed from an instant at which the account was still
there and had not decided (a landmark; else those who live longest would have had the most time to
do anything). What is done after notice is no precursor, and counts for neither side.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from statistics import median

import numpy as np

from tenure.base.ids import digest
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader
from tenure.signals.leavings import Spell
from tenure.signals.risk_ratio import Counts, Ratio, false_discovery_rates, risk_ratio

WITHIN_DAYS = 60
MOST_SHARE = 0.10  # of account-months; what more accounts do is no rare precursor
LEAST_ACCOUNTS, LEAST_LEAVERS = 8, 3
LEAST_LEAD_DAYS = 1  # at the median; what comes on the last day leaves no time to act
MOST_FALSE = 0.05  # share of the proposals that may be chance
TENURE_DAYS, PEOPLE = (7, 30, 90, 365), (2, 5)  # borders of the strata
_LEVELS = (len(TENURE_DAYS) + 1) * (len(PEOPLE) + 1)
_KEY = 100_000  # days in one account's range of keys


@dataclass(frozen=True, slots=True)
class Proposal:
    """One event or page. `leave_share` is of accounts that did it, within the days, from then on.

    verdict: `propose`; `known` (a kind hears it already); `late` (half of those who leave do it on
    the day they decide); `no` (chance may explain it, or it is no warning); `too_few` (it cannot
    be told yet).
    """

    what: str  # event | page
    name: str
    verdict: str
    account_months: int
    accounts: int
    leavers: int
    leave_share: float | None
    leave_share_without: float | None
    ratio: Ratio | None
    false_discovery_rate: float | None
    lead_days_median: float | None
    within_days: int

    def toml(self) -> str:
        """The lines for product.toml that make it count as cancel intent; empty unless proposed."""
        if self.verdict != "propose" or self.ratio is None:
            return ""
        quoted = self.name.replace("\\", "\\\\").replace('"', '\\"')
        ratio = self.ratio
        return (
            "[[intent]]\n"
            f"# followed by leaving within {self.within_days} days {ratio.value:.1f} times as often"
            f" ({ratio.low:.1f} to {ratio.high:.1f}), {self.leavers} of {self.account_months}\n"
            f'{self.what} = "{quoted}"\n'
        )


@dataclass(frozen=True)
class _Times:
    """Account-days as arrays of one length; `account` is a number, days count from 1970."""

    account: np.ndarray
    day: np.ndarray

    def keys(self) -> np.ndarray:
        return self.account * _KEY + self.day

    def where(self, kept: np.ndarray) -> "_Times":
        return _Times(self.account[kept], self.day[kept])


class _History:
    """Who was at risk when, and how old and large, as sorted arrays."""

    def __init__(
        self, found: list[Spell], people: list[dict], until_on: date, within_days: int
    ) -> None:
        self.number = {
            name: place for place, name in enumerate(sorted({s.account_id for s in found}))
        }
        self.until_day, self.within_days = _day(until_on), within_days
        ordered = sorted(found, key=lambda spell: (spell.account_id, spell.starts_on))
        self.account = np.array([self.number[s.account_id] for s in ordered], dtype=np.int64)
        self.starts = np.array([_day(s.starts_on) for s in ordered], dtype=np.int64)
        far = _KEY - 1
        self.decided = np.array(
            [far if s.decided_on is None else _day(s.decided_on) for s in ordered], dtype=np.int64
        )
        self.decided_at = [s.decided_at for s in ordered]
        self.keys = self.account * _KEY + self.starts
        self._read_people(people)

    def _read_people(self, people: list[dict]) -> None:
        known = [row for row in people if row["account_id"] in self.number]
        keys = [
            self.number[row["account_id"]] * _KEY + _month_number(row["month"]) for row in known
        ]
        order = np.argsort(np.array(keys, dtype=np.int64))
        self.people_keys = np.array(keys, dtype=np.int64)[order]
        self.people = np.array([row["people"] for row in known], dtype=np.int64)[order]

    def spell_of(self, times: _Times) -> np.ndarray:
        """The spell that each account-day is in, -1 for none."""
        place = np.searchsorted(self.keys, times.keys(), side="right") - 1
        is_there = (place >= 0) & (self.account[np.maximum(place, 0)] == times.account)
        return np.where(is_there, place, -1)

    def followed(self, times: _Times, spell: np.ndarray) -> np.ndarray:
        """Whether a whole follow-up fits before the end of what is known."""
        return (spell >= 0) & (times.day + self.within_days < self.until_day)

    def leaves(self, times: _Times, spell: np.ndarray) -> np.ndarray:
        return self.decided[spell] - times.day <= self.within_days

    def stratum(self, times: _Times, spell: np.ndarray) -> np.ndarray:
        """Who is compared with whom: as long there, and as many people in the month before."""
        age = np.searchsorted(TENURE_DAYS, times.day - self.starts[spell], side="right")
        months = times.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) - 1
        wanted = times.account * _KEY + months
        place = np.minimum(
            np.searchsorted(self.people_keys, wanted), max(0, len(self.people_keys) - 1)
        )
        if not len(self.people_keys):
            return age * (len(PEOPLE) + 1)
        people = np.where(self.people_keys[place] == wanted, self.people[place], 0)
        return age * (len(PEOPLE) + 1) + np.searchsorted(PEOPLE, people, side="right")

    def landmarks(self) -> _Times:
        """A day in each month in which an account was at risk, drawn from both their names."""
        accounts, days = [], []
        names = sorted(self.number, key=lambda name: self.number[name])
        seeds = np.array([int(digest(name)[:8], 16) for name in names], dtype=np.int64)
        for place in range(len(self.keys)):
            account, start = int(self.account[place]), int(self.starts[place])
            end = min(int(self.decided[place]), self.until_day)
            first = np.datetime64(start, "D").astype("datetime64[M]").astype(np.int64)
            last = np.datetime64(max(start, end - 1), "D").astype("datetime64[M]").astype(np.int64)
            months = np.arange(first, last + 1)
            begins = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
            long = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(
                np.int64
            ) - begins
            drawn = begins + (seeds[account] * 31 + months * 7919) % 104_729 % long
            kept = drawn[(drawn >= start) & (drawn < end)]
            days.append(kept)
            accounts.append(np.full(len(kept), account))
        if not days:
            return _Times(np.zeros(0, np.int64), np.zeros(0, np.int64))
        times = _Times(np.concatenate(accounts), np.concatenate(days))
        return times.where(np.argsort(times.keys(), kind="stable"))


def propose(
    reader: Reader,
    found: list[Spell],
    *,
    until_on: date,
    time_zone: str,
    is_known: Callable[[str, str], bool] = lambda what, name: False,
    within_days: int = WITHIN_DAYS,
) -> list[Proposal]:
    """Every rare event and page with what followed it, the surest first.

    `found` are all spells; `is_known("event", name)`, or `("page", path)`, tells what a kind hears.
    Of several months in which an account did it, those count that are `within_days` apart. What
    cannot be followed for that long before `until_on` counts for neither side.
    """
    people = reader.rows(load("tenure.signals", "people_by_month"), before_on=until_on)
    history = _History(found, people, until_on, within_days)
    params = {"before_on": until_on, "most_share": MOST_SHARE}
    rows = [
        ("event", row["name"], row)
        for row in reader.rows(load("tenure.signals", "rare_event"), **params)
    ] + [
        ("page", row["path"], row)
        for row in reader.rows(load("tenure.signals", "rare_page"), time_zone=time_zone, **params)
    ]
    done: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for what, name, row in rows:
        if row["account_id"] in history.number:
            done[what, name].append(row)
    landmarks = history.landmarks()
    spell = history.spell_of(landmarks)
    landmarks = landmarks.where(history.followed(landmarks, spell))
    judged = [
        _judge(key, rows_of, history, landmarks, is_known(*key)) for key, rows_of in done.items()
    ]
    return _told_apart_from_chance(judged)


def _judge(
    key: tuple[str, str], rows: list[dict], history: _History, landmarks: _Times, is_known: bool
) -> Proposal:
    """One event's counts; whether chance explains it is told when all are known."""
    seen = _Times(
        np.array([history.number[row["account_id"]] for row in rows], dtype=np.int64),
        np.array([_day(row["first_on"]) for row in rows], dtype=np.int64),
    )
    order = np.argsort(seen.keys(), kind="stable")
    seen, instants = seen.where(order), [rows[place]["first_at"] for place in order]
    with_it = _apart(_undecided(seen, instants, history), history.within_days)
    without = landmarks.where(~_is_near(landmarks, seen, history.within_days))
    strata = _strata(with_it, without, history)
    spell = history.spell_of(with_it)
    leaves = history.leaves(with_it, spell)
    leads = (history.decided[spell] - with_it.day)[leaves]
    accounts, leavers = len(np.unique(with_it.account)), int(leaves.sum())
    is_enough = accounts >= LEAST_ACCOUNTS and leavers >= LEAST_LEAVERS
    without_count = sum(s.without_it for s in strata)
    return Proposal(
        what=key[0],
        name=key[1],
        verdict="known" if is_known else "no" if is_enough else "too_few",
        account_months=len(with_it.day),
        accounts=accounts,
        leavers=leavers,
        leave_share=leavers / len(with_it.day) if len(with_it.day) else None,
        leave_share_without=(
            sum(s.followed_without for s in strata) / without_count if without_count else None
        ),
        ratio=risk_ratio(strata) if is_enough else None,
        false_discovery_rate=None,
        lead_days_median=float(median(leads)) if leavers else None,
        within_days=history.within_days,
    )


def _undecided(seen: _Times, instants: list[datetime], history: _History) -> _Times:
    """Those that an account did while it paid, before it decided, with time enough to follow."""
    spell = history.spell_of(seen)
    kept = history.followed(seen, spell)
    for place in np.flatnonzero(kept):
        decided_at = history.decided_at[spell[place]]
        kept[place] = decided_at is None or instants[place] < decided_at
    return seen.where(kept)


def _apart(times: _Times, days: int) -> _Times:
    """Those of each account that are at least so many days after the one kept before."""
    kept = np.zeros(len(times.day), dtype=bool)
    last_account, last_day = -1, 0
    for place, (account, day) in enumerate(zip(times.account, times.day, strict=True)):
        if account != last_account or day - last_day >= days:
            kept[place] = True
            last_account, last_day = account, day
    return times.where(kept)


def _is_near(landmarks: _Times, seen: _Times, days: int) -> np.ndarray:
    """Whether the account had done it on a landmark's day, or so many days before."""
    after = np.searchsorted(seen.keys(), landmarks.keys(), side="right")
    before = np.searchsorted(seen.keys(), landmarks.keys() - days, side="right")
    return after > before


def _strata(with_it: _Times, without: _Times, history: _History) -> list[Counts]:
    columns = []
    for times in (with_it, without):
        spell = history.spell_of(times)
        stratum = history.stratum(times, spell)
        leaves = history.leaves(times, spell)
        columns += [
            np.bincount(stratum, minlength=_LEVELS),
            np.bincount(stratum[leaves], minlength=_LEVELS),
        ]
    return [Counts(*(int(number) for number in cells)) for cells in zip(*columns, strict=True)]


def _told_apart_from_chance(judged: list[Proposal]) -> list[Proposal]:
    """With the false discovery rate over everything that could be told, the surest first."""
    tested = [each for each in judged if each.ratio is not None]
    rates = false_discovery_rates([each.ratio.p for each in tested if each.ratio])
    of = {(each.what, each.name): rate for each, rate in zip(tested, rates, strict=True)}
    told = []
    for each in judged:
        rate = of.get((each.what, each.name))
        verdict = each.verdict
        if verdict == "no" and each.ratio and rate is not None:
            is_warning = rate <= MOST_FALSE and each.ratio.low > 1
            is_late = is_warning and (each.lead_days_median or 0) < LEAST_LEAD_DAYS
            verdict = "late" if is_late else "propose" if is_warning else "no"
        told.append(replace(each, verdict=verdict, false_discovery_rate=rate))
    ranks = {"propose": 0, "known": 1, "late": 2, "no": 3, "too_few": 4}
    return sorted(
        told,
        key=lambda each: (
            ranks[each.verdict], -(each.ratio.low if each.ratio else 0.0), each.what, each.name,
        ),
    )  # fmt: skip


def _day(on: date) -> int:
    return on.toordinal() - 719_163


def _month_number(on: date) -> int:
    return (on.year - 1970) * 12 + on.month - 1
