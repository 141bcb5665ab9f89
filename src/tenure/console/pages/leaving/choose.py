"""Which visits a link asks for, and back into links; each step of the funnel as a filter."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.base.home import Home
from tenure.console.pages.list_link import query_of, read_day, read_page_number, read_said
from tenure.lake.reading import company_day
from tenure.offboard.models import Visit
from tenure.offboard.report_parts import TREATED
from tenure.saves.models import Kind, Save, SaveCheck

DEFAULTS = {"mode": "live", "by": "reason", "page": 1}
SLICED_BY = ("reason", "offer", "segment", "plan", "stage", "flow")
SURVIVAL_BY = ("", "offer", "reason", "segment")
_OWN = Q(arm=TREATED)
SLICED = ("segment", "plan", "stage", "flow", "took")  # what else narrows the list


def _saved(at_days: int) -> Q:
    """Whose accepted offer has kept them until that day, as `report_counting.is_saved` has it."""
    paying = SaveCheck.objects.filter(
        save_of__mode="live", save_of__kind=Kind.SAVE, at_days=at_days, is_paying=True
    )
    kept = Q(visit_id__in=paying.values("save_of__visit_id"))
    return _OWN & Q(decision="accepted") & ~Q(outcome="canceled") & kept


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
    "saved_30": (_("Saved at 30 days"), _saved(30)),
    "saved_180": (_("Saved at 180 days"), _saved(180)),
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
    segment: str = ""
    plan: str = ""
    stage: str = ""
    flow: str = ""
    took: str = ""  # the offer that was accepted; `offer` is one that was shown
    mode: str = "live"
    by: str = "reason"  # what the figures are split by
    survival: str = ""  # and the survival of saves
    group: str = ""  # which of its groups is drawn
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether the list shows less than the figures are of."""
        narrows = (self.step, self.reason, self.offer, *self.slices.values())
        return any(narrows) or self.mode != "live"

    @property
    def slices(self) -> dict[str, str]:
        """What is asked for of segment, plan, stage, flow and the offer that was accepted."""
        return {name: getattr(self, name) for name in SLICED if getattr(self, name)}

    @property
    def has_days(self) -> bool:
        return self.first_on is not None or self.last_on is not None

    def query(self, **changes: object) -> str:
        """The query string of this choice, with changes; what is default is left out."""
        values: dict[str, object] = {
            "from": self.first_on or "",
            "to": self.last_on or "",
            "step": self.step,
            "reason": self.reason,
            "offer": self.offer,
            **self.slices,
            "mode": self.mode,
            "by": self.by,
            "survival": self.survival,
            "group": self.group,
            "page": self.page,
        }
        return query_of(values | changes, DEFAULTS)

    def only(self, **said: object) -> str:
        """The same days, and nothing of the rest but this: the door behind a figure."""
        bare = Choice(self.first_on, self.last_on)
        return bare.query(**said)


def read_choice(query: QueryDict) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    said = read_said(query)
    first_on, last_on = read_day(said.get("from", "")), read_day(said.get("to", ""))
    if first_on and last_on and first_on > last_on:
        first_on, last_on = last_on, first_on
    step = said.get("step", "")
    return Choice(
        first_on=first_on,
        last_on=last_on,
        step=step if step in STEPS else "",
        reason=said.get("reason", ""),
        offer=said.get("offer", ""),
        **{name: said.get(name, "") for name in SLICED},
        by=said["by"] if said.get("by") in SLICED_BY else "reason",
        survival=said["survival"] if said.get("survival") in SURVIVAL_BY else "",
        group=said.get("group", ""),
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
    for name in ("plan", "stage", "flow"):
        if name in choice.slices:
            found = found.filter(**{name: choice.slices[name]})
    if choice.took:
        found = found.filter(decision="accepted", offer=choice.took)
    if choice.segment:
        followed = in_segment(Save.objects.filter(mode="live"), choice.segment)
        found = found.filter(visit_id__in=followed.values("visit_id"))
    return found.order_by("-opened_at", "pk")


def in_segment(saves: QuerySet[Save], segment: str) -> QuerySet[Save]:
    """Those of accounts that were in this segment when they came."""
    told = saves.annotate(segments_text=Cast("segments", TextField()))
    return told.filter(segments_text__contains=json.dumps(segment))


def last_and_before(choice: Choice, home: Home, now: datetime) -> tuple[date, date]:
    """The last day that is shown, and the one after it."""
    last_on = choice.last_on or company_day(home, now)
    return last_on, last_on + timedelta(days=1)


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
