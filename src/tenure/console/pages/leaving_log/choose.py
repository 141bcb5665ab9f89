"""Which entries of the log a link asks for, and back into links."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import QueryDict

from tenure.console.pages.list_link import query_of, read_day, read_said
from tenure.offboard.event import NAMES
from tenure.offboard.log import FORGOTTEN
from tenure.offboard.models import LogEntry

ENTRIES_SHOWN = 50
KINDS = (*NAMES, FORGOTTEN)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page shows. Entries stand newest first; `before` and `after` are numbers between
    which a page begins, days are the company's, and both are shown."""

    visit: str = ""
    account: str = ""
    kind: str = ""
    first_on: date | None = None
    last_on: date | None = None
    before: int | None = None
    after: int | None = None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.visit or self.account or self.kind or self.first_on or self.last_on)

    def query(self, **changes: object) -> str:
        """The query string of this choice, with changes; where a page begins is left out."""
        values: dict[str, object] = {
            "visit": self.visit,
            "account": self.account,
            "kind": self.kind,
            "from": self.first_on or "",
            "to": self.last_on or "",
        }
        return query_of(values | changes)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of entries, the newest first; the numbers with which its neighbours are asked."""

    entries: list[LogEntry]
    newer_than: int | None
    older_than: int | None


def read_choice(query: QueryDict) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    said = read_said(query)
    first_on, last_on = read_day(said.get("from", "")), read_day(said.get("to", ""))
    if first_on and last_on and first_on > last_on:
        first_on, last_on = last_on, first_on
    kind = said.get("kind", "")
    return Choice(
        visit=said.get("visit", ""),
        account=said.get("account", ""),
        kind=kind if kind in KINDS else "",
        first_on=first_on,
        last_on=last_on,
        before=_number(said.get("before", "")),
        after=_number(said.get("after", "")),
    )


def chosen(choice: Choice, time_zone: str) -> QuerySet[LogEntry]:
    """The entries that fit, in no order."""
    zone = ZoneInfo(time_zone)
    found = LogEntry.objects.all()
    if choice.visit:
        found = found.filter(visit_id=choice.visit)
    if choice.account:
        found = found.filter(account_id=choice.account)
    if choice.kind:
        found = found.filter(kind=choice.kind)
    if choice.first_on:
        found = found.filter(at__gte=_begins(choice.first_on, zone))
    if choice.last_on:
        found = found.filter(at__lt=_begins(choice.last_on + timedelta(days=1), zone))
    return found


def page_of(choice: Choice, time_zone: str) -> Page:
    """The entries of the page that the link begins at. Found by number: as quick on the thousandth
    page as on the first."""
    found = chosen(choice, time_zone)
    if choice.after is not None:
        newer = found.filter(number__gt=choice.after).order_by("number")
        entries = list(newer[:ENTRIES_SHOWN])[::-1]
    else:
        older = found if choice.before is None else found.filter(number__lt=choice.before)
        entries = list(older.order_by("-number")[:ENTRIES_SHOWN])
    if not entries:
        return Page([], None, None)
    newest, oldest = entries[0].number, entries[-1].number
    return Page(
        entries=entries,
        newer_than=newest if found.filter(number__gt=newest).exists() else None,
        older_than=oldest if found.filter(number__lt=oldest).exists() else None,
    )


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
