"""Companies for fixes: many accounts alike, some of which leave for a reason on a day.

`company` and `lived` bring them through the lake; `drawn` puts what would come of that where fixes
read it: times of paying, and reasons in state. `test_fixes_lived.py` holds that both are the same.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from reasons.reason_worlds import at, seen
from tenure.card.product import product
from tenure.customers.models import Account
from tenure.lake.reading import reading
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes import Effect, Ground, effect
from tenure.reasons.following import follow_reasons
from tenure.reasons.inferring_follow import follow_inferred
from tenure.reasons.models import ReasonRecord
from tenure.reasons.taxonomy import taxonomy
from tenure.signals.leavings import Spell, spells

MONTH = 365.25 / 12
PRODUCT = """
[[first_value.step]]
name = "first_project"
title = "A project is set up"
event = "Project Created"
within_days = 10
[[first_value.step]]
name = "first_invoice"
title = "The first invoice"
event = "Invoice Sent"
within_days = 14
[[feature]]
name = "templates"
title = "Templates"
events = ["Template Used"]
"""


def company(
    began: Mapping[str, str],
    left: Mapping[str, tuple[str, str]],
    more: str = "",
) -> str:
    """Lines for accounts that began on a day, of which some left on a day for a reason."""
    lines = []
    for account, day in began.items():
        said = f'{{"plan": "Team", "subscription": "{account}"}}'
        lines.append(f"{day} 08:00  @{account}  fact: start  {said}")
    for account, (day, reason) in left.items():
        ends = date.fromisoformat(day) + timedelta(days=30)
        said = f'{{"subscription": "{account}", "version": "v1", "ends_at": "{ends}"}}'
        lines.append(f"{day} 09:00  @{account}  fact: notice  {said}")
        if reason:
            lines.append(f"{day} 09:01  ada@{account}  reason: Reason Given  {reason}")
    return "\n".join([*lines, more])


def lived(home, text: str, now: str, *, infers: bool = False) -> None:
    """What happened, as far as reasons. Unless it `infers`, nothing that was seen explains any
    leaving, which is quicker.
    """
    seen(home, text, now)
    follow_reasons(home, at(now))
    if infers:
        follow_inferred(home, at(now))
        return
    with reading(home) as reader:
        found = spells(reader, until_on=at(now).date(), time_zone="UTC")
    ReasonRecord.objects.bulk_create(
        [
            record(
                each.account_id, each.decided_at, source="inferred", is_weak=True,
                code="experience_not_right",
            )
            for each in found
            if each.decided_at
        ]
    )  # fmt: skip


def drawn(
    began: Mapping[str, str], left: Mapping[str, tuple[str, dict[str, Any]]], today: str
) -> Ground:
    """The same company as it is read: who paid when, and why who left did.

    Of a leaving the reason is said; `seen=True` in it makes it inferred, an empty one is unknown.
    """
    spells, records = [], []
    for account, day in began.items():
        decided = at(f"{left[account][0]} 09:00") if account in left else None
        on = decided.date() if decided else None
        ended = on + timedelta(days=30) if on else None
        spells.append(Spell(account, date.fromisoformat(day), on, decided, ended))
    for account, (day, said) in left.items():
        decided = at(f"{day} 09:00")
        reason = dict(said)
        is_seen = reason.pop("seen", False)
        inferred = reason if is_seen else {"code": "experience_not_right", "is_weak": True}
        records.append(record(account, decided, source="inferred", **inferred))
        if reason and not is_seen:
            records.append(
                record(account, decided, source=reason.pop("source", "stated"), **reason)
            )
    ReasonRecord.objects.bulk_create(records)
    return Ground(spells, product(), taxonomy(), date.fromisoformat(today), "UTC")


def record(account: str, said_at: Any, **values: Any) -> ReasonRecord:
    """One reason of an account, given or inferred."""
    number = ReasonRecord.objects.count()
    return ReasonRecord(
        key=f"{account} {said_at} {values} {number}",
        account_key=account, account_id=account, said_at=said_at, known_at=said_at,
        recorded_at=said_at, **values,
    )  # fmt: skip


def effect_on(home, fix: Fix, day: str, ground: Ground | None = None) -> Effect:
    """The effect as it is that morning."""
    with reading(home) as reader:
        return effect(reader, fix, today=date.fromisoformat(day), time_zone="UTC", ground=ground)


def account_months(
    began: Mapping[str, str], decided: Mapping[str, str], first: str, before: str
) -> float:
    """Counted day by day: an account is at risk from its first day to that of its decision."""
    days = 0
    for account, start in began.items():
        last = date.fromisoformat(decided.get(account, "9999-12-31"))
        day = date.fromisoformat(first)
        while day < date.fromisoformat(before):
            days += date.fromisoformat(start) <= day <= last
            day += timedelta(days=1)
    return days / MONTH


def names(count: int, prefix: str = "a") -> list[str]:
    return [f"{prefix}{n:02}" for n in range(count)]


def account_rows(accounts: Iterable[str]) -> None:
    """Accounts in state, where a test asks nothing of the lake."""
    for each in accounts:
        Account.objects.create(
            account_id=each, name=each.title(), created_at=at("2025-01-01"),
            first_seen_at=at("2025-01-01"),
        )  # fmt: skip
