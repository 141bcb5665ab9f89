"""Which ids of people count for one account, and where they lead."""

from collections import defaultdict
from collections.abc import Collection

from tenure.customers.models import IdentityLink, Membership, Person

_AT_ONCE = 500


def user_ids_of(account_id: str) -> list[str]:
    """Raw ids of the people whose events count for this account when they name none.

    Those who belong to this canonical account and to no other; who belongs nowhere any more counts
    for the account they left last. The same rule as the lake's `membership_link`.
    """
    here = Membership.objects.filter(account_id=account_id).values_list("person_id", flat=True)
    theirs: dict[str, list[Membership]] = defaultdict(list)
    for part in _parts(sorted(set(here))):
        for each in Membership.objects.filter(person_id__in=part):
            theirs[each.person_id].append(each)
    alone = [person_id for person_id, held in theirs.items() if _only(held) == account_id]
    found = list(alone)
    for part in _parts(alone):
        merged = Person.objects.filter(merged_into__in=part)
        found += merged.values_list("person_id", flat=True)
    return sorted(found)


def canonical_people(raw_ids: Collection[str]) -> dict[str, str]:
    """Where those of these raw ids lead that stand for somebody else."""
    found: dict[str, str] = {}
    for part in _parts(sorted(raw_ids)):
        links = IdentityLink.objects.filter(kind="person", raw_id__in=part)
        found |= dict(links.exclude(canonical_id="").values_list("raw_id", "canonical_id"))
    return found


def _only(held: list[Membership]) -> str | None:
    """The one account that these memberships of a person leave, or None."""
    still = {each.account_id for each in held if each.until_at is None}
    if not still:
        return max(held, key=lambda each: (each.until_at, each.account_id)).account_id
    return still.pop() if len(still) == 1 else None


def _parts(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
