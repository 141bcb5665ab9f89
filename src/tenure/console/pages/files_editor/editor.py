"""The editor of a definition's files, one at a time: checked and kept while it is written.

    PLAY = Edited(kind="play", main="play.toml", ...)
    edit(request, PLAY, name)          # the page, and what its buttons do
    check_written(request, PLAY, name) # the part that is asked for while somebody writes

A definition is a folder, or one file. What is written is a draft of the writer's own until they
publish it, over the version that they saw and no other.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition, Conflict, NotFound
from tenure.console.content_security_policy import POLICY
from tenure.console.models import DefinitionDraft
from tenure.console.pages.flows.checking import written_text
from tenure.console.pages.frame import page_reply
from tenure.console.pages.product.editor import DiffLine, diff_lines
from tenure.definitions.folder_text import pack, unpack
from tenure.definitions.kinds import MAIN_FILES, check, check_name, file_of
from tenure.definitions.store import Definition, current, put_in_force, version, versions

_COMPARED_MOST = 4_000
Preview = Callable[[str, Mapping[str, str], str], str]


@dataclass(frozen=True, slots=True)
class Edited:
    """A kind of definition, and where its pages are. `page`, `edit` and `check` are names of
    addresses that take the name of the definition; `list` takes none."""

    kind: str
    page: str
    edit: str
    check: str
    list: str
    place: str  # of the strip above
    said: str | Promise  # what nothing is changed before
    done: str | Promise  # what is said once it is published
    docs: str
    new_file: str = ""  # how a file that is added may be called
    preview: Preview | None = None  # (name, files, file) -> where it is looked at, or nowhere
    begins: Callable[[str], dict[str, str]] | None = None  # the files of one that is new

    @property
    def main(self) -> str:
        """The file that every one has; of a kind that is one file, that."""
        return MAIN_FILES.get(self.kind, f"{self.kind}.toml")

    @property
    def is_folder(self) -> bool:
        return self.kind in MAIN_FILES

    def files_of(self, text: str, name: str) -> dict[str, str]:
        """What a text stands for, by file."""
        return unpack(text, file_of(self.kind, name)) if self.is_folder else {self.main: text}

    def text_of(self, files: Mapping[str, str], name: str) -> str:
        """The files as one text. Raises BadDefinition for a bad name."""
        where = file_of(self.kind, name)
        return pack(files, self.main, where) if self.is_folder else files[self.main]

    def drafts(self, request: HttpRequest, name: str) -> Any:
        """What this person has written of it and not published: one row or none."""
        return DefinitionDraft.objects.filter(user=request.user, kind=self.kind, name=name)


@dataclass(frozen=True, slots=True)
class Written:
    """The files as they are being written: where they come from, what they are written over."""

    name: str
    held: Definition | None
    files: dict[str, str]
    base: str
    before: dict[str, str]  # the files that hold now
    draft: DefinitionDraft | None = None
    version: str = ""  # the earlier one that is looked at, by its digest


@dataclass(frozen=True, slots=True)
class Told:
    """What the check says: nothing is published while `error` says something."""

    error: str
    warnings: tuple[str, ...]
    diff: list[DiffLine] | None
    is_same: bool
    preview: str = ""


def edit(request: HttpRequest, edited: Edited, name: str) -> HttpResponse:
    """The editor. Raises Http404 for what never was and is not being written."""
    written = _written(request, edited, name)
    file = request.GET.get("file") or request.POST.get("file") or edited.main
    if request.method == "GET":
        return _page(request, edited, written, file)
    act = request.POST.get("do", "")
    if act == "discard":
        edited.drafts(request, name).delete()
        messages.success(request, _("Your draft is discarded."))
        return redirect(*((edited.edit, name) if written.held else (edited.list,)))
    files = dict(written.files)
    if act == "delete" and file != edited.main:
        files.pop(file, None)
        _keep(request, edited, written, files)
        return redirect(edited.edit, name)
    files[file] = written_text(request)
    added = request.POST.get("new", "").strip() if act == "add" and edited.is_folder else ""
    if added:
        files.setdefault(added, "")
    try:
        text = _keep(request, edited, written, files)
    except BadDefinition as error:
        messages.error(request, error.message)
        kept = replace(written, files=written.files | {file: files[file]})
        return _page(request, edited, kept, file)
    if act == "publish":
        return _publish(request, edited, written, text, system_clock())
    return redirect(f"{reverse(edited.edit, args=[name])}?file={added or file}#checked-title")


def check_written(request: HttpRequest, edited: Edited, name: str) -> HttpResponse:
    """The check of the whole with the file as it stands in the editor, which is kept."""
    written = _written(request, edited, name)
    file = request.POST.get("file") or edited.main
    files = written.files | {file: written_text(request)}
    try:
        _keep(request, edited, written, files)
        told = _told(edited, written, files, file)
    except BadDefinition as error:
        told = Told(error.message, (), None, False)
    return render(request, "pages/files_editor/checked.html", {"told": told})


def _written(request: HttpRequest, edited: Edited, name: str) -> Written:
    try:
        check_name(edited.kind, name)
    except BadDefinition:
        raise Http404 from None
    held = current(edited.kind, name)
    before = edited.files_of(held.text, name) if held else {}
    draft = edited.drafts(request, name).first()
    base = held.digest if held else ""
    digest = request.GET.get("version", "").replace("\0", "")
    # Who began to write in it goes on in their draft, whichever file they come to next.
    if digest and (draft is None or draft.begun_from != digest):
        asked = version(digest)
        if (asked.kind, asked.name) != (edited.kind, name):
            raise NotFound(_("There is no such version of this definition."))
        files = edited.files_of(asked.text, name)
        return Written(name, held, files, base, before, draft, digest)
    if draft is not None:
        files = edited.files_of(draft.text, name)
        return Written(name, held, files, draft.base, before, draft)
    if held is not None:
        return Written(name, held, before, base, before)
    if earlier := versions(edited.kind, name):
        return Written(name, None, edited.files_of(earlier[0].text, name), base, before)
    if edited.begins is None:
        raise Http404
    return Written(name, None, edited.begins(name), base, before)


def _keep(request: HttpRequest, edited: Edited, written: Written, files: Mapping[str, str]) -> str:
    """The files as one text, kept as this person's draft. Raises BadDefinition for a bad name."""
    text = edited.text_of(files, written.name)
    if written.held is not None and text == written.held.text:
        edited.drafts(request, written.name).delete()
        return text
    begun = {"begun_from": written.version} if written.version else {}
    DefinitionDraft.objects.update_or_create(
        user=request.user,
        kind=edited.kind,
        name=written.name,
        defaults={
            "text": text,
            "base": request.POST.get("base", written.base),
            "saved_at": system_clock(),
            **begun,
        },
    )
    return text


def _publish(
    request: HttpRequest, edited: Edited, written: Written, text: str, now: datetime
) -> HttpResponse:
    name = written.name
    by, base = request.user.get_username(), request.POST.get("base", "")
    try:
        put_in_force(edited.kind, name, text, now=now, by=by, in_place_of=base)
    except BadDefinition:
        messages.error(request, _("It is not published: what stands below keeps it out of force."))
        return redirect(edited.edit, name)
    except Conflict:
        held = current(edited.kind, name)
        edited.drafts(request, name).update(base=held.digest if held else "")
        messages.error(
            request,
            _("Somebody has published another version meanwhile. Yours is kept as a draft."),
        )
        return redirect(edited.edit, name)
    edited.drafts(request, name).delete()
    messages.success(request, str(edited.done))
    return redirect(edited.page, name)


def _page(request: HttpRequest, edited: Edited, written: Written, file: str) -> HttpResponse:
    if file not in written.files:
        file = edited.main
    text = written.files.get(file, "")
    name = written.name
    context: dict[str, Any] = {
        "edited": edited,
        "written": written,
        "edit_link": reverse(edited.edit, args=[name]),
        "check_link": reverse(edited.check, args=[name]),
        "up_link": reverse(edited.page, args=[name]) if written.held else reverse(edited.list),
        "file": file,
        "text": text,
        "rows": min(max(text.count("\n") + 3, 18), 44),
        "told": _told(edited, written, written.files, file),
        "is_outdated": written.draft is not None
        and not written.version
        and written.base != (written.held.digest if written.held else ""),
    }
    title = _("Edit %(name)s") % {"name": name}
    reply = page_reply(request, "files_editor", title, context, place="plays")
    if edited.preview:
        reply.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return reply


def files_written(request: HttpRequest, edited: Edited, name: str) -> dict[str, str]:
    """The files as this person is writing them, else as they hold. Raises Http404."""
    return _written(request, edited, name).files


def _told(edited: Edited, written: Written, files: Mapping[str, str], file: str) -> Told:
    """What the kind's own check says of the whole, how this file differs, and how it looks."""
    before, after = written.before.get(file, ""), files.get(file, "")
    is_short = max(before.count("\n"), after.count("\n")) <= _COMPARED_MOST
    diff = diff_lines(before, after) if is_short else None
    is_same = written.held is not None and dict(files) == written.before
    shown = edited.preview(written.name, files, file) if edited.preview else ""
    if shown and written.version:
        shown += f"{'&' if '?' in shown else '?'}version={written.version}"
    try:
        text = edited.text_of(files, written.name)
        warnings = check(edited.kind, text, file_of(edited.kind, written.name))
    except BadDefinition as error:
        return Told(error.message, (), diff, is_same, shown)
    return Told("", tuple(warnings), diff, is_same, shown)
