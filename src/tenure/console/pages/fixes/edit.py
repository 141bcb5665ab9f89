"""Recording a fix, and changing one: the form, filled in as the link says."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.card.product import product
from tenure.console.pages.fixes.words import step_titles
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import reason_titles
from tenure.console.pages.tasks.acting import by_of, day_in, owner_named, owners
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes_recorded import (
    FixGiven,
    change_fix,
    fix_of,
    given_of,
    record_changes,
    record_fix,
)
from tenure.reasons.models import ReasonRecord, Theme
from tenure.reasons.taxonomy import taxonomy, words_in
from tenure.signals.models import Signal

TEXTS = ("title", "rival", "adoption_feature", "adoption_event", "link", "notes")
DAYS = ("planned_on", "shipped_on", "withdrawn_on")
FIELDS = (*TEXTS, *DAYS, "answers", "theme", "owner", "from")
STEP, REASON = "step:", "reason:"


@require_http_methods(["GET", "HEAD", "POST"])
def new_fix(request: HttpRequest) -> HttpResponse:
    """The form; `?reason=`, `?detail=`, `?rival=`, `?theme=`, `?step=`, `?record=` and `?signal=`
    fill it in. A post records the fix.
    """
    if request.method != "POST":
        return _form(request, None, _asked(request.GET, by_of(request)), {})
    values = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        fix = record_fix(
            _given(request.POST),
            now=system_clock(),
            by=by_of(request),
            owner=owner_named(values["owner"]),
            recorded_from=values["from"],
        )
    except InvalidInput as error:
        return _form(request, None, values, {_field(error): error.message})
    return _done(request, fix)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_fix(request: HttpRequest, key: str) -> HttpResponse:
    """The same form over what is known. Raises NotFound."""
    fix = fix_of(key)
    if request.method != "POST":
        return _form(request, fix, _held(fix), {})
    values = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        fix = change_fix(
            fix,
            _given(request.POST),
            now=system_clock(),
            by=by_of(request),
            owner=owner_named(values["owner"]),
        )
    except InvalidInput as error:
        return _form(request, fix, values, {_field(error): error.message})
    return _done(request, fix)


def _done(request: HttpRequest, fix: Fix) -> HttpResponse:
    record_changes(settings.TENURE_HOME, settings.DATABASE_URL, system_clock())
    messages.success(request, _("Noted: %(title)s") % {"title": fix.title})
    return redirect(reverse("fix", args=[fix.key]))


def _form(
    request: HttpRequest, fix: Fix | None, values: dict[str, str], errors: dict[str, str]
) -> HttpResponse:
    context: dict[str, Any] = {
        "fix": fix,
        "values": values,
        "errors": errors,
        "users": owners(),
        "groups": _answers_to_choose(),
        "features": [(each.name, each.title or each.name) for each in product().features],
        "themes": list(
            Theme.objects.filter(mode="live", is_gone=False)
            .order_by("-texts")
            .values_list("key", "label")[:50]
        ),
    }
    title = _("Change a fix") if fix else _("Record a fix")
    status = 422 if errors else 200
    return page_reply(request, "fixes/edit", title, context, place="leaving", status=status)


def _answers_to_choose() -> list[tuple[str, list[tuple[str, str]]]]:
    """Reasons, each with the answers to its follow-up, and the steps to first value."""
    language, named = get_language() or "en", reason_titles()
    reasons = []
    for each in taxonomy().reasons:
        reasons.append((f"{REASON}{each.code}", named[each.code]))
        for option in each.follow_up.options if each.follow_up else ():
            words = f"{named[each.code]}: {words_in(option.title, language)}"
            reasons.append((f"{REASON}{each.code}/{option.code}", words))
    steps = [(f"{STEP}{name}", title) for name, title in step_titles().items()]
    groups = [(_("Reasons to leave"), reasons)]
    return [*groups, (_("Steps to first value"), steps)] if steps else groups


def _given(form: QueryDict) -> FixGiven:
    """What the form says. Raises InvalidInput for a day that is none."""
    answers = form.get("answers", "")
    step = answers.removeprefix(STEP) if answers.startswith(STEP) else ""
    code, _slash, detail = answers.removeprefix(REASON).partition("/") if not step else ("", "", "")
    return FixGiven(
        **{name: form.get(name, "") for name in TEXTS},
        **{name: day_in(form, name) for name in DAYS},
        step=step,
        code=code,
        detail=detail,
        theme=form.get("theme", ""),
    )


def _held(fix: Fix) -> dict[str, str]:
    given = given_of(fix)
    values = {name: str(getattr(given, name)) for name in (*TEXTS, "theme")}
    values |= {name: str(getattr(given, name) or "") for name in DAYS}
    values["owner"] = fix.owner.get_username() if fix.owner else ""
    values["answers"] = _choice(given.code, given.detail, given.step)
    return values


def _asked(link: QueryDict, by: str) -> dict[str, str]:
    """What the link fills in; a record or a signal says what it was."""
    asked = {name: link.get(name, "") for name in ("reason", "detail", "rival", "theme", "step")}
    came_from = "reason" if asked["reason"] else ""
    record = ReasonRecord.objects.filter(key=link.get("record", "-").replace("\0", "")).first()
    if record is not None:
        detail = record.detail if record.source != "inferred" else ""
        asked |= {"reason": record.code, "rival": record.rival, "detail": detail}
        came_from = f"record:{record.key}"
    number = link.get("signal", "")
    signal = Signal.objects.filter(pk=number).first() if number.isdecimal() else None
    if signal is not None and signal.kind == "stuck_at_step":
        asked["step"], came_from = signal.topic, f"signal:{signal.pk}"
    if asked["detail"] and asked["rival"]:
        asked["rival"] = ""
    return {
        "owner": by,
        "answers": _choice(asked["reason"], asked["detail"], asked["step"]),
        "rival": asked["rival"],
        "theme": asked["theme"],
        "from": came_from,
    }


def _choice(code: str, detail: str, step: str) -> str:
    if step:
        return f"{STEP}{step}"
    if not code:
        return ""
    option = taxonomy().reason(code).option(detail) if detail else None
    return f"{REASON}{code}/{detail}" if option else f"{REASON}{code}"


def _field(error: InvalidInput) -> str:
    """The field of the form that stands for a field of the fix."""
    name = error.field or "title"
    return "answers" if name in ("code", "detail", "step") else name
