"""Flows: which are in force, for whom, since when, and how many went through each."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.base.errors import BadDefinition
from tenure.console import format as written
from tenure.console.pages.flows.drafts import Standing, drafts_of, standing_of
from tenure.console.pages.flows.edited import FLOW, OFFERS, REASONS, TITLES, Told, told_of
from tenure.console.pages.flows.look import language_words
from tenure.console.pages.frame import page_reply
from tenure.definitions.kinds import file_of
from tenure.definitions.models import DefinitionVersion
from tenure.definitions.store import all_current
from tenure.offboard.flow import BUILT_IN, read_flow
from tenure.offboard.flow_parts import Flow
from tenure.offboard.flow_versions import VersionUse, use_of_versions
from tenure.offboard.jurisdictions import jurisdictions
from tenure.reasons.taxonomy import taxonomy


@dataclass(frozen=True, slots=True)
class Line:
    """One flow of the list. `flow` is None where its text cannot be read any more."""

    name: str
    standing: Standing
    flow: Flow | None
    told: list[Told]
    digest: str  # of the version in force, by which visits name it
    now: VersionUse | None  # of that version
    visits: int  # of all its versions

    @property
    def problem(self) -> str:
        """What speaks against it by now; it was checked when it was published."""
        return next((each.message for each in self.told if each.is_error), "")

    @property
    def languages(self) -> list[str]:
        return [language_words(each) for each in self.flow.languages] if self.flow else []

    @property
    def warnings(self) -> int:
        return sum(not each.is_error for each in self.told)


@dataclass(frozen=True, slots=True)
class Gone:
    """A flow that is not in force any more."""

    name: str
    visits: int


@dataclass(frozen=True, slots=True)
class Whole:
    """A definition of which there is one: the offers, the reasons."""

    kind: str
    title: str | Promise
    file: str
    standing: Standing
    told: list[Told]


@require_GET
def flows_page(request: HttpRequest) -> HttpResponse:
    """The list. Raises nothing for a flow that cannot be read: the list says so."""
    used = use_of_versions()
    lines = _lines(used)
    in_force = {line.name for line in lines}
    context = {
        "lines": lines,
        "gone": _gone(in_force, used),
        "wholes": [_whole(OFFERS), _whole(REASONS)],
        "drafts": [(each, file_of(each.kind, each.name)) for each in drafts_of(request.user)],
        "laws": jurisdictions(),
    }
    return page_reply(request, "flows", _title(lines), context, place="leaving")


def _lines(used: dict[tuple[str, str], VersionUse]) -> list[Line]:
    """As a visitor is matched with them: the highest priority first, then by name."""
    names = [each.name for each in all_current(FLOW)]
    if BUILT_IN not in names:
        names.append(BUILT_IN)
    lines = [_line(name, used) for name in names]
    return sorted(lines, key=lambda line: (-(line.flow.priority if line.flow else 0), line.name))


def _line(name: str, used: dict[tuple[str, str], VersionUse]) -> Line:
    standing = standing_of(FLOW, name)
    flow: Flow | None = None
    with suppress(BadDefinition):
        flow = read_flow(standing.text, file_of(FLOW, name), taxonomy())
    digest = flow.digest if flow else standing.base
    return Line(
        name=name,
        standing=standing,
        flow=flow,
        told=told_of(FLOW, name, standing.text),
        digest=digest,
        now=used.get((name, digest)),
        visits=sum(use.visits for (flow_name, _digest), use in used.items() if flow_name == name),
    )


def _gone(in_force: set[str], used: dict[tuple[str, str], VersionUse]) -> list[Gone]:
    known = DefinitionVersion.objects.filter(kind=FLOW).exclude(name__in=in_force)
    names = sorted(set(known.values_list("name", flat=True)))
    return [
        Gone(name, sum(use.visits for (flow, _digest), use in used.items() if flow == name))
        for name in names
    ]


def _whole(kind: str) -> Whole:
    standing = standing_of(kind, "")
    return Whole(kind, TITLES[kind], file_of(kind, ""), standing, told_of(kind, "", standing.text))


def _title(lines: Sequence[Line]) -> str:
    own = [line for line in lines if line.standing.held is not None]
    wrong = [line for line in lines if line.problem]
    if wrong:
        return ngettext(
            "%(n)s flow cannot be used any more", "%(n)s flows cannot be used any more", len(wrong)
        ) % {"n": written.number(len(wrong))}
    if not own:
        return _("Everybody passes through the flow that Tenure comes with")
    count = len(lines)
    return ngettext("%(n)s flow is in force", "%(n)s flows are in force", count) % {
        "n": written.number(count)
    }
