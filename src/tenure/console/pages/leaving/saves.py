"""The saves behind a figure: what was accepted, what each check found, what came in since."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Min, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from tenure.base.clock import system_clock
from tenure.base.home import Home
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.leaving.choose import (
    NOT_SAID,
    Choice,
    in_segment,
    last_and_before,
    read_choice,
)
from tenure.console.pages.leaving.count import saves_between
from tenure.console.pages.leaving.figures import check_words
from tenure.console.pages.leaving.words import (
    account_names,
    found_words,
    offer_titles,
    reason_titles,
)
from tenure.lake.reading import company_day
from tenure.saves.due import AT_DAYS, RENEWAL
from tenure.saves.earnings import earned_by
from tenure.saves.keeping import APPLIED
from tenure.saves.listed import word_of
from tenure.saves.models import Save, SaveCheck, Status

PAGE_ROWS = 50
CHECKS = (*AT_DAYS, RENEWAL)
ASKED = ("status", "due", "applied", "currency", "gone")
_WAITS = Q(checks__seen_at=None)


@require_GET
def saves_page(request: HttpRequest) -> HttpResponse:
    """The saves of the days in the link; `due`: those that billing is asked of, the soonest first.
    `applied` leaves out what billing never showed, as the survival does; `gone` who is still there.
    """
    home: Home = settings.TENURE_HOME
    choice = read_choice(request.GET)
    asked = {name: request.GET.get(name, "").replace("\0", "") for name in ASKED}
    asked["status"] = asked["status"] if asked["status"] in Status.values else ""
    now = system_clock()
    _last, before_on = last_and_before(choice, home, now)
    saves = saves_between(choice.first_on, before_on)
    found = _chosen(saves, choice, asked, company_day(home, now))
    page = Paginator(found, PAGE_ROWS).get_page(choice.page)
    count = page.paginator.count
    more = {name: value for name, value in asked.items() if value}
    context: dict[str, Any] = {
        "rows": _rows(list(page)),
        "page": page,
        "sums": _sums(found),
        "heads": [check_words(SaveCheck(at_days=days)) for days in CHECKS],
        "statuses": [
            (words, choice.query(**{**more, "status": value, "page": 1}), value == asked["status"])
            for value, words in (("", _("All")), *Status.choices)
        ],
        "previous": choice.query(**more, page=page.number - 1) if page.has_previous() else None,
        "next_page": choice.query(**more, page=page.number + 1) if page.has_next() else None,
    }
    title = ngettext("%(n)s save", "%(n)s saves", count) % {"n": written.number(count)}
    told = _told(choice, asked)
    if told:
        title = _("%(sentence)s (%(told)s)") % {"sentence": title, "told": "; ".join(told)}
    return page_reply(request, "leaving/saves", title, context, place="leaving")


def _chosen(
    found: QuerySet[Save], choice: Choice, asked: dict[str, str], today: date
) -> QuerySet[Save]:
    for name in ("offer", "plan", "stage"):
        if getattr(choice, name):
            found = found.filter(**{name: getattr(choice, name)})
    if choice.reason:
        found = found.filter(reason="" if choice.reason == NOT_SAID else choice.reason)
    if choice.segment:
        found = in_segment(found, choice.segment)
    if asked["status"]:
        found = found.filter(status=asked["status"])
    if asked["currency"]:
        found = found.filter(currency=asked["currency"])
    if asked["applied"]:
        found = found.filter(applying__in=APPLIED, opened_on__lt=today)
    if asked["gone"]:
        found = found.filter(gone_on__lte=today)
    if asked["due"]:
        found = found.exclude(status__in=(Status.KEPT, Status.LOST))
        return (
            found.annotate(next_on=Min("checks__due_on", filter=_WAITS))
            .exclude(next_on=None)
            .order_by("next_on", "pk")
        )
    return found.order_by("-opened_at", "-pk")


def _rows(saves: Sequence[Save]) -> list[dict[str, Any]]:
    names = account_names(each.account_id for each in saves)
    offers, reasons = offer_titles(), reason_titles()
    checks: dict[int, dict[int, SaveCheck]] = {}
    for check in SaveCheck.objects.filter(save_of__in=saves):
        checks.setdefault(check.save_of_id, {})[check.at_days] = check
    return [
        {
            "save": save,
            "account": names.get(save.account_id, save.account_id),
            "offer": offers.get(save.offer, save.offer),
            "reason": reasons.get(save.reason, save.reason),
            "checks": [_check(checks.get(save.pk, {}).get(days)) for days in CHECKS],
            "margin": written.money(earned.margin_minor, save.currency, whole=False),
        }
        for save, earned in zip(saves, earned_by(saves), strict=True)
    ]


def _check(check: SaveCheck | None) -> tuple[str, str]:
    """What it found in words and as a tone; a day while it waits."""
    if check is None:
        return written.MISSING, ""
    word = word_of(check)
    if word == "due":
        return written.day(check.due_on), "due"
    return found_words(word), "" if word == "here" else "muted" if word == "resting" else "gone"


def _sums(found: QuerySet[Save]) -> list[dict[str, Any]]:
    """By currency, of all that the list holds."""
    # Asked anew: joined with the checks that order the list, each save would count once for each.
    saves = Save.objects.filter(pk__in=found.order_by().values("pk"))
    sums = saves.values("currency").annotate(conceded=Sum("cost_minor"), paid=Sum("paid_minor"))
    return sorted(sums, key=lambda each: each["currency"])


def _told(choice: Choice, asked: dict[str, str]) -> list[str]:
    """What narrows the list, in words."""
    told = [str(Status(asked["status"]).label)] if asked["status"] else []
    if choice.offer:
        told.append(offer_titles().get(choice.offer, choice.offer))
    if choice.reason:
        said = _("No reason given") if choice.reason == NOT_SAID else choice.reason
        told.append(reason_titles().get(choice.reason, said))
    told += [value for name, value in choice.slices.items() if name != "flow"]
    if asked["currency"]:
        told.append(asked["currency"])
    if asked["gone"]:
        told.append(_("gone since"))
    if asked["due"]:
        told.append(_("billing is asked of them next"))
    return told
