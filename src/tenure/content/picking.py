"""What may be said to whom: one testimonial by rule, or none.

A testimonial may be said where somebody approved it, its consent holds for that place, its language
is theirs and its tags fit. Nobody reads their own words, nor a rival's. Of what may be said, that
of the customer most like them comes first; of several alike each person has one of their own, which
stays theirs until it may not be said any more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, Max, Q, Sum

from tenure.base.ids import digest
from tenure.content.audience import NOBODY, Audience, audiences
from tenure.content.models import Standing, Testimonial
from tenure.content.testimonials import PRODUCT, SITE
from tenure.customers.models import IdentityLink

# What makes two customers alike, and by how much.
INDUSTRY, PLAN, SEGMENT, SIZE, STAGE = 3, 2, 1, 1, 1
SIZE_FACTOR = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words that may be shown somewhere, and who said them."""

    testimonial: Testimonial
    author: Audience = NOBODY


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, where, and for whom. `seed` tells one reader from another."""

    place: str
    language: str
    audience: Audience = NOBODY
    person_id: str = ""
    feature: str = ""
    segment: str = ""  # of a page that speaks to one
    plan: str = ""
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why one was not taken."""

    key: str
    because: str


@dataclass(frozen=True, slots=True)
class Sayable:
    """Everything that may be shown somewhere now: read once, asked many times."""

    candidates: Sequence[Candidate]

    @classmethod
    def now(cls) -> "Sayable":
        """As it is at this moment."""
        rows = Testimonial.objects.filter(standing=Standing.APPROVED, withdrawn_at=None)
        held = [each for each in rows.exclude(scope=[]).order_by("pk") if each.is_live]
        canonical = _canonical({each.account_id for each in held})
        authors = audiences(canonical.values())
        return cls(
            [
                Candidate(each, authors.get(canonical.get(each.account_id, ""), NOBODY))
                for each in held
            ]
        )

    def pick(self, wanted: Wanted, most: int = 1) -> list[Testimonial]:
        """The best of what may be said there, the best first; empty: nothing may be."""
        fitting = [each for each in self.candidates if not why_not(each, wanted)]
        seed = wanted.seed or wanted.person_id or wanted.audience.account_id
        ranked = sorted(
            fitting,
            key=lambda each: (-likeness(each, wanted), digest("say", seed, each.testimonial.key)),
        )
        return [each.testimonial for each in ranked[:most]]

    def refused(self, wanted: Wanted) -> list[Refused]:
        """Why each of the others was not taken."""
        found = [(each, why_not(each, wanted)) for each in self.candidates]
        return [Refused(each.testimonial.key, because) for each, because in found if because]


def sayable(now: datetime) -> Sayable:
    """The same, read again only when words have changed, or a minute has gone by."""
    live = Q(standing=Standing.APPROVED, withdrawn_at=None)
    rows = Testimonial.objects.aggregate(
        last=Max("pk"), changes=Sum("revision"), live=Count("pk", filter=live)
    )
    return _sayable(tuple(rows.values()), int(now.timestamp()) // 60)


@lru_cache(maxsize=2)
def _sayable(version: tuple[int | None, ...], minute: int) -> Sayable:
    return Sayable.now()


def why_not(candidate: Candidate, wanted: Wanted) -> str:
    """Why this may not be said there; empty: it may."""
    said, audience = candidate.testimonial, wanted.audience
    if not said.is_live:
        return "it is not approved, or its consent does not hold"
    needed = SITE if wanted.place == PRODUCT else wanted.place
    if needed not in said.scope:
        return f"no consent for {needed}"
    if not _is_language(said.language, wanted.language):
        return f"it is in {said.language}"
    if wanted.feature and wanted.feature not in said.features:
        return f"it is not about {wanted.feature}"
    if because := _of_own_circle(candidate, wanted):
        return because
    if audience is NOBODY:
        return _unlike_page(said, wanted)
    for name, tags, held in (
        ("segments", said.segments, audience.segments),
        ("plans", said.plans, {audience.plan}),
        ("stages", said.stages, {audience.stage}),
    ):
        if tags and not set(tags) & held:
            return f"it is for other {name}"
    return ""


def likeness(candidate: Candidate, wanted: Wanted) -> int:
    """How like the reader who said it is: industry, plan, segment, size and stage."""
    said, author, reader = candidate.testimonial, candidate.author, wanted.audience
    found = 0
    if author.industry and author.industry == reader.industry:
        found += INDUSTRY
    if author.plan and author.plan == (reader.plan or wanted.plan):
        found += PLAN
    if set(said.segments) & (reader.segments | {wanted.segment} - {""}):
        found += SEGMENT
    if reader.stage and reader.stage in said.stages:
        found += STAGE
    small, large = sorted((author.people, reader.people))
    if small and large <= small * SIZE_FACTOR:
        found += SIZE
    return found


def _unlike_page(said: Testimonial, wanted: Wanted) -> str:
    if wanted.segment and said.segments and wanted.segment not in said.segments:
        return "it is for other segments"
    if wanted.plan and said.plans and wanted.plan not in said.plans:
        return "it is for other plans"
    return ""


def _of_own_circle(candidate: Candidate, wanted: Wanted) -> str:
    said, author, reader = candidate.testimonial, candidate.author, wanted.audience
    if said.person_id and said.person_id == wanted.person_id:
        return "their own words"
    if reader is NOBODY:
        return ""
    company = said.company.casefold()
    if (
        (said.account_id and reader.account_id in (said.account_id, author.account_id))
        or (company and company in reader.names)
        or (author.domain and author.domain == reader.domain)
    ):
        return "their own words"
    spoken = author.names | ({company} - {""})
    if reader.rivals & spoken or author.rivals & reader.names:
        return "a rival's words"
    if {each.casefold() for each in said.kept_from} & reader.names:
        return "kept from them"
    return ""


def _is_language(said: str, wanted: str) -> bool:
    """`en-gb` is read by whoever reads `en`; the two Chinese scripts are two."""
    if said == wanted:
        return True
    one, other = said.partition("-")[0], wanted.partition("-")[0]
    return one == other and one != "zh"


def _canonical(account_ids: Collection[str]) -> Mapping[str, str]:
    found = {id: id for id in account_ids if id}
    links = IdentityLink.objects.filter(kind="account", raw_id__in=found)
    return found | dict(links.exclude(canonical_id="").values_list("raw_id", "canonical_id"))
