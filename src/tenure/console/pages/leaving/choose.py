"""Which visits a link asks for, and back into links; each step of the funnel as a filter."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.console.pages.list_link import query_of, read_page_number
from tenure.offboard.models import Visit
from tenure.offboard.report_parts import TREATED

DEFAULTS = {"mode": "live", "page": 1}
LENGTH_MAX = 200
_OWN = Q(arm=TREATED)
# As `report_counting.counts_of` has them: all but the first two without who was held out.
STEPS: dict[str, tuple[str | Promise, Q]] = {
    "": (_("All"), Q()),
    "held_out": (_("Held out"), ~_OWN),
    "shown": (_("Were offered something"), _OWN & Q(has_seen_offers=True)),
    "accepted": (_("Accepted"), _OWN & Q(decision="accepted")),
    "confirmed": (
        _("Accepted, and done in billing"),
        _OWN & Q(decision="accepted", outcome="saved", billing="done"),
    ),
    "canceled": (_("Cancelled"), _OWN & Q(outcome="canceled")),
    "abandoned": (_("Went away or stayed"), _OWN & Q(outcome="abandoned")),
    "open": (_("Under way"), _OWN & Q(outcome="")),
    "returned": (_("Came back while leaving"), _OWN & Q(returned_at__isnull=False)),
}
NOT_SAID = "-"  # as a reason: none was given


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page shows; days are the company's, and both are shown. Empty asks for any."""

    first_on: date | None = None
    last_on: date | None = None
    step: str = ""
    reason: str = ""
    offer: str = ""
    mode: str = "live"
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether the list shows less than the figures are of."""
        return bool(self.step or self.reason or self.offer or self.mode != "live")

    def query(self, **changes: object) -> str:
        """The query string of this choice, with changes; what is default is left out."""
        values: dict[str, object] = {
            "from": self.first_on or "",
            "to": self.last_on or "",
            "step": self.step,
            "reason": self.reason,
            "offer": self.offer,
            "mode": self.mode,
            "page": self.page,
        }
        return query_of(values | changes, DEFAULTS)

    def only(self, **said: object) -> str:
        """The same days, and nothing of the rest but this: the door behind a figure."""
        bare = Choice(self.first_on, self.last_on)
        return bare.query(**said)


def read_choice(query: QueryDict) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    said = {name: query.get(name, "").replace("\0", "").strip()[:LENGTH_MAX] for name in query}
    first_on, last_on = _day(said.get("from", "")), _day(said.get("to", ""))
    if first_on and last_on and first_on > last_on:
        first_on, last_on = last_on, first_on
    step = said.get("step", "")
    return Choice(
        first_on=first_on,
        last_on=last_on,
        step=step if step in STEPS else "",
        reason=said.get("reason", ""),
        offer=said.get("offer", ""),
        mode="test" if said.get("mode") == "test" else "live",
        page=read_page_number(query),
    )


def chosen(choice: Choice, before_on: date, time_zone: str) -> QuerySet[Visit]:
    """The visits, the newest first."""
    zone = ZoneInfo(time_zone)
    found = Visit.objects.filter(mode=choice.mode, opened_at__lt=_begins(before_on, zone))
    if choice.mode == "live":
        found = found.exclude(arm="")
    if choice.first_on is not None:
        found = found.filter(opened_at__gte=_begins(choice.first_on, zone))
    if choice.step:
        found = found.filter(STEPS[choice.step][1])
    if choice.reason:
        found = found.filter(reason="" if choice.reason == NOT_SAID else choice.reason)
    if choice.offer:
        # Lists in JSON are searched as text: the same in every database.
        found = found.annotate(shown_text=Cast("offers_shown", TextField()))
        found = found.filter(shown_text__contains=json.dumps(choice.offer))
    return found.order_by("-opened_at", "pk")


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    # Further out, the day after or the offset of a zone would leave the calendar.
    return day if 1900 <= day.year <= 2999 else None
