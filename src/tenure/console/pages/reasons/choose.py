"""Which leavings a link asks for, and back into links: months, reason, group and the rest."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.http import QueryDict

from tenure.base.months import Months, month_of, next_month, previous_month, read_month
from tenure.console.pages.list_link import query_of, read_page_number, read_said
from tenure.reasons.leavings_counted import KINDS, agrees, code_in, is_same, next_job_of
from tenure.reasons.leavings_placed import BY, PlacedLeaving
from tenure.reasons.recording import INFERRED, STATED
from tenure.reasons.taxonomy import Taxonomy
from tenure.reasons.taxonomy_parts import AVOIDABLE, ROOTS

SPAN_MONTHS = 12
SPAN_MOST = 120
UNKNOWN = "-"  # as a group: nobody knows it
IS = ("contradicted", "same", "agrees", "silent", "unexplained")
_TEXTS = ("by", "source", "reason", "root", "avoidable", "job", "rival", "group", "said")
_DEFAULTS = {"source": INFERRED, "by": "plan", "page": 1}


@dataclass(frozen=True, slots=True)
class Choice:
    """Months are the company's, both shown. Empty asks for any. `said` is one of IS."""

    first: date
    last: date
    latest: date  # the last month there is anything to say about
    by: str = "plan"
    source: str = INFERRED
    reason: str = ""
    root: str = ""
    avoidable: str = ""
    job: str = ""
    rival: str = ""
    group: str = ""
    said: str = ""
    month: date | None = None
    page: int = 1

    @property
    def months(self) -> Months:
        return Months(self.first, self.last)

    @property
    def is_usual(self) -> bool:
        """The months that a link without any asks for."""
        return self.last == self.latest and self.first == months_back(self.latest)

    def query(self, **changes: object) -> str:
        """The query string of this choice, with changes; what is default is left out."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        values: dict[str, object] = {name: getattr(changed, name) for name in (*_TEXTS, "page")}
        if not changed.is_usual:
            values |= {"from": f"{changed.first:%Y-%m}", "to": f"{changed.last:%Y-%m}"}
        if changed.month is not None:
            values["month"] = f"{changed.month:%Y-%m}"
        return query_of(values, _DEFAULTS)

    def only(self, **said: object) -> str:
        """The same months, and nothing of the rest but this: the door behind a figure."""
        return Choice(self.first, self.last, self.latest).query(**said)


def read_choice(query: QueryDict, latest: date) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    said = read_said(query)
    first, last = _months(said, latest)
    known = {
        "by": BY, "source": KINDS, "root": ROOTS, "avoidable": AVOIDABLE, "said": IS,
    }  # fmt: skip
    texts = {
        name: said[name]
        for name in _TEXTS
        if said.get(name) and said[name] in known.get(name, (said[name],))
    }
    return Choice(
        first=first,
        last=last,
        latest=latest,
        month=_month(said.get("month", "")),
        page=read_page_number(query),
        **texts,
    )


def span_of(choice: Choice, time_zone: str) -> tuple[datetime, datetime]:
    """The instants between which these months lie, in the company's time zone."""
    zone = ZoneInfo(time_zone)
    ends = (choice.first, next_month(choice.last))
    first, before = (datetime.combine(each, time(), zone).astimezone(UTC) for each in ends)
    return first, before


def matching(placed: list[PlacedLeaving], choice: Choice, known: Taxonomy) -> list[PlacedLeaving]:
    """The leavings that a link asks for."""
    return [each for each in placed if _fits(each, choice, known)]


def narrows(choice: Choice) -> bool:
    """Whether anything but months is asked for."""
    plain = Choice(choice.first, choice.last, choice.latest)
    kept = {"by", "page", "source"}
    return any(
        getattr(choice, each.name) != getattr(plain, each.name)
        for each in fields(Choice)
        if each.name not in kept
    )


def _fits(each: PlacedLeaving, choice: Choice, known: Taxonomy) -> bool:
    code = code_in(each.leaving, choice.source)
    job, rival = next_job_of(each.leaving, INFERRED if choice.source == INFERRED else STATED)
    # Whoever asks for a source, and nothing that is told otherwise, wants those that it speaks of.
    is_of_source = choice.source != INFERRED and not (choice.job or choice.rival or choice.said)
    asked = (
        (is_of_source, bool(code)),
        (choice.reason, code == choice.reason),
        (choice.root, bool(code) and known.reason(code).root == choice.root),
        (choice.avoidable, bool(code) and known.reason(code).avoidable == choice.avoidable),
        (choice.job, job == choice.job),
        (choice.rival, rival == choice.rival),
        (choice.month, each.month == choice.month),
        (choice.said, _is(each, choice.said)),
        (choice.group, _group(choice.group) in each.groups(choice.by)),
    )
    return all(fits for wanted, fits in asked if wanted)


def _is(each: PlacedLeaving, what: str) -> bool:
    leaving = each.leaving
    if what == "contradicted":
        return leaving.contradiction is not None
    if what == "agrees":
        return agrees(leaving)
    if what == "same":
        return is_same(leaving)
    if what == "silent":
        return leaving.said is None
    # As `quality` counts them: no rule stands behind the likeliest.
    return bool(leaving.inferred) and not leaving.inferred[0].detail


def _group(said: str) -> str:
    return "" if said == UNKNOWN else said


def _months(said: dict[str, str], latest: date) -> tuple[date, date]:
    last = min(_month(said.get("to", "")) or latest, latest)
    first = _month(said.get("from", "")) or months_back(last)
    if first > last:
        first, last = last, min(first, latest)
    return max(first, months_back(last, SPAN_MOST)), last


def months_back(month: date, months: int = SPAN_MONTHS) -> date:
    """The first month of so many that end with this one."""
    for _ in range(months - 1):
        month = previous_month(month)
    return month


def _month(text: str) -> date | None:
    try:
        month = read_month(text) if text else None
    except ValueError:
        return None
    return month_of(month) if month else None
