"""The JSON API below `/api/`: each slice's router, who may ask, and the one shape of errors.

A person who is signed in to the console may ask (with the CSRF token, where something changes), and
a program with `Authorization: Bearer`. The OpenAPI description is at `/api/openapi.json`.
"""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer, SessionAuth

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput, NotFound, TenureError
from tenure.console.pages.errors.page import broken as page_of_what_broke
from tenure.console.tokens import token_of

ROUTERS = (
    "tenure.card.http",
    "tenure.segments.http",
    "tenure.signals.http",
    "tenure.tasks.http",
    "tenure.content.http",
    "tenure.reasons.fixes_http",
    "tenure.reasons.interviews_http",
    "tenure.reasons.reviews_http",
    "tenure.saves.http",
    "tenure.offboard.api_http",
    "tenure.offboard.report_http",
    "tenure.plays.http",
    "tenure.plays.switch_http",
)


class ProgramAuth(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> object | None:
        return token_of(token, system_clock())


api = NinjaAPI(
    title="Tenure",
    version="1",
    description="Account cards, segments, signals, tasks and leaving.",
    auth=[ProgramAuth(), SessionAuth()],
    urls_namespace="api",
    docs_url=None,  # its page would load scripts from elsewhere
)
for _module in ROUTERS:
    api.add_router("", f"{_module}.router")


def public_urls() -> tuple[list, str, str]:
    """The API's paths, past the console's sign-in: each asks by itself who may.

    Only the description of the API is open to all.
    """
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        pattern.callback.login_required = False
    return patterns, app_name, namespace


@api.exception_handler(TenureError)
def _refused(request: HttpRequest, error: TenureError) -> HttpResponse:
    return api.create_response(request, error.as_json(), status=error.status)


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    message = (
        "this needs a token: make one with `tenure tokens create NAME` and send it as "
        "`Authorization: Bearer ...`"
    )
    shape = {"success": False, "code": "invalid_token", "message": message}
    return api.create_response(request, shape, status=401)


@api.exception_handler(ValidationError)
def _unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    refused = InvalidInput(f"{field}: {first['msg'].lower()}", field=field)
    return api.create_response(request, refused.as_json(), status=refused.status)


@api.exception_handler(HttpError)
def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    shape = {"success": False, "code": "invalid_request", "message": str(error)}
    return api.create_response(request, shape, status=error.status_code)


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    """What Django answers when something broke: for programs in their shape, else a page."""
    if not request.path.startswith("/api/"):
        return page_of_what_broke(request)
    mistake = TenureError("the mistake is ours, and is in the log of the web process")
    return JsonResponse(mistake.as_json(), status=mistake.status)


@login_not_required
def unknown_path(request: HttpRequest) -> JsonResponse:
    """For programs that ask for what is not there: the error in their shape, not a page."""
    missing = NotFound(
        f"there is nothing at {request.path}; see /api/openapi.json for what there is"
    )
    return JsonResponse(missing.as_json(), status=missing.status)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    missing = NotFound("there is no such thing; look at /api/openapi.json for what there is")
    return api.create_response(request, missing.as_json(), status=missing.status)
