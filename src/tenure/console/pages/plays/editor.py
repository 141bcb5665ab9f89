"""The editor of a play's files, one at a time: checked and kept while it is written."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition, Conflict, NotFound
from tenure.console.models import DefinitionDraft
from tenure.console.pages.flows.checking import written_text
from tenure.console.pages.frame import page_reply
from tenure.console.pages.product.editor import DiffLine, diff_lines
from tenure.definitions.folder_text import pack, unpack
from tenure.definitions.kinds import check, check_name, file_of
from tenure.definitions.store import Definition, current, put_in_force, version, versions
from tenure.plays.file import KIND, MAIN

_COMPARED_MOST = 4_000


@dataclass(frozen=True, slots=True)
class Written:
    """The folder as it is being written: where it comes from, and what it is written over."""

    name: str
    held: Definition | None
    files: dict[str, str]
    base: str
    draft: DefinitionDraft | None = None
    version: str = ""  # the earlier one that is looked at, by its digest

    @property
    def where(self) -> str:
        return file_of(KIND, self.name)

    @property
    def before(self) -> dict[str, str]:
        """The files that hold now."""
        return unpack(self.held.text, self.where) if self.held else {}


@dataclass(frozen=True, slots=True)
class Told:
    """What the check says: nothing is published while `error` says something."""

    error: str
    warnings: tuple[str, ...]
    diff: list[DiffLine] | None
    is_same: bool


@require_http_methods(["GET", "POST"])
def edit_play(request: HttpRequest, name: str) -> HttpResponse:
    """The editor. Raises Http404 for a play that never was and is not being written."""
    written = _written(request, name)
    file = request.GET.get("file") or request.POST.get("file") or MAIN
    if request.method == "GET":
        if written.version and written.draft is None:
            # Whole: the editor posts one file at a time, and the others are those of the draft.
            _keep(request, written, written.files, system_clock())
            return redirect("edit-play", name)
        return _page(request, written, file)
    act, now = request.POST.get("do", ""), system_clock()
    if act == "discard":
        DefinitionDraft.objects.filter(user=request.user, kind=KIND, name=name).delete()
        messages.success(request, _("Your draft is discarded."))
        return redirect("edit-play", name)
    files = dict(written.files)
    if act == "delete":
        files.pop(file, None)
        _keep(request, written, files, now)
        return redirect("edit-play", name)
    files[file] = written_text(request)
    added = request.POST.get("new", "").strip() if act == "add" else ""
    if added:
        files.setdefault(added, "")
    try:
        text = _keep(request, written, files, now)
    except BadDefinition as error:
        messages.error(request, error.message)
        return _page(request, replace(written, files=written.files | {file: files[file]}), file)
    if act == "publish":
        return _publish(request, written, text, now)
    return redirect(f"{reverse('edit-play', args=[name])}?file={added or file}#checked-title")


@require_POST
def check_written(request: HttpRequest, name: str) -> HttpResponse:
    """The check of the folder with the file as it stands in the editor, which is kept."""
    written = _written(request, name)
    file = request.POST.get("file") or MAIN
    files = written.files | {file: written_text(request)}
    try:
        _keep(request, written, files, system_clock())
        told = _told(written, files, file)
    except BadDefinition as error:
        told = Told(error.message, (), None, False)
    return render(request, "pages/plays/edit/checked.html", {"told": told})


def _written(request: HttpRequest, name: str) -> Written:
    try:
        check_name(KIND, name)
    except BadDefinition:
        raise Http404 from None
    held, base = current(KIND, name), ""
    base = held.digest if held else ""
    where = file_of(KIND, name)
    draft = DefinitionDraft.objects.filter(user=request.user, kind=KIND, name=name).first()
    if digest := request.GET.get("version", "").replace("\0", ""):
        asked = version(digest)
        if (asked.kind, asked.name) != (KIND, name):
            raise NotFound(_("There is no such version of this definition."))
        return Written(name, held, unpack(asked.text, where), base, draft, digest)
    if draft is not None:
        return Written(name, held, unpack(draft.text, where), draft.base, draft)
    if held is None and not versions(KIND, name):
        raise Http404
    text = held.text if held else versions(KIND, name)[0].text
    return Written(name, held, unpack(text, where), base)


def _keep(request: HttpRequest, written: Written, files: dict[str, str], now: datetime) -> str:
    """The folder as one text, kept as this person's draft. Raises BadDefinition for a bad name."""
    text = pack(files, MAIN, written.where)
    drafts = DefinitionDraft.objects.filter(user=request.user, kind=KIND, name=written.name)
    if written.held is not None and text == written.held.text:
        drafts.delete()
        return text
    base = request.POST.get("base", written.base)
    DefinitionDraft.objects.update_or_create(
        user=request.user,
        kind=KIND,
        name=written.name,
        defaults={"text": text, "base": base, "saved_at": now},
    )
    return text


def _publish(request: HttpRequest, written: Written, text: str, now: datetime) -> HttpResponse:
    name = written.name
    by, base = request.user.get_username(), request.POST.get("base", "")
    try:
        put_in_force(KIND, name, text, now=now, by=by, in_place_of=base)
    except BadDefinition:
        messages.error(request, _("It is not published: what stands below keeps it out of force."))
        return redirect("edit-play", name)
    except Conflict:
        held = current(KIND, name)
        drafts = DefinitionDraft.objects.filter(user=request.user, kind=KIND, name=name)
        drafts.update(base=held.digest if held else "")
        messages.error(
            request,
            _("Somebody has published another version meanwhile. Yours is kept as a draft."),
        )
        return redirect("edit-play", name)
    DefinitionDraft.objects.filter(user=request.user, kind=KIND, name=name).delete()
    messages.success(
        request,
        _("Published. It reaches people once somebody has replayed it and switches it on."),
    )
    return redirect("play", name)


def _page(request: HttpRequest, written: Written, file: str) -> HttpResponse:
    if file not in written.files:
        file = MAIN
    text = written.files.get(file, "")
    context: dict[str, Any] = {
        "written": written,
        "file": file,
        "text": text,
        "main": MAIN,
        "rows": min(max(text.count("\n") + 3, 18), 44),
        "told": _told(written, written.files, file),
        "is_outdated": written.draft is not None
        and not written.version
        and written.base != (written.held.digest if written.held else ""),
    }
    title = _("Edit %(name)s") % {"name": written.name}
    return page_reply(request, "plays/edit", title, context, place="plays")


def _told(written: Written, files: dict[str, str], file: str) -> Told:
    """What the play's own check says of the whole folder, and how this file differs."""
    before, after = written.before.get(file, ""), files.get(file, "")
    is_short = max(before.count("\n"), after.count("\n")) <= _COMPARED_MOST
    diff = diff_lines(before, after) if is_short else None
    is_same = written.held is not None and dict(files) == written.before
    try:
        text = pack(files, MAIN, written.where)
        warnings = check(KIND, text, written.where)
    except BadDefinition as error:
        return Told(error.message, (), diff, is_same)
    return Told("", tuple(warnings), diff, is_same)
