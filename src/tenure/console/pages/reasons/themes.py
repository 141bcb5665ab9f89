"""Themes: what free texts have in common, the texts of one, and what somebody calls it instead."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tenure.base.errors import NotFound
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.words import account_names, reason_titles
from tenure.console.pages.list_link import read_page_number
from tenure.console.pages.movements.page import period_words
from tenure.console.pages.reasons.behind import read_asked
from tenure.console.pages.reasons.choose import span_of
from tenure.reasons.models import ReasonRecord, Theme
from tenure.reasons.themes_naming import label_of

TEXTS_SHOWN, THEMES_SHOWN, TYPICAL = 50, 12, 3
LABEL_MOST = 120
NONE = "none"  # in place of a key: texts in no theme
_HELD = Q(records__mode="live", records__superseded_by="") & ~Q(records__text="")


def themes_shown(first_at: datetime, before_at: datetime) -> dict[str, Any]:
    """The largest themes of that time with typical texts, and how many texts are in none."""
    span = Q(records__said_at__gte=first_at, records__said_at__lt=before_at)
    found = list(
        Theme.objects.filter(mode="live", is_gone=False)
        .annotate(count=Count("records", filter=_HELD & span))
        .filter(count__gt=0)
        .order_by("-count", "label", "key")
    )
    texts = _texts().filter(said_at__gte=first_at, said_at__lt=before_at)
    typical = {each.pk: typical_texts(texts.filter(theme=each)) for each in found[:THEMES_SHOWN]}
    return {
        "rows": [{"theme": each, "texts": typical.get(each.pk, [])} for each in found],
        "texts": texts.count(),
        "without": texts.filter(theme=None).count(),
    }


def typical_texts(texts: QuerySet[ReasonRecord]) -> list[str]:
    """Some that say it best, each once."""
    likest = texts.order_by("-theme_similarity", "-said_at").values_list("text", flat=True)[:20]
    return list(dict.fromkeys(likest))[:TYPICAL]


@require_GET
def theme_page(request: HttpRequest, key: str) -> HttpResponse:
    """The texts of a theme in the months of the link (`all`: of ever), those that say it best
    first; of NONE those that are in no theme. Raises NotFound for a theme that is none.
    """
    home = settings.TENURE_HOME
    theme = None if key == NONE else _theme(key)
    held = _texts().filter(theme=theme).order_by("-theme_similarity", "-said_at", "pk")
    choice, is_all = read_asked(request, home), "all" in request.GET
    first_at, before_at = span_of(choice, home.company.time_zone)
    found = held if is_all else held.filter(said_at__gte=first_at, said_at__lt=before_at)
    page = Paginator(found, TEXTS_SHOWN).get_page(read_page_number(request.GET))
    records = list(page)
    names, titles = account_names(each.account_id for each in records), reason_titles()
    query = request.GET.copy()
    query.pop("page", None)
    context: dict[str, Any] = {
        "theme": theme,
        "label_most": LABEL_MOST,
        "phrases": theme.phrases[:6] if theme else [],
        "period": "" if is_all else period_words(choice.first, choice.last),
        "in_all": held.count(),
        "choice": choice,
        "query": query.urlencode(),
        "page": page,
        "rows": [
            {
                "record": each,
                "account": names.get(each.account_id, each.account_id),
                "reason": titles.get(each.code, each.code),
            }
            for each in records
        ],
    }
    title = _title(theme, page.paginator.count)
    return page_reply(request, "reasons/theme", title, context, place="leaving")


def _title(theme: Theme | None, count: int) -> str:
    if theme is None:
        return ngettext(
            "%(n)s text says what no other says", "%(n)s texts say what no other says", count
        ) % {"n": written.number(count)}
    return ngettext("%(n)s text says “%(label)s”", "%(n)s texts say “%(label)s”", count) % {
        "n": written.number(count),
        "label": theme.label,
    }


@require_POST
def rename_theme(request: HttpRequest, key: str) -> HttpResponse:
    """Call it what somebody wrote, and keep that; nothing written gives its own name back."""
    theme = _theme(key)
    label = " ".join(request.POST.get("label", "").replace("\0", "").split())[:LABEL_MOST]
    if label:
        theme.label, theme.label_by = label, "person"
        said = _("The theme is called “%(label)s” from now on.") % {"label": label}
    else:
        theme.label = label_of(theme.phrases, theme.central_text)
        theme.label_by = "local"
        said = _("The theme is called by its own words again: “%(label)s”.") % {
            "label": theme.label
        }
    theme.save(update_fields=["label", "label_by"])
    messages.success(request, said)
    return redirect("reason-theme", key=theme.key)


def _theme(key: str) -> Theme:
    theme = Theme.objects.filter(key=key, mode="live").first()
    if theme is None:
        raise NotFound(
            _("There is no theme %(key)s. Its texts may be grouped anew.") % {"key": key}
        )
    return theme


def _texts() -> QuerySet[ReasonRecord]:
    return ReasonRecord.objects.filter(mode="live", superseded_by="").exclude(text="")
