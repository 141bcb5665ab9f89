"""How is this computed: definition, rule set, parts, accounts, movements, query, source lines."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from tenure.console.pages.frame import page_reply


@require_GET
def explain(request: HttpRequest, metric: str) -> HttpResponse:
    return page_reply(request, "explain", metric, {}, place="overview")
