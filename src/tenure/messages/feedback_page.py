"""Where a provider tells what became of mail: checked by its signature, or by name and password.

POST  /mail/feedback/<provider>     as `[mail]` of tenure.toml names it; 200 once it is on disk
"""

import warnings
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tenure.base.clock import system_clock
from tenure.messages.configuration import console_url
from tenure.messages.feedback import hear
from tenure.messages.feedback_read import Event, report_of
from tenure.messages.providers import ProviderSettings, provider_settings

BODY_BYTES = 2_000_000
PATH = "/mail/feedback/"


@login_not_required
@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def feedback_page(request: HttpRequest, provider: str) -> HttpResponse:
    """The answer to one call: nobody who is not this installation's provider learns anything."""
    home = settings.TENURE_HOME
    configured = provider_settings(home)
    if configured is None or configured.provider.name != provider or not configured.hears:
        return HttpResponseNotFound("there is no such provider here\n", content_type="text/plain")
    if request.method == "HEAD":  # by which some look whether there is anybody
        return HttpResponse()
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES:
        return HttpResponse("too long\n", status=413, content_type="text/plain")
    now = system_clock()
    try:
        events = _events(request, configured, f"{console_url(home)}{PATH}{provider}")
    except SuspiciousOperation:
        return HttpResponse("not signed as agreed\n", status=403, content_type="text/plain")
    except (ValueError, KeyError, TypeError, AttributeError):
        return HttpResponse("no report that is known\n", status=400, content_type="text/plain")
    found = (report_of(event, provider, now) for event in events)
    hear([report for report in found if report is not None], now)
    return HttpResponse("heard\n", content_type="text/plain")


def _events(request: HttpRequest, configured: ProviderSettings, url: str) -> list[Event]:
    """What the call tells, once it is proved whose it is. Raises SuspiciousOperation, ValueError
    and the like."""
    from anymail.exceptions import AnymailError  # half a second, and requests: for who needs it

    view = _view(configured, url)
    view.run_validators(request)
    try:
        return list(view.parse_events(request))
    except (AnymailError, ImproperlyConfigured) as error:
        raise ValueError(str(error)) from None


def _view(configured: ProviderSettings, url: str) -> Any:
    """Anymail's reader of the provider's reports, with what they are checked by."""
    provider = configured.provider
    module = import_module(f"anymail.webhooks.{provider.name}")
    view_class = getattr(module, provider.view) if provider.view else _tracking(module)
    checked: dict[str, str] = {}
    if provider.signed:
        checked[provider.signed] = configured.feedback_key
    if configured.feedback_secret:
        checked["webhook_secret"] = configured.feedback_secret
    if provider.name == "mandrill":
        checked["webhook_url"] = url  # which it signs: as it knows it, not as a proxy passes it on
    with warnings.catch_warnings():  # on what anymail thinks of the provider
        warnings.simplefilter("ignore")
        return view_class(**checked)


def _tracking(module: Any) -> Any:
    names = [name for name in vars(module) if name.endswith("TrackingWebhookView")]
    own = [name for name in names if getattr(module, name).__module__ == module.__name__]
    return getattr(module, own[0])
