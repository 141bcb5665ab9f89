"""The people of one account: who they are, since when, and what they did lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.card.timeline import Reads
from tenure.customers.models import Membership
from tenure.kit.sql_file import load

ACTIVE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Member:
    """One person in the account. `until_at` is set when they left it."""

    person_id: str
    name: str
    email: str
    role: str
    since_at: datetime
    until_at: datetime | None
    last_seen_at: datetime | None  # in this account
    events_30_days: int


@dataclass(frozen=True, slots=True)
class AccountPeople:
    """Members, the last seen first, and how many visitors nobody identified."""

    members: list[Member]
    unknown_visitors: int
    unknown_events_30_days: int


def account_people(
    reader: Reads, account_id: str, *, now: datetime, time_zone: str
) -> AccountPeople:
    """The people of a canonical account at `now`; the last 30 days include today."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    rows = reader.rows(
        load("tenure.card", "person_use"),
        account_id=account_id,
        first_on=today - timedelta(days=ACTIVE_DAYS - 1),
        before_on=today + timedelta(days=1),
    )
    used = {row["person_id"]: row for row in rows}
    members: dict[str, Member] = {}
    # Two raw ids of one person may have joined one after the other.
    for membership in _memberships(account_id):
        use = used.pop(membership.person_id, None)
        held = members.get(membership.person_id)
        if held is None:
            members[membership.person_id] = _member(membership, use)
        elif membership.until_at is None or (held.until_at and membership.until_at > held.until_at):
            members[membership.person_id] = _joined(held, membership)
    unknown = [row for person_id, row in used.items() if person_id.startswith("anon:")]
    return AccountPeople(
        sorted(members.values(), key=_last_seen_first),
        len(unknown),
        sum(row["events"] for row in unknown),
    )


def _memberships(account_id: str) -> list[Membership]:
    found = Membership.objects.filter(account_id=account_id).select_related("person")
    return list(found.order_by("since_at", "raw_person_id"))


def _member(membership: Membership, use: dict | None) -> Member:
    person = membership.person
    return Member(
        person_id=membership.person_id,
        name=person.name,
        email=person.email,
        role=membership.role,
        since_at=membership.since_at,
        until_at=membership.until_at,
        last_seen_at=use["last_seen_at"] if use else None,
        events_30_days=use["events"] if use else 0,
    )


def _joined(held: Member, later: Membership) -> Member:
    return Member(
        person_id=held.person_id,
        name=held.name,
        email=held.email,
        role=later.role or held.role,
        since_at=held.since_at,
        until_at=None if held.until_at is None else later.until_at,
        last_seen_at=held.last_seen_at,
        events_30_days=held.events_30_days,
    )


def _last_seen_first(member: Member) -> tuple[bool, bool, float, str]:
    seen = member.last_seen_at
    at = -seen.timestamp() if seen else 0.0
    return member.until_at is not None, seen is None, at, member.person_id
