"""What news makes of memberships."""

from collections.abc import Iterable, Sequence
from typing import Any

from tenure.customers.models import Account, Membership, Person
from tenure.customers.news import MembershipNews, join_membership, latest
from tenure.customers.publishing import MEMBERSHIP_LINKS, note_change
from tenure.customers.upsert import Write, upsert

_FIELDS = ["role", "role_at", "since_at", "known_at", "joined_at", "removed_at", "until_at"]


def keep_memberships(news: Sequence[MembershipNews]) -> Write:
    """Create the memberships that are new, and change those of which something new was said.

    Reads what is held; the write that it returns has nothing to do when nothing changed.
    """
    news = _telling_more(news)
    held = {
        (row.raw_person_id, row.raw_account_id): row
        for row in Membership.objects.filter(raw_person_id__in={each.person_id for each in news})
    }
    people = canonical_ids(Person, {each.person_id for each in news})
    accounts = canonical_ids(Account, {each.account_id for each in news})
    rows = []
    is_changed = False
    for each in news:
        row = held.get((each.person_id, each.account_id))
        before = _shape(row) if row else None
        was_open = (row.until_at, row.known_at) if row else None
        if row is None:
            row = Membership(
                raw_person_id=each.person_id,
                raw_account_id=each.account_id,
                person_id=people.get(each.person_id, each.person_id),
                account_id=accounts.get(each.account_id, each.account_id),
                since_at=each.since_at,
                known_at=each.known_at,
            )
        join_membership(row, each)
        is_over = row.removed_at and not (row.joined_at and row.joined_at > row.removed_at)
        row.until_at = row.removed_at if is_over else None
        is_changed |= (row.until_at, row.known_at) != was_open
        if _shape(row) != before:
            rows.append(row)
    keep = upsert(Membership, rows, ["raw_person_id", "raw_account_id"], _FIELDS)

    def write() -> None:
        keep()
        if is_changed:
            note_change(MEMBERSHIP_LINKS)

    return write


def _telling_more(news: Sequence[MembershipNews]) -> list[MembershipNews]:
    """The news that changes what is held: little, where every event names person and account."""
    names = ("raw_person_id", "raw_account_id", *_FIELDS)
    held = {
        row[:2]: dict(zip(_FIELDS, row[2:], strict=True))
        for row in Membership.objects.filter(
            raw_person_id__in={each.person_id for each in news}
        ).values_list(*names)
    }
    return [
        each
        for each in news
        if (each.person_id, each.account_id) not in held
        or _tells_more(each, held[each.person_id, each.account_id])
    ]


def _tells_more(news: MembershipNews, held: dict[str, Any]) -> bool:
    return (
        news.since_at < held["since_at"]
        or news.known_at < held["known_at"]
        or latest(news.role_at, held["role_at"]) != held["role_at"]
        or (news.role_at is not None and news.role_at == held["role_at"])
        or latest(news.joined_at, held["joined_at"]) != held["joined_at"]
        or latest(news.removed_at, held["removed_at"]) != held["removed_at"]
    )


def _shape(row: Membership) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _FIELDS)


def canonical_ids(model: type[Account] | type[Person], ids: Iterable[str]) -> dict[str, str]:
    """Where those of these raw ids lead that were merged into another."""
    merged = model.objects.filter(pk__in=list(ids)).exclude(merged_into="")
    return dict(merged.values_list("pk", "merged_into"))
