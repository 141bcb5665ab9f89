"""Getting in by password or by a one-time link, and out again."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import NotFound
from tenure.console.pages.bare import bare_context
from tenure.console.sign_in import spend_sign_in_link
from tenure.messages.readiness import can_mail

BACKEND = "django.contrib.auth.backends.ModelBackend"


def safe_next(request: HttpRequest, wanted: str) -> str:
    """Where to go afterwards: a path of this host, else the overview."""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and is_ours else "/"


def sign_in_page(
    request: HttpRequest, form: AuthenticationForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page with both ways in; a link by mail only where mail can be sent."""
    can = can_mail(settings.TENURE_HOME)
    context = {"form": form, "can_mail": can, **more, **bare_context(request)}
    return render(request, "pages/sign_in/page.html", context, status=status)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    if request.user.is_authenticated:
        return redirect(safe_next(request, wanted))
    form = AuthenticationForm(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return redirect(safe_next(request, wanted))
    status = 401 if request.method == "POST" else 200
    return sign_in_page(request, form, status=status, next=wanted)


@login_not_required
@never_cache
@require_GET
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in with a link from `tenure serve`; a browser that only looks ahead spends nothing."""
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        return HttpResponse(status=503)
    try:
        user = spend_sign_in_link(token, system_clock())
    except NotFound:
        if request.user.is_authenticated:
            return redirect("overview")
        form = AuthenticationForm(request)
        return sign_in_page(request, form, status=404, link_failed=True)
    login(request, user, backend=BACKEND)
    return redirect("overview")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")
