"""Ask for a sign-in link by mail. The answer is the same whether anybody has the address."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from tenure.base.clock import system_clock
from tenure.console.pages.sign_in.page import sign_in_page
from tenure.messages.readiness import can_mail
from tenure.messages.sign_in_asked import ask_for_link


@login_not_required
@never_cache
@csrf_protect
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Write down who asked; the worker answers. Too many are answered the same, and dropped."""
    if request.user.is_authenticated:
        return redirect("overview")
    if not can_mail(settings.TENURE_HOME):
        return redirect("sign-in")
    address = request.POST.get("email", "").replace("\0", "")
    if address.strip():
        ask_for_link(address, _place(request), get_language() or "en", system_clock())
    return sign_in_page(request, AuthenticationForm(request), was_asked=True)


def _place(request: HttpRequest) -> str:
    """Where the request comes from; behind a proxy that we trust, where that one says."""
    if settings.SECURE_PROXY_SSL_HEADER:
        forwarded = request.headers.get("X-Forwarded-For", "")
        if last := forwarded.rpartition(",")[2].strip():
            return last
    return request.META.get("REMOTE_ADDR", "")
