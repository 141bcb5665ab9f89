"""The accounts behind a figure of the page: who uses a feature, is near a limit, or is stuck."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.errors import NotFound
from tenure.card.models import AccountCard
from tenure.card.product import product
from tenure.card.product_parts import Product
from tenure.card.product_standing import accounts_behind, feature_accounts
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.lake.reading import Reader, company_day, reading

PAGE_ROWS = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """What was asked for: its sentence, the heads of its columns, and a cell list per account."""

    title: str
    heads: list[str]
    rows: list[tuple[str, list[str]]]


@require_GET
def product_behind(request: HttpRequest) -> HttpResponse:
    today = company_day(settings.TENURE_HOME, system_clock())
    with reading(settings.TENURE_HOME, threads=1) as reader:
        listed = _listed(reader, request.GET, product(), today)
    page = Paginator(listed.rows, PAGE_ROWS).get_page(request.GET.get("page", "1"))
    names = {
        card.account_id: str(card)
        for card in AccountCard.objects.filter(account_id__in=[row[0] for row in page])
    }
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "heads": listed.heads,
        "rows": [(key, names.get(key, key), cells) for key, cells in page],
        "page": page,
        "query": query.urlencode(),
        "count": len(listed.rows),
    }
    return page_reply(request, "product/behind", listed.title, context, place="product")


def _listed(reader: Reader, asked: QueryDict, declared: Product, today: date) -> Listed:
    if feature := asked.get("feature"):
        return _of_feature(reader, declared, today, feature, is_unused="unused" in asked)
    if limit := asked.get("limit"):
        return _of_limit(reader, declared, today, limit, asked.get("plan", ""))
    if step := asked.get("stuck"):
        return _of_step(reader, declared, today, step)
    if outcome := asked.get("outcome"):
        return _of_outcome(reader, declared, today, outcome)
    raise NotFound(_("This address names no feature, limit, step or outcome."))


def _of_feature(
    reader: Reader, declared: Product, today: date, name: str, *, is_unused: bool
) -> Listed:
    title = next((one.title for one in declared.features if one.name == name), name)
    rows = feature_accounts(reader, name, today)
    if is_unused:
        return Listed(
            _("Accounts that have “%(feature)s” and do not use it") % {"feature": title},
            [],
            [(row["account_id"], []) for row in rows if row["holds"] and not row["events"]],
        )
    return Listed(
        _("Accounts that use “%(feature)s”") % {"feature": title},
        [_("People"), _("Times"), _("Last on")],
        [
            (row["account_id"], [*_numbers(row, "people", "events"), written.day(row["last_on"])])
            for row in rows
            if row["events"]
        ],
    )


def _of_limit(reader: Reader, declared: Product, today: date, name: str, plan: str) -> Listed:
    title = next((one.title for one in declared.limits if one.name == name), name)
    rows = accounts_behind(reader, today, limit=(name, plan))
    words = {"limit": title, "plan": plan}
    return Listed(
        _("Accounts on %(plan)s that are near the limit “%(limit)s”") % words,
        [_("Used"), _("Allowed"), _("Share"), _("Full on")],
        [
            (
                row["account_id"],
                [
                    *_numbers(row, "limit_used", "limit_at_most"),
                    written.share(row["limit_use_share"], 0),
                    written.day(row["limit_full_on"]),
                ],
            )
            for row in rows
        ],
    )


def _of_step(reader: Reader, declared: Product, today: date, name: str) -> Listed:
    title = next((one.title for one in declared.first_value.steps if one.name == name), name)
    rows = accounts_behind(reader, today, step=name)
    return Listed(
        _("Newcomers that are stuck before “%(step)s”") % {"step": title},
        [_("Step before"), _("Was due")],
        [
            (
                row["account_id"],
                [written.day(row["step_reached_on"]), written.day(row["next_step_due_on"])],
            )
            for row in rows
        ],
    )


def _of_outcome(reader: Reader, declared: Product, today: date, name: str) -> Listed:
    meant = declared.outcome_called(name)
    rows = accounts_behind(reader, today, outcome=meant.name if meant else name)
    return Listed(
        _("Accounts that want “%(outcome)s”") % {"outcome": meant.title if meant else name},
        [_("Reached"), _("Of its events, seen lately")],
        [
            (
                row["account_id"],
                [
                    written.day(row["outcome_reached_on"]),
                    written.share(row["outcome_events_seen_share"], 0),
                ],
            )
            for row in rows
        ],
    )


def _numbers(row: dict[str, Any], *names: str) -> list[str]:
    return [written.number(row[name]) for name in names]
