"""Which claims hold: what makes an anonymous id somebody, and what is refused.

- The first claim on an anonymous id holds. A later one by somebody else is kept apart and reported
  (`cannot_merge_already_identified`): one device may have several users.
- Two identified people are never merged by an event: an alias between them is reported as well.
- A link that somebody undid stays undone, and its anonymous id stays apart, whatever comes later.
- What an operator merged comes before any claim.

First means least (made_at, person, because), so the order of arrival decides nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from tenure.customers.junk_ids import ANONYMOUS
from tenure.customers.models import IdentityLink, Person
from tenure.customers.news import Claim
from tenure.customers.publishing import IDENTITY_LINKS, note_change
from tenure.customers.upsert import Write, insert, update

REFUSED = "cannot_merge_already_identified"
OPERATOR = "operator"
_FIELDS = ["canonical_id", "evidence", "made_at", "known_at", "refused", "changed_at"]


def keep_claims(claims: Sequence[Claim]) -> Write:
    """Take in claims and decide anew for each raw id they name; returns the write left to do."""
    claims = _telling_more(claims)
    links = _links_of({claim.raw_id for claim in claims})
    for claim in claims:
        take_claim(links[claim.raw_id], claim)
    return decided(links.values())


def take_claim(links: list[IdentityLink], claim: Claim) -> None:
    """Add a claim to the links of its raw id, or find it there and keep what came first."""
    for link in links:
        if (link.joined_id, link.because) == (claim.person_id, claim.because):
            if (claim.made_at, claim.evidence) < (link.made_at, link.evidence):
                link.made_at, link.evidence = claim.made_at, claim.evidence
            link.known_at = min(link.known_at, claim.known_at)
            return
    links.append(
        IdentityLink(
            kind="person",
            raw_id=claim.raw_id,
            joined_id=claim.person_id,
            because=claim.because,
            evidence=claim.evidence,
            made_at=claim.made_at,
            known_at=claim.known_at,
            changed_at=claim.known_at,
        )
    )


def decided(links_by_id: Iterable[list[IdentityLink]]) -> Write:
    """Decide for each raw id which of its links holds; returns the write of what that changes."""
    groups = [links for links in links_by_id if links]
    every = [link for links in groups for link in links]
    before = {link.pk: _shape(link) for link in every if link.pk}
    roots = _roots({link.joined_id for link in every})
    was = {links[0].raw_id: _canonical(links) for links in groups}
    for links in groups:
        decide(links, roots)
    changed = [link for link in every if link.pk is None or before[link.pk] != _shape(link)]
    has_moved = any(was[links[0].raw_id] != _canonical(links) for links in groups)
    keep = _written(changed)

    def write() -> None:
        keep()
        if has_moved:
            note_change(IDENTITY_LINKS)

    return write


def decide(links: list[IdentityLink], roots: dict[str, IdentityLink]) -> None:
    """Set `canonical_id`, `changed_at` and `refused` on all links of one raw id.

    `roots` maps an id that stands for another one to the link that says so.
    """
    claims = [link for link in links if link.because != OPERATOR]
    merged = next((link for link in links if link.because == OPERATOR and _holds(link)), None)
    first = min(claims, key=lambda link: (link.made_at, link.joined_id, link.because), default=None)
    for link in claims:
        is_other = first is not None and link.joined_id != first.joined_id
        link.refused = REFUSED if is_other else ""
        link.canonical_id = ""
        link.changed_at = link.known_at
    if merged is None and first is not None and not any(link.undone_at for link in claims):
        root = roots.get(first.joined_id)
        first.canonical_id = root.canonical_id if root else first.joined_id
        first.changed_at = max(first.known_at, root.changed_at) if root else first.known_at


def has_aliases() -> bool:
    """Whether any alias was ever sent; most products send none."""
    return IdentityLink.objects.filter(kind="person", because="alias").exists()


def refuse_aliases_between_people(person_ids: Sequence[str], previous: Sequence[Claim]) -> Write:
    """Report aliases whose previous id is an identified person; returns the write left to do.

    Looks from both sides, because either may come first: at the `person_ids` that have news, and
    at the aliases that are new.
    """
    pairs = {}
    known = IdentityLink.objects.filter(
        kind="person", because="alias", raw_id__in=[ANONYMOUS + each for each in person_ids]
    )
    for link in known:
        pairs[link.raw_id, link.joined_id] = link
    aliases = {claim.raw_id.removeprefix(ANONYMOUS): claim for claim in previous}
    if aliases:
        people = Person.objects.filter(person_id__in=list(aliases)).values_list("pk", flat=True)
        raw_ids = [ANONYMOUS + each for each in people]
        for link in IdentityLink.objects.filter(because="alias", raw_id__in=raw_ids):
            pairs[link.raw_id, link.joined_id] = link
    held = {
        (link.raw_id, link.joined_id): link
        for link in IdentityLink.objects.filter(
            kind="person",
            because="alias",
            raw_id__in=[raw_id.removeprefix(ANONYMOUS) for raw_id, _ in pairs],
        )
    }
    return _written([_refusal(held, link) for link in pairs.values()])


def _refusal(held: dict[tuple[str, str], IdentityLink], alias: IdentityLink) -> IdentityLink:
    person_id = alias.raw_id.removeprefix(ANONYMOUS)
    link = held.get((person_id, alias.joined_id)) or IdentityLink(
        kind="person", raw_id=person_id, joined_id=alias.joined_id, because="alias"
    )
    link.refused = REFUSED
    link.evidence, link.made_at = alias.evidence, alias.made_at
    link.known_at = link.changed_at = alias.known_at
    return link


def _telling_more(claims: Sequence[Claim]) -> list[Claim]:
    """Those claims that are not held already, or not as early: few, where every event has both
    ids, so that whole rows are read for few.
    """
    held = {
        row[:3]: row[3:]
        for row in IdentityLink.objects.filter(
            kind="person", raw_id__in={claim.raw_id for claim in claims}
        )
        .exclude(because=OPERATOR)
        .values_list("raw_id", "joined_id", "because", "made_at", "evidence", "known_at")
    }
    more = []
    for claim in claims:
        known = held.get((claim.raw_id, claim.person_id, claim.because))
        if (
            known is None
            or (claim.made_at, claim.evidence) < known[:2]
            or claim.known_at < known[2]
        ):
            more.append(claim)
    return more


def _links_of(raw_ids: set[str]) -> dict[str, list[IdentityLink]]:
    links: dict[str, list[IdentityLink]] = defaultdict(list)
    for link in IdentityLink.objects.filter(kind="person", raw_id__in=raw_ids):
        links[link.raw_id].append(link)
    return links


def _roots(ids: set[str]) -> dict[str, IdentityLink]:
    merged = IdentityLink.objects.filter(kind="person", raw_id__in=ids).exclude(canonical_id="")
    return {link.raw_id: link for link in merged}


def _holds(link: IdentityLink) -> bool:
    return bool(link.canonical_id)


def _canonical(links: list[IdentityLink]) -> str:
    return next((link.canonical_id for link in links if link.canonical_id), "")


def _shape(link: IdentityLink) -> tuple[object, ...]:
    return tuple(getattr(link, name) for name in _FIELDS)


def _written(links: list[IdentityLink]) -> Write:
    """At most one may be in force at any moment, so those that end are written first."""
    new = [link for link in links if link.pk is None]
    old = [link for link in links if link.pk is not None]
    steps = [
        update(IdentityLink, [link for link in old if not link.canonical_id], _FIELDS),
        update(IdentityLink, [link for link in old if link.canonical_id], _FIELDS),
        insert(IdentityLink, new),
    ]

    def write() -> None:
        for step in steps:
            step()

    return write
