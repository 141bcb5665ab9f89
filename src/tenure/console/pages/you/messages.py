"""What you get by mail: where, which messages, when, and in which language."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenure.base.errors import InvalidInput
from tenure.messages.ledger import checked_address
from tenure.messages.models import Recipient
from tenure.messages.recipients import recipient_of

CHOICES = ("wants_digest", "wants_at_once", "wants_reminders")


def messages_context(request: HttpRequest) -> dict[str, object]:
    """What the form on the page shows."""
    return {
        "email": request.user.email,
        "reach": recipient_of(request.user, get_language() or "en"),
        "languages": [(code, str(name)) for code, name in settings.LANGUAGES],
        "hours": [(hour, f"{hour:02d}:00") for hour in range(24)],
        "time_zone": settings.TENURE_HOME.company.time_zone,
    }


@require_POST
def you_messages(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen; a wrong address changes nothing and says so."""
    form, user = request.POST, request.user
    try:
        stated = form.get("email", "").strip()
        email = checked_address(stated) if stated else ""
    except InvalidInput as error:
        messages.error(request, error.message)
        return redirect("you")
    hour, language = form.get("hour", ""), form.get("language", "")
    chosen: dict[str, object] = {name: form.get(name) == "1" for name in CHOICES}
    if hour.isdecimal() and len(hour) <= 2 and int(hour) < 24:
        chosen["hour"] = int(hour)
    if language in dict(settings.LANGUAGES):
        chosen["language"] = language
    Recipient.objects.filter(pk=recipient_of(user).pk).update(**chosen)
    user.email = email
    user.save(update_fields=["email"])
    messages.success(request, _("Kept: what you get by mail."))
    return redirect("you")
