"""Who is who, as the lake has to know it: written there whenever it changed.

State counts its changes, in the transaction that makes them, and the count that was published
last. So a crash between the two is made good by the next call.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import F

from tenure.base.home import Home
from tenure.customers.models import FollowCursor, IdentityLink, Membership
from tenure.lake.relations import write_identity_links, write_membership_links

IDENTITY_LINKS = "identity_links"
MEMBERSHIP_LINKS = "membership_links"
MERGES = "merges"  # not published: tells a follower that canonical ids changed under its hands
_PUBLISHED = "_published"
_AT_ONCE = 5_000


def note_change(name: str) -> None:
    """Say that links changed, in the transaction that changed them."""
    FollowCursor.objects.get_or_create(name=name)
    FollowCursor.objects.filter(name=name).update(batch=F("batch") + 1)


def publish_links(home: Home, now: datetime) -> int:
    """How many links changed in the lake; nothing is read when nothing was noted."""
    changed = 0
    for name, write, rows in (
        (IDENTITY_LINKS, write_identity_links, identity_links),
        (MEMBERSHIP_LINKS, write_membership_links, membership_links),
    ):
        count = _count(name)
        if count != _count(name + _PUBLISHED):
            changed += write(home, rows(), now=now)
            with transaction.atomic():
                FollowCursor.objects.update_or_create(
                    name=name + _PUBLISHED, defaults={"batch": count}
                )
    return changed


def identity_links() -> Iterator[dict[str, object]]:
    """Every id that stands for another one now."""
    links = IdentityLink.objects.exclude(canonical_id="")
    return links.values("kind", "raw_id", "canonical_id", "changed_at").iterator(_AT_ONCE)


def membership_links() -> Iterator[dict[str, object]]:
    """Each person's open memberships, or the last they left where none is open.

    The latter, so that what somebody did before leaving still counts for the account they left.
    """
    open_pairs: dict[tuple[str, str], datetime] = {}
    left: dict[str, tuple[datetime, str, datetime]] = {}
    rows = Membership.objects.values_list("person_id", "account_id", "known_at", "until_at")
    for person_id, account_id, known_at, until_at in rows.iterator(_AT_ONCE):
        if until_at is None:
            pair = person_id, account_id
            open_pairs[pair] = min(known_at, open_pairs.get(pair, known_at))
        else:
            last = until_at, account_id, known_at
            left[person_id] = max(last, left.get(person_id, last))
    for (person_id, account_id), known_at in open_pairs.items():
        left.pop(person_id, None)
        yield {"person_id": person_id, "account_id": account_id, "changed_at": known_at}
    for person_id, (_, account_id, known_at) in left.items():
        yield {"person_id": person_id, "account_id": account_id, "changed_at": known_at}


def _count(name: str) -> int:
    return FollowCursor.objects.filter(name=name).values_list("batch", flat=True).first() or 0
