"""What of plays went out, waits and is planned, by day and play; days are the company's."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate

from tenure.messages.models import Message, Status
from tenure.plays.models import Enrolment
from tenure.plays.moments import at_wall
from tenure.plays.parts import Message as Said
from tenure.plays.parts import Play, Wait

# The states of a day, in their order, with the ledger's states that count as each.
NOT_SENT = (Status.SUPPRESSED, Status.FAILED, Status.EXPIRED)
WAITS = (Status.HELD, Status.READY, Status.CLAIMED, Status.SENDING)
STATES: Mapping[str, tuple[str, ...]] = {
    "sent": tuple(
        status for status in Status.values if status not in (*NOT_SENT, *WAITS, Status.CONTROL)
    ),
    "waits": WAITS,
    "withheld": NOT_SENT,
    "control": (Status.CONTROL,),
}
PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days of the company, the last one not included."""

    first_on: date
    before_on: date
    zone: ZoneInfo

    @property
    def begins(self) -> datetime:
        return at_wall(self.first_on, time(), self.zone)

    @property
    def ends(self) -> datetime:
        return at_wall(self.before_on, time(), self.zone)

    def days(self) -> list[date]:
        count = (self.before_on - self.first_on).days
        return [self.first_on + timedelta(days=n) for n in range(count)]


Counts = dict[date, dict[str, dict[str, int]]]  # day: play: state: how many


def counts_of(span: Span, plays: Sequence[Play], play: str = "") -> Counts:
    """How many messages of each play are in which state on each day; `planned` counts those who
    come to a message that day."""
    found: Counts = defaultdict(lambda: defaultdict(dict))
    for state in STATES:
        rows = messages_of(span, state, play).annotate(day=TruncDate("stands_at", tzinfo=span.zone))
        for day, name, count in (
            rows.order_by().values("day", "play").annotate(n=Count("pk"))
            .values_list("day", "play", "n")
        ):  # fmt: skip
            found[day][name][state] = count
    for day, name, count in (
        planned_in(span, plays, play)
        .annotate(day=TruncDate("due_at", tzinfo=span.zone))
        .order_by().values("day", "play").annotate(n=Count("pk")).values_list("day", "play", "n")
    ):  # fmt: skip
        found[day][name][PLANNED] = count
    return found


def messages_of(span: Span, state: str, play: str = "") -> QuerySet[Message]:
    """The messages of plays that stand so on these days, each with its moment, `stands_at`: when it
    went or ended, or may go."""
    rows = Message.objects.filter(status__in=STATES[state])
    rows = rows.filter(play=play) if play else rows.exclude(play="")
    if state == "waits":
        rows = rows.annotate(stands_at=F("next_at"))
    else:
        rows = rows.annotate(stands_at=Coalesce("sending_at", "ended_at", "released_at"))
    return rows.filter(stands_at__gte=span.begins, stands_at__lt=span.ends)


def planned_in(span: Span, plays: Sequence[Play], play: str = "") -> QuerySet[Enrolment]:
    """Who comes to a message in these days, as far as a clock tells: events may come before."""
    asked = Q(pk__in=())
    for each in plays:
        if not play or each.name == play:
            before, at = _before_a_message(each)
            asked |= Q(play=each.name, since_at__isnull=False, at__in=before)
            asked |= Q(play=each.name, since_at=None, at__in=at)
    open_ = Enrolment.objects.filter(ended_at=None, due_at__gte=span.begins, due_at__lt=span.ends)
    return open_.filter(asked)


def _before_a_message(play: Play) -> tuple[list[str], list[str]]:
    """The waits after which a message comes, and the messages themselves."""
    says = [step.name for step in play.steps if isinstance(step.act, Said)]
    waits = [
        step.name
        for step in play.steps
        if isinstance(step.act, Wait)
        and (step.act.otherwise if step.act.event else play.after(step.name)) in says
    ]
    return waits, says
