"""Trying a flow out as an account, the key that it takes, and how the flow gets into a product."""

from string import Template

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput, NotFound
from tenure.card.card_of import account_card
from tenure.console.pages.find.page import accounts_called
from tenure.console.pages.list_link import LENGTH_MAX
from tenure.offboard.flow_parts import FULL, SHAPES
from tenure.offboard.keys import create_cancel_key
from tenure.offboard.trial import trial_token

FRESH_KEY = "fresh_cancel_key"
_SNIPPET = Template("""\
<script async src="$address/tenure.js" data-key="WRITE_KEY"></script>
<script>
  document.querySelector('#cancel').addEventListener('click', (click) => {
    click.preventDefault();
    tenure.cancel({
      // your server signs a token for whoever is signed in
      token: () => fetch('/cancel-token').then((reply) => reply.text()),
      // your own page that cancels: it goes on there whenever Tenure cannot answer
      cancelUrl: '/plain-cancel',
    });
  });
</script>""")


def embed_snippet(address: str) -> str:
    """What a page of the host has to say to show the flow, complete but for its own paths."""
    return _SNIPPET.substitute(address=address)


@require_POST
def try_flow(request: HttpRequest, name: str) -> HttpResponse:
    """To the hosted page, as a test visit of the account that was named."""
    said = request.POST.get("account", "").replace("\0", "").strip()[:LENGTH_MAX]
    shape = request.POST.get("shape", FULL)
    back = reverse("flow", args=[name])
    account_id = _account_called(said)
    if account_id is None:
        message = _("“%(said)s” is not one account. Choose one by its id, or by its whole name.")
        messages.error(request, message % {"said": said})
        return redirect(f"{back}#try-title")
    try:
        token = trial_token(
            account_id,
            shape=shape if shape in SHAPES else FULL,
            language=request.POST.get("language", "")[:35],
            return_url=request.build_absolute_uri(back),
            now=system_clock(),
        )
    except NotFound:
        messages.error(request, _("There is no key in use. Create one first."))
        return redirect(f"{back}#try-title")
    except InvalidInput as error:
        messages.error(request, error.message)
        return redirect(f"{back}#try-title")
    return redirect(f"/leave/{token}")


@require_POST
def create_key(request: HttpRequest) -> HttpResponse:
    """Make a key; its secret is shown once, on the next page."""
    key = create_cancel_key(_("Made in the console"), system_clock())
    request.session[FRESH_KEY] = f"{key.key_id} {key.secret}"
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return redirect(wanted if is_ours else "flows")


@require_GET
def accounts_found(request: HttpRequest) -> HttpResponse:
    """Accounts to choose from, for the field in which one is typed."""
    words = request.GET.get("account", "").replace("\0", "").strip()[:LENGTH_MAX]
    context = {"accounts": accounts_called(words)}
    return render(request, "pages/flows/edit/accounts.html", context)


def _account_called(said: str) -> str | None:
    """The id of the account, by its id or because nobody else is called so."""
    if not said:
        return None
    try:
        return account_card(settings.TENURE_HOME, said, now=system_clock()).id
    except NotFound:
        found = accounts_called(said)
        return found[0].pk if len(found) == 1 else None
