"""Churn by month from paid spells, in plain Python: every account, every day.

Written from the definitions of `tenure churn` and from nothing of Tenure; a spell is a line of
some file, read by the test that knows the file.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Spell:
    """`account` holds something from `starts` until before `ends`; mrr 0 is a trial or free."""

    account: str
    starts: date
    ends: date | None
    mrr: int
    name: str
    columns: dict = field(default_factory=dict, hash=False)


def month_starts(first: date, last: date) -> list[date]:
    months = []
    while first <= last:
        months.append(first)
        first = (first + timedelta(days=31)).replace(day=1)
    return months


def churn(spells: list[Spell], first: date, last: date, group_of=None) -> dict:
    """{(month, group): fields} of every month from that of `first` to that of `last`.

    `group_of(account, spells held that day)` names the group; without it there is one, None.
    """
    months = month_starts(first.replace(day=1), last.replace(day=1))
    stop = (months[-1] + timedelta(days=31)).replace(day=1)
    by_account = defaultdict(list)
    for spell in spells:
        if spell.ends is None or spell.ends > spell.starts:
            by_account[spell.account].append(spell)
    sums: dict = defaultdict(lambda: defaultdict(int))
    for account, held in by_account.items():
        paid = [spell for spell in held if spell.mrr != 0]
        tell(sums, account, paid, months, stop, group_of)
        last_end = max(spell.ends or date.max for spell in held)
        if not paid and months[0] <= last_end < stop:
            final = [spell for spell in held if (spell.ends or date.max) == last_end]
            final.sort(key=lambda spell: (-spell.starts.toordinal(), spell.name))
            group = group_of(account, final[:1]) if group_of else None
            sums[last_end.replace(day=1), group]["free_accounts_lost"] += 1
    return {key: fields(sums[key]) for key in sums}


def tell(sums, account, paid, months, stop, group_of) -> None:
    """Add what one account does to the sums of each month and group."""
    if not paid:
        return
    worth: dict = defaultdict(int)
    for spell in paid:
        day = spell.starts
        while day < (spell.ends or stop):
            worth[day] += spell.mrr
            day += DAY
    day = min(spell.starts for spell in paid) - DAY
    yesterday, ever = 0, False
    month_start, group, was, month = 0, None, None, defaultdict(int)
    while day < stop:
        if day.day == 1 or was is None:
            if was is not None:
                close(sums, was, group, month_start, yesterday, month)
            was, month_start, month = day.replace(day=1), yesterday, defaultdict(int)
            group = None
            if yesterday and group_of:
                group = group_of(account, [s for s in paid if holds(s, day - DAY)])
        now = max(0, worth[day])
        if now and not month_start and not month and group_of:
            group = group_of(account, [s for s in paid if holds(s, day)])
        if now != yesterday:
            if not yesterday:
                kind = "reactivated" if ever else "new"
            elif not now:
                kind = "churned"
            else:
                kind = "expansion" if now > yesterday else "contraction"
            month[kind] += 1
            month[f"mrr_{kind}"] += now - yesterday
        ever = ever or now > 0
        yesterday = now
        day += DAY
    close(sums, was, group, month_start, yesterday, month)


def holds(spell: Spell, day: date) -> bool:
    return spell.starts <= day and (spell.ends is None or spell.ends > day)


def close(sums, month_on, group, start, end, month) -> None:
    if not (start or end or month):
        return
    total = sums[month_on, group]
    total["accounts_at_start"] += start > 0
    total["accounts_at_end"] += end > 0
    total["mrr_at_start"] += start
    total["mrr_at_end"] += end
    for kind, number in month.items():
        total[kind] += number
    total["first_and_still"] += month["new"] > 0 and end > 0
    total["gone"] += start > 0 and end == 0
    if start or end:
        total["lost"] -= month["mrr_churned"] + month["mrr_contraction"]
        total["regained"] += month["mrr_expansion"] + month["mrr_reactivated"]
    if start:
        total["kept"] += min(start, end)
        total["grown"] += end


def fields(sums) -> dict:
    accounts, mrr = sums["accounts_at_start"], sums["mrr_at_start"]
    return {
        "accounts_at_start": accounts,
        "accounts_new": sums["new"],
        "accounts_reactivated": sums["reactivated"],
        "accounts_churned": sums["churned"],
        "accounts_at_end": sums["accounts_at_end"],
        "account_acquisition_rate": sums["first_and_still"] / accounts if accounts else None,
        "account_churn_rate": sums["gone"] / accounts if accounts else None,
        "free_accounts_lost": sums["free_accounts_lost"],
        "mrr_at_start_minor": mrr,
        "mrr_new_minor": sums["mrr_new"],
        "mrr_expansion_minor": sums["mrr_expansion"],
        "mrr_contraction_minor": sums["mrr_contraction"],
        "mrr_churned_minor": sums["mrr_churned"],
        "mrr_reactivated_minor": sums["mrr_reactivated"],
        "mrr_fx_minor": 0,
        "mrr_at_end_minor": sums["mrr_at_end"],
        "gross_mrr_churn_rate": sums["lost"] / mrr if mrr else None,
        "net_mrr_churn_rate": (sums["lost"] - sums["regained"]) / mrr if mrr else None,
        "grr": sums["kept"] / mrr if mrr else None,
        "nrr": sums["grown"] / mrr if mrr else None,
    }


def leading(spells: list[Spell]) -> Spell:
    """The spell that stands for an account: the largest, then the earliest, then by name."""
    return min(spells, key=lambda spell: (-spell.mrr, spell.starts, spell.name))
