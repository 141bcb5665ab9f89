"""The editor of a segment: what is written is in the link, and asked while it is written."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition, Conflict
from tenure.base.home import Home
from tenure.console.pages.frame import is_part, page_reply
from tenure.console.pages.segments.answer import answer_to
from tenure.definitions.store import current, put_in_force
from tenure.segments.definition import (
    KIND,
    Declared,
    read_segment,
    segment_named,
    segments,
    text_of,
)
from tenure.segments.known import columns_of, events_seen
from tenure.segments.vocabulary import ACCOUNT, OVER, PERSON

ANSWER = "segment-answer"
NAME_LENGTH = 60
EXAMPLES = (
    "stage = 'fading' and mrr_minor > 0",
    "days_until_renewal < 30 and people_trend_ratio < 0.7",
    "did('cancel_intent', 14) >= 1 and status = 'paying'",
)
_KINDS = {
    "varchar": gettext_lazy("text"),
    "bigint": gettext_lazy("number"),
    "integer": gettext_lazy("number"),
    "double": gettext_lazy("number"),
    "boolean": gettext_lazy("yes or no"),
    "date": gettext_lazy("date"),
    "timestamptz": gettext_lazy("date"),
    "varchar[]": gettext_lazy("list"),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form. `name` is empty for a segment that is not yet saved."""

    name: str
    title: str
    over: str
    where: str
    description: str

    def query(self, **changes: str) -> str:
        """The link's query; what is empty or default is left out."""
        changed = replace(self, **changes)
        values = {
            "name": changed.name,
            "title": changed.title,
            "over": "" if changed.over == ACCOUNT else changed.over,
            "where": changed.where,
            "description": changed.description,
        }
        return urlencode({key: value for key, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class ColumnShown:
    name: str
    kind: str | Promise
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Example:
    where: str
    query: str


@require_GET
def editor(request: HttpRequest) -> HttpResponse:
    """The editor; only the answer, while somebody writes."""
    draft = read_draft(request.GET)
    held = _held_text(draft.name)
    context = {
        "draft": draft,
        "answer": answer_to(draft, held),
        "examples": [Example(where, urlencode({"where": where})) for where in EXAMPLES],
    }
    if is_part(request, ANSWER):
        reply = render(request, "pages/segments/edit/answer.html", context)
        # The bar shows what is written, without what is empty.
        reply.headers["HX-Replace-Url"] = f"{request.path}?{draft.query()}"
        return reply
    return _page(request, draft, context)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Put what is written in force, under a name made of its title if it has none."""
    draft = read_draft(request.POST)
    base = request.POST.get("base", "") if draft.name else ""
    name = draft.name or _free_name(draft.title)
    declared = Declared(
        draft.title.strip(), draft.over, draft.where.strip(), draft.description.strip()
    )
    now, by = system_clock(), request.user.get_username()
    try:
        if not declared.title:
            raise BadDefinition(_("Give it a title."), field="title")
        put_in_force(KIND, name, text_of(declared), now=now, by=by, in_place_of=base)
    except Conflict:
        messages.error(
            request,
            _("Somebody has put another version in force meanwhile. Compare, and try again."),
        )
        return redirect(f"{request.path.removesuffix('/save')}?{draft.query()}")
    except BadDefinition as error:
        messages.error(request, error.message.removeprefix(f"segments/{name}.toml: "))
        return redirect(f"{request.path.removesuffix('/save')}?{draft.query()}")
    segment = segment_named(name)
    messages.success(request, _("“%(title)s” is saved.") % {"title": segment.title})
    return redirect("segment", name)


def read_draft(values: QueryDict) -> Draft:
    """What a link or form says; a name alone stands for the segment in force."""
    name = values.get("name", "")
    held = _held_text(name)
    if name and held and "where" not in values:
        known = read_segment(held, name)
        return Draft(name, known.title, known.over, known.where, known.description)
    over = values.get("over", ACCOUNT)
    return Draft(
        name if held else "",
        _one_line(values.get("title", "")),
        over if over in OVER else ACCOUNT,
        values.get("where", "").replace("\r\n", "\n"),
        _one_line(values.get("description", "")),
    )


def _page(request: HttpRequest, draft: Draft, context: dict) -> HttpResponse:
    held = current(KIND, draft.name) if draft.name else None
    context |= {
        "base": held.digest if held else "",
        "overs": [(ACCOUNT, _("Accounts")), (PERSON, _("People"))],
        "rows": min(12, max(4, draft.where.count("\n") + 3)),
        "columns": _columns(draft.over),
        "events": [
            {"name": e.name, "events": e.events, "last_on": e.last_on, "insert": _did(e.name)}
            for e in events_seen(_home())
        ],
    }
    title = _("Change “%(title)s”") % {"title": draft.title} if draft.name else _("New segment")
    return page_reply(request, "segments/edit", title, context, place="segments")


def _columns(over: str) -> list[ColumnShown]:
    own = columns_of(over)
    theirs = columns_of(ACCOUNT) if over == PERSON else {}
    named = [*own.items(), *((f"account.{name}", column) for name, column in theirs.items())]
    return [
        ColumnShown(name, _KINDS.get(c.type, c.type), _unit(c.unit), c.meaning)
        for name, c in named
    ]  # fmt: skip


def _unit(unit: str) -> str:
    """Without what the type says already: every instant counts as its day."""
    return "" if unit in ("day", "instant") else unit.replace("`", "")


def _did(event: str) -> str:
    quoted = event.replace("'", "''")
    return f"did('{quoted}', 30) >= 1"


def _held_text(name: str) -> str:
    held = current(KIND, name) if name else None
    return held.text if held else ""


def _free_name(title: str) -> str:
    """A name made of the title that no segment has."""
    base = slugify(title)[:NAME_LENGTH].strip("-_") or "segment"
    taken = {segment.name for segment in segments()} | {"editor"}
    number, name = 1, base
    while name in taken:
        number += 1
        name = f"{base[: NAME_LENGTH - 4]}-{number}"
    return name


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _home() -> Home:
    return settings.TENURE_HOME
