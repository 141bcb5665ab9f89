"""Whom plays wrote to lately, and how much each of them got: whoever is several ids is one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from tenure.customers.members import canonical_people
from tenure.customers.models import IdentityLink
from tenure.messages.models import Message, Status

LATEST_MOST = 2_000  # messages that are looked at for whom they went to
NOT_YET = (Status.HELD, Status.READY, Status.CLAIMED, Status.SENDING)
NEVER = (Status.SUPPRESSED, Status.CONTROL, Status.FAILED, Status.EXPIRED)


@dataclass(slots=True)
class Had:
    """What one person got, what waits, and what was never sent; `at` is when the last was meant."""

    got: int = 0
    waits: int = 0
    never: int = 0
    at: datetime | None = None


def lately_written_to(most: int) -> list[str]:
    """The canonical ids of whom the latest messages are for, the latest first."""
    rows = Message.objects.exclude(person_id="").order_by("-intended_at", "-pk")
    raw = list(dict.fromkeys(rows.values_list("person_id", flat=True)[:LATEST_MOST]))
    leads_to = canonical_people(raw)
    return list(dict.fromkeys(leads_to.get(each, each) for each in raw))[:most]


def had_by(person_ids: Sequence[str]) -> dict[str, Had]:
    """What these people had under all their ids; they are canonical."""
    behind = {each: each for each in person_ids}
    links = IdentityLink.objects.filter(kind="person", canonical_id__in=person_ids)
    behind |= dict(links.values_list("raw_id", "canonical_id"))
    rows = Message.objects.filter(person_id__in=behind).values("person_id")
    found: defaultdict[str, Had] = defaultdict(Had)
    for row in rows.annotate(
        got=Count("pk", filter=~Q(status__in=(*NOT_YET, *NEVER))),
        waits=Count("pk", filter=Q(status__in=NOT_YET)),
        never=Count("pk", filter=Q(status__in=NEVER)),
        at=Max("intended_at"),
    ):
        had = found[behind[row["person_id"]]]
        had.got, had.waits = had.got + row["got"], had.waits + row["waits"]
        had.never += row["never"]
        had.at = max(filter(None, (had.at, row["at"])))
    return dict(found)
