"""Segments: which there are, how many are in each, and who came and went."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.lake.manifest import read_manifest
from tenure.segments.definition import Segment, segments
from tenure.segments.history import Moves, members_now, moves_since
from tenure.segments.models import SegmentFollowed

WEEK, FOUR_WEEKS = timedelta(days=7), timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Line:
    """One segment of the list. `members` is None while it was never looked at."""

    segment: Segment
    members: int | None
    week: Moves
    four_weeks: Moves
    problem: str


@dataclass(frozen=True, slots=True)
class Group:
    """Segments of one origin."""

    title: str | Promise
    meaning: str | Promise
    lines: list[Line]


@require_GET
def segments_page(request: HttpRequest) -> HttpResponse:
    lines = _lines(system_clock())
    inside = {line.segment.name: line.members or 0 for line in lines}
    context = {
        "groups": _groups(lines),
        "is_empty": read_manifest(settings.TENURE_HOME) is None,
    }
    return page_reply(request, "segments", _title(inside), context)


def _lines(now: datetime) -> list[Line]:
    inside, followed = members_now(), {f.segment: f for f in SegmentFollowed.objects.all()}
    week, four_weeks = moves_since(now - WEEK), moves_since(now - FOUR_WEEKS)
    return [
        Line(
            each,
            inside.get(each.name, 0) if each.name in followed else None,
            week.get(each.name, Moves()),
            four_weeks.get(each.name, Moves()),
            followed[each.name].problem if each.name in followed else "",
        )
        for each in segments()
    ]


def _groups(lines: list[Line]) -> list[Group]:
    own = [line for line in lines if not line.segment.is_built_in]
    stages = [line for line in lines if line.segment.name.startswith("stage_")]
    signals = [line for line in lines if line not in own and line not in stages]
    return [
        Group(gettext_lazy("Yours"), gettext_lazy("Conditions that you have named."), own),
        Group(
            gettext_lazy("Stages"),
            gettext_lazy("Each account is at one stage of its life with you."),
            stages,
        ),
        Group(
            gettext_lazy("Signals"),
            gettext_lazy("Accounts for which such a signal was raised lately."),
            signals,
        ),
    ]


def _title(inside: dict[str, int]) -> str:
    fading, leaving = inside.get("stage_fading", 0), inside.get("stage_leaving", 0)
    if not fading and not leaving:
        return _("Segments")
    first = ngettext("%(n)s account is fading", "%(n)s accounts are fading", fading)
    second = ngettext("%(n)s is leaving", "%(n)s are leaving", leaving)
    return _("%(first)s, %(second)s") % {
        "first": first % {"n": written.number(fading)},
        "second": second % {"n": written.number(leaving)},
    }
