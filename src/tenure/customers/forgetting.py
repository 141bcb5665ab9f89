"""What state knows of one account or person, removed for good.

First ask `ids_to_forget`, then delete these ids from the lake and the inbox, and last call
`forget`: as long as state still knows them, a forgetting that was interrupted can be repeated.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.customers.junk_ids import ANONYMOUS
from tenure.customers.merging import canonical_id, ids_behind
from tenure.customers.models import Account, BlockedId, IdentityLink, Membership, Person
from tenure.customers.publishing import (
    IDENTITY_LINKS,
    MEMBERSHIP_LINKS,
    note_change,
    publish_links,
)


@dataclass(frozen=True, slots=True)
class IdsToForget:
    """Raw ids as they stand in events and facts: `user_id`, `anonymous_id`, `account_key`."""

    user_ids: list[str] = field(default_factory=list)
    anonymous_ids: list[str] = field(default_factory=list)
    account_keys: list[str] = field(default_factory=list)


def ids_to_forget(kind: str, raw_id: str) -> IdsToForget:
    """Every raw id that stands for the account or person that `raw_id` leads to.

    Raises NotFound when state knows nothing of it. An anonymous id that several people used is
    theirs as well: it is named only where its link leads to this person. Raises InvalidInput for
    an unknown kind.
    """
    if kind not in ("account", "person"):
        raise InvalidInput(f"{kind!r} cannot be forgotten; use account or person", field="kind")
    ids = ids_behind(kind, canonical_id(kind, raw_id))
    if kind == "account":
        if not Account.objects.filter(account_id__in=ids).exists():
            raise NotFound(f"there is no account {raw_id!r}, so there is nothing to forget")
        return IdsToForget(account_keys=ids)
    is_anonymous = raw_id.startswith(ANONYMOUS)
    if not is_anonymous and not Person.objects.filter(person_id__in=ids).exists():
        raise NotFound(f"there is no person {raw_id!r}, so there is nothing to forget")
    return IdsToForget(
        user_ids=[each for each in ids if not each.startswith(ANONYMOUS)],
        anonymous_ids=[each.removeprefix(ANONYMOUS) for each in ids if each.startswith(ANONYMOUS)],
    )


@transaction.atomic
def forget(kind: str, ids: IdsToForget) -> int:
    """How many rows of state were removed; none may be left that names one of `ids`."""
    names = (
        ids.account_keys
        if kind == "account"
        else [*ids.user_ids, *(ANONYMOUS + each for each in ids.anonymous_ids)]
    )
    column = {"account": "account", "person": "person"}[kind]
    of_members = Q(**{f"raw_{column}_id__in": names}) | Q(**{f"{column}_id__in": names})
    of_links = Q(raw_id__in=names) | Q(joined_id__in=names) | Q(canonical_id__in=names)
    found = [
        Membership.objects.filter(of_members),
        IdentityLink.objects.filter(of_links, kind=kind),
        BlockedId.objects.filter(kind=kind, raw_id__in=[*names, *ids.anonymous_ids]),
        Account.objects.filter(account_id__in=ids.account_keys),
        Person.objects.filter(person_id__in=ids.user_ids),
    ]
    removed = sum(rows.delete()[0] for rows in found)
    note_change(IDENTITY_LINKS)
    note_change(MEMBERSHIP_LINKS)
    return removed


def publish_forgetting(home: Home, now: datetime) -> None:
    """Take the links of the forgotten out of the lake's present; `now` is when they end."""
    publish_links(home, now)
