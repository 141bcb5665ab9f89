"""How often each version of a flow was passed through: visits name the digest they ran under."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from tenure.offboard.models import Visit


@dataclass(frozen=True, slots=True)
class VersionUse:
    """The live visits of one version; test visits count in no figure."""

    visits: int
    first_at: datetime
    last_at: datetime


def use_of_versions(names: Iterable[str] | None = None) -> dict[tuple[str, str], VersionUse]:
    """By name of the flow and digest of its text; of all flows where no names are given."""
    visits = Visit.objects.filter(mode="live")
    if names is not None:
        visits = visits.filter(flow__in=list(names))
    counted = visits.values_list("flow", "flow_digest").annotate(
        visits=Count("*"), first_at=Min("opened_at"), last_at=Max("opened_at")
    )
    return {
        (flow, digest): VersionUse(count, first_at, last_at)
        for flow, digest, count, first_at, last_at in counted.order_by()
    }
