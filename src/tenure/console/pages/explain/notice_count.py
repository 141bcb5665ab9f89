"""How notices are counted: what one is, whose they are, and the lines that said so."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tenure.base.months import next_month
from tenure.card.models import AccountCard
from tenure.console import format as written
from tenure.console.pages.frame import page_reply
from tenure.console.pages.movements.choose import Asked
from tenure.console.pages.overview.figures import ALL, Ground, home, notices_in
from tenure.console.pages.overview.links import movements_link
from tenure.kit.sql_file import load
from tenure.lake.reading import reading
from tenure.measure.notices import Notice, notices


def notices_reply(request: HttpRequest, found: Ground, asked: Asked) -> HttpResponse:
    month = asked.last
    currency = None if asked.scope == ALL else asked.scope
    said = [one for one in _said(found, month) if one.currency and currency in (None, one.currency)]
    count = notices_in(found.key, month, asked.scope).given
    shown = sorted(said, key=lambda one: (one.noticed_on, one.account_id), reverse=True)[:50]
    cards = AccountCard.objects.filter(account_id__in={one.account_id for one in shown})
    names = dict(cards.values_list("account_id", "name"))
    context = {
        "said": [(one, names.get(one.account_id) or one.account_id) for one in shown],
        "all_notices": movements_link((month, month), "notice", asked.scope),
        "sql": load("tenure.measure", "notice"),
        "month": month,
        "asked": asked,
    }
    title = _("%(figure)s in %(month)s: %(value)s") % {
        "figure": _("Notices given"), "month": written.month_long(month),
        "value": written.number(count),
    }  # fmt: skip
    return page_reply(request, "explain/notices", title, context, place="overview")


def _said(found: Ground, month: date) -> list[Notice]:
    if not found.number:
        return []
    before_on = min(next_month(month), date.fromordinal(found.today.toordinal() + 1))
    with reading(home(), threads=1) as reader:
        return notices(reader, first_on=month, before_on=before_on)
