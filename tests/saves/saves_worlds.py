"""One account's subscriptions drawn as text, and what is judged of a save in them.

s1  2025-01-10  -           10          subscription, from, until, MRR in units; as ledger_worlds
s1  2025-01-10  2025-06-10  120/year  billing_interval=year
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from measure.ledger_worlds import at, fact, link, spells, world
from tenure.saves.judging import Judged, gone_and_paid
from tenure.saves.models import Save
from tenure.saves.proving import asked_of, judge_all, shown_of_all
from tenure.saves.shown import Shown

ACCOUNT = "ada"


def drawn(drawing: str, account: str = ACCOUNT) -> list[dict]:
    """The facts of these subscriptions; billed by the month unless they say otherwise."""
    lines = [line.split() for line in drawing.strip().splitlines()]
    for words in lines:
        if not any(word.startswith("billing_interval=") for word in words):
            words.append("billing_interval=month")
    return spells("\n".join(" ".join([account, *words]) for words in lines))


def notice(day: str, until: str | None, subscription: str = "s1", **columns: Any) -> dict:
    """Notice that a subscription ends; without `until`, that it was taken back."""
    return fact(
        "notice", ACCOUNT, day, subscription_id=subscription,
        **{"ends_at": until and at(until), "version_key": None, **columns},
    )  # fmt: skip


def paid(day: str, subscription: str = "s1", **columns: Any) -> dict:
    return fact("payment_succeeded", ACCOUNT, day, subscription_id=subscription, **columns)


def failed(day: str, subscription: str = "s1", **columns: Any) -> dict:
    return fact("payment_failed", ACCOUNT, day, subscription_id=subscription, **columns)


def paused(day: str, until: str, subscription: str = "s1") -> dict:
    return fact("pause", ACCOUNT, day, subscription_id=subscription, ends_at=at(until))


def accepted(
    when: str = "2025-02-01T14:00",
    *,
    kind: str = "training",
    terms: dict[str, Any] | None = None,
    subscription: str = "s1",
    account: str = ACCOUNT,
    number: int = 1,
    **fields: Any,
) -> Save:
    """A save that was accepted then, not written anywhere."""
    opened_at = at(when)
    return Save(
        pk=number,
        key=f"save:v{number}",
        visit_id=f"v{number}",
        kind="save",
        account_id=account,
        subscription_id=subscription,
        offer=kind,
        offer_kind=kind,
        terms=terms or {},
        mrr_before_minor=1000,
        opened_at=opened_at,
        opened_on=opened_at.date(),
        **fields,
    )


def judged(
    facts: Iterable[dict],
    save: Save | None = None,
    *,
    today: str | date,
    links: Sequence[dict] = (),
    as_of: datetime | None = None,
) -> Judged:
    """What follows from these facts of one save."""
    save = save or accepted()
    day = date.fromisoformat(today) if isinstance(today, str) else today
    with world(facts, links=links, as_of=as_of) as reader:
        found, _ = judge_all(reader, [save], day)
    return found[save.pk]


def gone_and_paid_of(facts: Iterable[dict], save: Save, today: date) -> tuple[date | None, int]:
    """The same of an account that is only watched beside a save."""
    with world(facts) as reader:
        shown, canonical = shown_of_all(reader, [save])
    of_account = shown.get(canonical[save.account_id], Shown())
    return gone_and_paid(asked_of(save, today), of_account, today)


def days_after(day: str, days: int) -> date:
    return date.fromisoformat(day) + timedelta(days=days)


__all__ = [
    "ACCOUNT", "accepted", "at", "days_after", "drawn", "failed", "fact", "gone_and_paid_of", "judged", "link",
    "notice", "paid", "paused",
]  # fmt: skip
