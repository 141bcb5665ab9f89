"""A task by hand: its form, filled in as the link says, and what it opens."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.console.pages.frame import page_reply
from tenure.console.pages.sign_in.page import safe_next
from tenure.console.pages.tasks.acting import by_of, day_in, owner_named, owners
from tenure.customers.models import Account
from tenure.messages.open_signals import account_names
from tenure.tasks.work import open_task

FIELDS = ("title", "account", "owner", "due_on", "why", "checklist", "next")


@require_http_methods(["GET", "HEAD", "POST"])
def new_task(request: HttpRequest) -> HttpResponse:
    """The form; a post opens the task and goes back, or says which field is wrong."""
    given = request.POST if request.method == "POST" else request.GET
    values = {name: given.get(name, "") for name in FIELDS}
    if request.method != "POST" and not values["owner"]:
        values["owner"] = by_of(request)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            task = _open(request.POST, by_of(request))
        except InvalidInput as error:
            errors = {error.field or "title": error.message}
        else:
            messages.success(request, _("Opened: %(title)s") % {"title": task.title})
            wanted = values["next"]
            return redirect(safe_next(request, wanted) if wanted else reverse("tasks"))
    names = account_names([values["account"]])
    context: dict[str, Any] = {
        "values": values,
        "errors": errors,
        "users": owners(),
        "account_name": names.get(values["account"], ""),
    }
    status = 422 if errors else 200
    return page_reply(request, "tasks/new", _("New task"), context, place="tasks", status=status)


def _open(form: QueryDict, by: str) -> Any:
    because = {"kind": "person"}
    if why := form.get("why", "").replace("\0", "").strip()[:4000]:
        because["text"] = why
    if not form.get("title", "").strip():
        raise InvalidInput(_("Write what is to be done."), field="title")
    return open_task(
        title=form["title"],
        because=because,
        account_id=_account_named(form.get("account", "")),
        owner=owner_named(form.get("owner", "")),
        due_on=day_in(form, "due_on"),
        checklist=[line for line in form.get("checklist", "").splitlines() if line.strip()],
        now=system_clock(),
        by=by,
    )


def _account_named(stated: str) -> str:
    """The account with this id, else the only one of this name. Raises InvalidInput."""
    stated = stated.replace("\0", "").strip()
    if not stated:
        return ""
    account = Account.objects.filter(account_id=stated).first()
    if account is None:
        named = list(Account.objects.filter(name__iexact=stated, merged_into="")[:2])
        if len(named) != 1:
            raise InvalidInput(
                _("No account has this id, and not exactly one has this name."), field="account"
            )
        account = named[0]
    return account.merged_into or account.account_id
