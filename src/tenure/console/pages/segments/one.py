"""One segment: who is in it since when, how that went, which versions there were; and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition, NotFound
from tenure.card.models import AccountCard
from tenure.console import format as written
from tenure.console.charts.segment_members import segment_members_chart
from tenure.console.pages.frame import is_part, page_reply
from tenure.console.pages.product.editor import DiffLine, diff_lines
from tenure.console.pages.segments.subjects import Subject, subjects
from tenure.definitions.store import Definition, versions, withdraw
from tenure.lake.reading import company_day
from tenure.segments.definition import KIND, Segment, segment_named
from tenure.segments.history import MembershipDay, membership_history, moves_since, stays
from tenure.segments.models import SegmentFollowed, SegmentMember
from tenure.segments.published import why_in
from tenure.segments.vocabulary import ACCOUNT
from tenure.segments.why import Reasons

PAGE_ROWS = 50
HISTORY_DAYS = 180
TABLE = "segment-members"


@dataclass(frozen=True, slots=True)
class Member:
    """A row of the members' table."""

    subject: Subject
    since: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the text, and how it differs from the one before."""

    definition: Definition
    diff: list[DiffLine]


@require_GET
def segment_page(request: HttpRequest, name: str) -> HttpResponse:
    segment = _segment(name)
    page = _members_page(segment, request.GET.get("page", "1"))
    context = {"segment": segment, "page": page, "rows": _rows(segment, page)}
    if is_part(request, TABLE):
        return render(request, "pages/segments/one/members.html", context)
    now, home = system_clock(), settings.TENURE_HOME
    today, zone = company_day(home, now), home.company.time_zone
    days = membership_history(name, today - timedelta(days=HISTORY_DAYS), today, zone)
    followed = SegmentFollowed.objects.filter(segment=name).first()
    moved = moves_since(now - timedelta(days=28)).get(name)
    context |= {
        "days": _told(days),
        "spec": segment_members_chart(days) if len(days) > 1 else None,
        "moved": moved,
        "versions": _versions(name),
        "is_waiting": followed is None or (followed.digest != segment.digest),
        "problem": followed.problem if followed else "",
        "edit_query": urlencode({"name": name}),
        "copy_query": urlencode({"where": segment.where, "over": segment.over}),
    }
    title = _title(segment, page.paginator.count)
    return page_reply(
        request, "segments/one", title, context, place="segments", has_charts=bool(context["spec"])
    )


@require_GET
def why_page(request: HttpRequest, name: str, subject_id: str) -> HttpResponse:
    """Why somebody is in a segment: beside the page, or as a page of its own."""
    segment = _segment(name)
    try:
        reasons = why_in(settings.TENURE_HOME, segment.condition(), subject_id)
    except BadDefinition as error:
        raise NotFound(error.message) from None
    [subject] = subjects(segment.over, [subject_id])
    context = {
        "segment": segment,
        "subject": subject,
        "reasons": reasons,
        "stays": stays(name, subject_id),
        "title": _answer(segment, subject, reasons),
    }
    page = "segments/why"
    return page_reply(request, page, context["title"], context, place="segments")


@require_POST
def withdraw_segment(request: HttpRequest, name: str) -> HttpResponse:
    segment = _segment(name)
    if segment.is_built_in:
        messages.error(request, _("Tenure comes with this segment; it cannot be deleted."))
        return redirect("segment", name)
    withdraw(KIND, name, now=system_clock())
    messages.success(
        request,
        _("“%(title)s” is deleted. Who was in it, and its versions, stay on record.")
        % {"title": segment.title},
    )
    return redirect("segments")


def _segment(name: str) -> Segment:
    return segment_named(name)


def _members_page(segment: Segment, number: str) -> Page:
    rows = SegmentMember.objects.filter(segment=segment.name, left_at=None)
    if segment.over == ACCOUNT:
        # The greatest MRR first: who is lost here costs most.
        paid = AccountCard.objects.filter(pk=OuterRef("subject_id")).values("mrr_minor")[:1]
        rows = rows.annotate(paid_minor=Coalesce(Subquery(paid), 0)).order_by(
            "-paid_minor", "subject_id"
        )
    else:
        rows = rows.order_by("-entered_at", "subject_id")
    return Paginator(rows, PAGE_ROWS).get_page(number)


def _rows(segment: Segment, page: Page) -> list[Member]:
    members = list(page)
    known = subjects(segment.over, [member.subject_id for member in members])
    return [
        Member(subject, member.entered_at, member.entered_because)
        for subject, member in zip(known, members, strict=True)
    ]


def _told(days: list[MembershipDay]) -> list[MembershipDay]:
    """The days of the table below the chart: those on which somebody came or went."""
    return [day for day in reversed(days) if day.entered or day.left][:60]


def _versions(name: str) -> list[Version]:
    found = versions(KIND, name)
    older = [*(each.text for each in found[1:]), ""][: len(found)]
    return [
        Version(each, diff_lines(before, each.text))
        for each, before in zip(found, older, strict=True)
    ]


def _title(segment: Segment, count: int) -> str:
    n = written.number(count)
    if segment.over == ACCOUNT:
        text = ngettext("%(title)s: %(n)s account", "%(title)s: %(n)s accounts", count)
    else:
        text = ngettext("%(title)s: %(n)s person", "%(title)s: %(n)s people", count)
    return text % {"title": segment.title, "n": n}


def _answer(segment: Segment, subject: Subject, reasons: Reasons) -> str:
    values = {"name": subject.name, "title": segment.title}
    if reasons.holds:
        return _("%(name)s is in “%(title)s”") % values
    return _("%(name)s is not in “%(title)s”") % values
