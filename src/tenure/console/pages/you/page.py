"""You: your password, set or changed, and what you get by mail."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tenure.console.pages.frame import page_reply
from tenure.console.pages.you.messages import messages_context
from tenure.messages.readiness import ways_out


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def you(request: HttpRequest) -> HttpResponse:
    has_password = request.user.has_usable_password()
    make_form = PasswordChangeForm if has_password else SetPasswordForm
    form = make_form(request.user, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, _("Your password is set."))
        return redirect("you")
    status = 422 if request.method == "POST" else 200
    context = {
        "form": form,
        "has_password": has_password,
        "way": ways_out(settings.TENURE_HOME)[0],
        **messages_context(request),
    }
    return page_reply(request, "you", _("You"), context, status=status)
