"""A required outcome as a person enters it, on the account's page or without script on its own."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput
from tenure.card.models import AccountCard
from tenure.card.outcomes import state_outcome
from tenure.console.pages.account.outcome import outcome_panel
from tenure.console.pages.account.page import card_of
from tenure.console.pages.frame import is_part, page_reply
from tenure.lake.reading import reading

NOTHING = "-"  # the choice that takes a statement back


@require_http_methods(["GET", "POST"])
def account_outcome(request: HttpRequest) -> HttpResponse:
    """The panel as a page of its own; a POST states an outcome and goes back to where it came."""
    card = card_of(request.POST.get("account", "") or request.GET.get("account", ""))
    if request.method == "POST":
        return _state(request, card)
    with reading(settings.TENURE_HOME, threads=1, fresh=True) as reader:
        panel = outcome_panel(reader, card.account_id)
    if is_part(request, "account-outcome"):
        back = reverse("account", args=[card.account_id])
        context = {"outcome": panel, "outcome_next": back}
        return render(request, "pages/account/outcome/part.html", context)
    title = _("What %(account)s wants from us") % {"account": str(card)}
    context = {"outcome": panel, "account_id": card.account_id, "card": card}
    return page_reply(request, "account/outcome", title, context, place="accounts")


def _state(request: HttpRequest, card: AccountCard) -> HttpResponse:
    """An outcome chosen from the declared ones, or written in own words; or taken back."""
    chosen = request.POST.get("outcome", "")
    written = request.POST.get("other", "").strip()
    wanted = written if chosen in ("", NOTHING) and written else chosen
    if not wanted:
        messages.error(request, _("Choose an outcome, or write one in your own words."))
        return redirect(_back(request, card))
    try:
        state_outcome(
            settings.TENURE_HOME,
            card.account_id,
            "" if wanted == NOTHING else wanted,
            role=request.POST.get("role", ""),
            by=request.user.get_username(),
            text=request.POST.get("text", ""),
            now=system_clock(),
        )
    except InvalidInput as error:
        messages.error(request, error.message)
        return redirect(_back(request, card))
    messages.success(request, _("Noted. It shows on the card with the next refresh."))
    return redirect(_back(request, card))


def _back(request: HttpRequest, card: AccountCard) -> str:
    asked = request.POST.get("next", "")
    if asked and url_has_allowed_host_and_scheme(asked, {request.get_host()}):
        return asked
    return f"{reverse('account-outcome')}?{urlencode({'account': card.account_id})}"
