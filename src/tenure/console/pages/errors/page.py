"""Pages for what went wrong: each says what happened and where to go on."""

import logging
from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tenure.base.errors import TenureError
from tenure.console.pages.bare import bare_context

log = logging.getLogger("tenure.console")


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    message = _("Nothing is at this address. It may have been moved, or the link has a slip in it.")
    return error_reply(request, 404, _("There is no such page"), message)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_reply(
        request,
        403,
        _("You may not do this"),
        _("You are signed in, but without the right to do this."),
    )


@login_not_required
def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_reply(
        request,
        403,
        _("This form is out of date"),
        _("It was opened before you signed in or out. Load the page again and send it once more."),
    )


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_reply(
        request,
        400,
        _("This request cannot be read"),
        _("Check the address for slips, or start from the overview."),
    )


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    message = _(
        "The mistake is ours and is in the log of the web process. Nothing of your data is lost."
    )
    return error_reply(request, 500, _("Something broke on this page"), message)


def error_reply(request: HttpRequest, status: int, title: str, message: str) -> HttpResponse:
    context = {"status": status, "title": title, "message": message, **bare_context(request)}
    return render(request, "pages/errors/page.html", context, status=status)


class ErrorPages:
    """Middleware: an error that Tenure raises on purpose becomes a page with its own message."""

    def __init__(self, reply: Callable[[HttpRequest], HttpResponse]) -> None:
        self.reply = reply

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.reply(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, TenureError):
            return None
        if error.status >= 500:
            log.error("%s %s: %s", request.method, request.path, error.message)
        titles = {
            404: _("There is no such thing"),
            409: _("This cannot be done now"),
            422: _("This cannot be read"),
            503: _("Not available at this moment"),
        }
        title = titles.get(error.status, _("Something broke on this page"))
        return error_reply(request, error.status, title, error.message)
