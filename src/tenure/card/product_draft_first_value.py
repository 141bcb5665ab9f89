"""What accounts that stayed did early and the others did not: the way to first value, it seems."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Any

from tenure.card.product_draft_difference import z_of
from tenure.card.product_draft_words import comment, percent, toml

STAY_DAYS = 90
EARLY_DAYS = 14
ACCOUNTS_MAX = 20_000
TELLING_MAX, SHOWN_MAX = 2, 8
LEAST_STAYED, LEAST_LEFT = 20, 10  # fewer tell nothing
LEAST_SHARE = 0.2  # of those who stayed
COMMON_SHARE = 0.5  # what so many do comes first, whether it tells them apart or not
LEAST_DIFFERENCE = 0.1
LEAST_Z = 2.5
_NONE_TELLS = (
    f"No event tells them apart: that takes {LEAST_SHARE:.0%} of those who stayed, "
    f"and {100 * LEAST_DIFFERENCE:.0f} points more than of the others."
)
_ROUND_DAYS = (1, 2, 3, 5, 7, 10, 14, 21, 28, 42, 60, 90)


@dataclass(frozen=True, slots=True)
class EarlyUse:
    """How many accounts did an event early, among those who stayed and those who did not."""

    event: str
    stayed: int
    left: int
    median_days: float  # of those who stayed, from their first event

    def difference(self, stayed_all: int, left_all: int) -> float:
        return self.stayed / stayed_all - self.left / left_all


@dataclass(frozen=True, slots=True)
class Accounts:
    """What each account did first, by its day, and which of them stayed."""

    days: Mapping[str, Mapping[str, int]]  # account -> event -> day of its first
    stayed: frozenset[str]
    by_payment: bool  # stayed means paying; else, without any billing, still active

    @property
    def left(self) -> list[str]:
        return [account for account in self.days if account not in self.stayed]


def accounts_of(rows: Iterable[Mapping[str, Any]]) -> Accounts:
    """The accounts of `draft_first_use`, with who stayed."""
    days: dict[str, dict[str, int]] = {}
    paying, active = set(), set()
    for row in rows:
        account = days.setdefault(row["account_id"], {})
        if row["event"] is not None:
            account[row["event"]] = row["days"]
        if row["pays"]:
            paying.add(row["account_id"])
        if row["is_active"]:
            active.add(row["account_id"])
    return Accounts(days, frozenset(paying or active), bool(paying))


def early_uses(accounts: Accounts, events: Collection[str]) -> list[EarlyUse]:
    """How each of these events tells those who stayed from the others."""
    stayed: dict[str, list[int]] = defaultdict(list)
    left: dict[str, int] = defaultdict(int)
    for account, days in accounts.days.items():
        for event in days.keys() & set(events):
            if account in accounts.stayed:
                stayed[event].append(days[event])
            else:
                left[event] += 1
    return [
        EarlyUse(event, len(stayed[event]), left[event], median(stayed[event] or [EARLY_DAYS]))
        for event in events
    ]


def steps_of(accounts: Accounts, uses: Sequence[EarlyUse]) -> list[EarlyUse]:
    """What nearly all do, then the events that tell most, in the order in which they come.

    Empty when no event tells those who stayed from the others, or when there are too few of either.
    """
    n, m = len(accounts.stayed), len(accounts.left)
    if n < LEAST_STAYED or m < LEAST_LEFT:
        return []
    telling = [
        use
        for use in uses
        if use.stayed / n >= LEAST_SHARE
        and use.difference(n, m) >= LEAST_DIFFERENCE
        and z_of(use.stayed, n, use.left, m) >= LEAST_Z
    ]
    steps = sorted(telling, key=lambda use: -use.difference(n, m))[:TELLING_MAX]
    if not steps:
        return []
    earliest = min(use.median_days for use in steps)
    common = [
        use
        for use in uses
        if use.stayed / n >= COMMON_SHARE and use.median_days <= earliest and use not in steps
    ]
    steps += sorted(common, key=lambda use: -use.stayed)[:1]
    return sorted(steps, key=lambda use: (use.median_days, -use.stayed))


def first_value_lines(
    accounts: Accounts, titles: Mapping[str, str], names: Mapping[str, str]
) -> list[str]:
    """The way to first value as TOML, with the evidence of each step; `titles` by event."""
    n, m = len(accounts.stayed), len(accounts.left)
    how = "paid" if accounts.by_payment else "were still active"
    uses = early_uses(accounts, list(titles))
    steps = steps_of(accounts, uses)
    lines = [
        comment(f"{n:,} accounts {how} {STAY_DAYS} days after their first event, {m:,} did not."),
        comment(f"Who did what within {EARLY_DAYS} days, of those who stayed and of the others:"),
    ]
    if n and m:
        shown = sorted(uses, key=lambda use: -use.difference(n, m))[:SHOWN_MAX]
        for use in shown:
            shares = f"{percent(use.stayed, n):>5} and {percent(use.left, m):>5}"
            lines.append(comment(f"  {shares}  {use.event}"))
    if not steps:
        few = n < LEAST_STAYED or m < LEAST_LEFT
        why = "These are too few to tell." if few else _NONE_TELLS
        return [*lines, comment(why), *_example(), ""]
    lines += ["[first_value]", f"title = {toml(titles[steps[-1].event])}", ""]
    before = None
    for step in steps:
        lines += [
            "[[first_value.step]]",
            f"name = {toml(names[step.event])}",
            f"title = {toml(titles[step.event])}",
            f"event = {toml(step.event)}",
            f"within_days = {_within_days(accounts, before, step.event)}",
            "",
        ]
        before = step.event
    return lines


def _within_days(accounts: Accounts, before: str | None, event: str) -> int:
    """The days that three of four of those who stayed needed, rounded up."""
    gaps: list[int] = []
    for account in accounts.stayed:
        days = accounts.days[account]
        if event in days and (before is None or before in days):
            gaps.append(max(0, days[event] - (days[before] if before else 0)))
    needed = sorted(gaps)[ceil(0.75 * len(gaps)) - 1] if gaps else EARLY_DAYS
    return next((days for days in _ROUND_DAYS if days >= max(needed, 1)), _ROUND_DAYS[-1])


def _example() -> Sequence[str]:
    return [
        comment("[first_value]"),
        comment('title = "What a newcomer should reach"'),
        comment("[[first_value.step]]"),
        comment('name = "first_step"'),
        comment('event = "The event that shows it"'),
        comment("within_days = 7"),
    ]
