"""The product file as text: checked while it is written, compared before it is put in force."""

import difflib
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition, Conflict, NotFound, TooLarge
from tenure.card.product import KIND, WHERE, check_product
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.product.figures import draft
from tenure.definitions.store import Definition, current, put_in_force, version, versions
from tenure.definitions.toml_lines import line_of, line_said

VERSIONS_SHOWN = 50
TEXT_LENGTH = 500_000
CONTEXT_LINES = 3


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a comparison; `kind` is same, added, taken or gap."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check says of a text. `line` is where `mistake` stands, if that can be told."""

    mistake: str
    line: int | None
    warnings: list[tuple[int | None, str]]
    diff: list[DiffLine]
    is_same: bool
    added: int
    taken: int


@require_http_methods(["GET", "POST"])
def edit_product(request: HttpRequest) -> HttpResponse:
    """The editor: the text in force, a version, or a draft; a POST reviews or puts in force."""
    held = current(KIND)
    if request.method == "POST":
        text = _written(request)
        checked = checked_text(text, held)
        is_wanted = request.POST.get("do") == "apply" and not checked.mistake
        if is_wanted and _is_put_in_force(request, text):
            messages.success(
                request, _("The product file is in force. Cards follow with the next refresh.")
            )
            return redirect("product")
        held = current(KIND)
        return _editor(request, held, text, checked_text(text, held), _("Change the product file"))
    title, text = _asked(request, held)
    return _editor(request, held, text, checked_text(text, held), title)


@require_POST
def check_text(request: HttpRequest) -> HttpResponse:
    """The check of the text as it stands in the editor, for while it is written."""
    held = current(KIND)
    context = {"checked": checked_text(_written(request), held), "held": held}
    return render(request, "pages/product/edit/checked.html", context)


def checked_text(text: str, held: Definition | None) -> Checked:
    """What is wrong with a text, what seems odd, and how it differs from the one in force."""
    mistake, line, warnings = "", None, []
    try:
        found = check_product(text, WHERE)
        warnings = [
            (_line_of_warning(text, each), each.removeprefix(f"{WHERE}: ")) for each in found
        ]
    except BadDefinition as error:
        mistake = error.message.removeprefix(f"{WHERE}: ")
        line = line_of(text, error.field) if error.field else line_said(error.message)
    diff = diff_lines(held.text if held else "", text)
    return Checked(
        mistake=mistake,
        line=line,
        warnings=warnings,
        diff=diff,
        is_same=held is not None and held.text == text,
        added=sum(one.kind == "added" for one in diff),
        taken=sum(one.kind == "taken" for one in diff),
    )


def diff_lines(before: str, after: str) -> list[DiffLine]:
    """The lines that differ, each with a few around it; a gap stands for what is left out."""
    kinds = {"+": "added", "-": "taken", " ": "same"}
    lines = []
    unified = difflib.unified_diff(
        before.splitlines(), after.splitlines(), n=CONTEXT_LINES, lineterm=""
    )
    for number, line in enumerate(unified):
        if number < 2:
            continue  # the names of the two files
        if line.startswith("@@"):
            start = line.split("+")[1].split(",")[0].split(" ")[0]
            lines.append(DiffLine("gap", _("from line %(line)s") % {"line": start}))
        else:
            lines.append(DiffLine(kinds[line[0]], line[1:]))
    return lines


def _editor(
    request: HttpRequest, held: Definition | None, text: str, checked: Checked, title: str
) -> HttpResponse:
    context = {
        "text": text,
        "held": held,
        "base": held.digest if held else "",
        "checked": checked,
        "versions": versions(KIND)[:VERSIONS_SHOWN],
        "rows": min(max(text.count("\n") + 3, 16), 40),
    }
    return page_reply(request, "product/edit", title, context, place="product")


def _asked(request: HttpRequest, held: Definition | None) -> tuple[str, str]:
    if "draft" in request.GET:
        return _("A first draft, from what has been seen"), draft(system_clock())
    if digest := request.GET.get("version"):
        asked = version(digest)
        if asked.kind != KIND:
            raise NotFound(_("There is no such version of the product file."))
        return _("An earlier version of the product file"), asked.text
    if held is None:
        return _("Write a product file"), ""
    return _("Change the product file"), held.text


def _written(request: HttpRequest) -> str:
    """The text of the form, with the line ends of a file: browsers send CR LF."""
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > TEXT_LENGTH:
        raise TooLarge(
            _("A product file has at most %(most)s characters, and this one has %(count)s.")
            % {"most": written.number(TEXT_LENGTH), "count": written.number(len(text))}
        )
    return text if not text or text.endswith("\n") else text + "\n"


def _is_put_in_force(request: HttpRequest, text: str) -> bool:
    """Whether it holds now; not over a version that its writer did not see, which is said."""
    base, by = request.POST.get("base", ""), request.user.get_username()
    try:
        put_in_force(KIND, "", text, now=system_clock(), by=by, in_place_of=base)
    except Conflict:
        messages.error(
            request,
            _("Somebody has put another version in force meanwhile. Compare, and try again."),
        )
        return False
    return True


def _line_of_warning(text: str, warning: str) -> int | None:
    place = warning.removeprefix(f"{WHERE}: ").partition(":")[0]
    return line_of(text, place)
