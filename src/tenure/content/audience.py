"""To whom something may be said: an account as it is now, and what it is like."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from tenure.card.models import AccountCard
from tenure.customers.models import Account
from tenure.segments.models import SegmentMember
from tenure.segments.vocabulary import ACCOUNT

_RIVALS = ("rivals", "competitors")
_INDUSTRIES = ("industry", "sector")


@dataclass(frozen=True, slots=True)
class Audience:
    """One account; of somebody who is not known, all of it is empty."""

    account_id: str = ""
    name: str = ""
    domain: str = ""
    industry: str = ""
    rivals: frozenset[str] = frozenset()  # names or domains, in lower case
    plan: str = ""
    stage: str = ""
    people: int = 0
    segments: frozenset[str] = frozenset()
    values: Mapping[str, object] = field(default_factory=dict)  # of its card

    @property
    def names(self) -> frozenset[str]:
        """What it may be called, in lower case."""
        found = (self.account_id, self.name, self.domain)
        return frozenset(each.casefold() for each in found if each)


NOBODY = Audience()


def audiences(account_ids: Collection[str]) -> dict[str, Audience]:
    """Each of these accounts, by its canonical id; none for an id that nobody knows."""
    ids = {each for each in account_ids if each}
    known = Account.objects.filter(pk__in=ids).values_list("pk", "name", "domain", "traits")
    rows = AccountCard.objects.filter(pk__in=ids).values_list("pk", "plan", "people", "values")
    cards = {pk: (plan, people, values) for pk, plan, people, values in rows}
    stays = SegmentMember.objects.filter(subject_id__in=ids, over=ACCOUNT, left_at=None)
    inside: dict[str, set[str]] = {}
    for subject_id, segment in stays.values_list("subject_id", "segment"):
        inside.setdefault(subject_id, set()).add(segment)
    found = {}
    for pk, name, domain, traits in known:
        plan, people, values = cards.get(pk, ("", 0, {}))
        found[pk] = Audience(
            account_id=pk,
            name=name,
            domain=domain,
            industry=_first(traits, _INDUSTRIES).casefold(),
            rivals=frozenset(_listed(traits, _RIVALS)),
            plan=str(plan or ""),
            stage=str(values.get("stage") or ""),
            people=people or 0,
            segments=frozenset(inside.get(pk, ())),
            values=values,
        )
    return found


def _first(traits: Mapping[str, object], names: Iterable[str]) -> str:
    return next((str(traits[name]) for name in names if traits.get(name)), "")


def _listed(traits: Mapping[str, object], names: Iterable[str]) -> Iterable[str]:
    """A list, or a text of names parted by commas."""
    for name in names:
        said = traits.get(name) or []
        parts = said if isinstance(said, list) else str(said).split(",")
        yield from (plain for part in parts if (plain := str(part).strip().casefold()))
