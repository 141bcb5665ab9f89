"""The editor of a play's files; nobody is reached by what was not replayed and switched on."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from tenure.console.pages.files_editor import editor
from tenure.plays.file import KIND

EDITED = editor.Edited(
    kind=KIND,
    page="play",
    edit="edit-play",
    check="check-play",
    list="plays",
    place="plays",
    said=_(
        "It is checked and kept while you write; nothing changes for anybody before you publish, "
        "and nobody is reached before it was replayed and switched on."
    ),
    done=_("Published. It reaches people once somebody has replayed it and switches it on."),
    docs="docs/plays.md",
    new_file="02-more.en.md",
)


@require_http_methods(["GET", "POST"])
def edit_play(request: HttpRequest, name: str) -> HttpResponse:
    """The editor. Raises Http404 for a play that never was and is not being written."""
    return editor.edit(request, EDITED, name)


@require_POST
def check_written(request: HttpRequest, name: str) -> HttpResponse:
    """The check of the folder with the file as it stands in the editor, which is kept."""
    return editor.check_written(request, EDITED, name)
