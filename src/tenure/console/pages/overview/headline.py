"""The overview's title: one sentence that answers whether churn got better."""

from datetime import date

from django.contrib.humanize.templatetags.humanize import apnumber
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tenure.console import format as written
from tenure.measure.churn import ChurnMonth


def headline(now: ChurnMonth | None, before: ChurnMonth | None, today: date) -> str:
    """What happened in the month of `now`, against that of `before` where there is one."""
    if now is None or not (now.accounts_at_start or now.accounts_new or now.accounts_churned):
        return _("No account has paid yet")
    month = month_words(now.month, today)
    if now.account_churn_rate is None:
        arrived = ngettext(
            "%(n)s account began to pay in %(month)s",
            "%(n)s accounts began to pay in %(month)s",
            now.accounts_new,
        )
        return _capital(arrived % {"n": count_words(now.accounts_new), "month": month})
    rate = written.share(now.account_churn_rate)
    if before is None or before.account_churn_rate is None:
        lost = ngettext("%(n)s account left", "%(n)s accounts left", now.accounts_churned)
        return _("Churn was %(rate)s in %(month)s: %(lost)s") % {
            "rate": rate, "month": month, "lost": lost % {"n": count_words(now.accounts_churned)},
        }  # fmt: skip
    lead = _lead(now, before) % {"rate": rate, "month": month}
    return _("%(lead)s, %(tail)s") % {"lead": lead, "tail": _tail(now, before)}


def _lead(now: ChurnMonth, before: ChurnMonth) -> str:
    shown, shown_before = (round(row.account_churn_rate, 3) for row in (now, before))
    if now.accounts_churned == 0:
        return _("Nobody left in %(month)s")
    if shown < shown_before:
        return _("Churn fell to %(rate)s in %(month)s")
    if shown > shown_before:
        return _("Churn rose to %(rate)s in %(month)s")
    return _("Churn stayed at %(rate)s in %(month)s")


def _tail(now: ChurnMonth, before: ChurnMonth) -> str:
    # The month of the first half of the sentence has said which year is meant.
    month = month_words(before.month, now.month)
    more = now.accounts_churned - before.accounts_churned
    if not now.accounts_churned and not before.accounts_churned:
        return _("as in %(month)s") % {"month": month}
    if not now.accounts_churned:
        sentence = ngettext(
            "against %(n)s account in %(month)s", "against %(n)s accounts in %(month)s", -more
        )
        return sentence % {"n": count_words(-more), "month": month}
    if more == 0:
        return _("as many accounts as in %(month)s") % {"month": month}
    sentence = (
        ngettext(
            "%(n)s account more than in %(month)s", "%(n)s accounts more than in %(month)s", more
        )
        if more > 0
        else ngettext(
            "%(n)s account fewer than in %(month)s", "%(n)s accounts fewer than in %(month)s", -more
        )
    )
    return sentence % {"n": count_words(abs(more)), "month": month}


def month_words(month: date, today: date) -> str:
    """`May`, with its year unless that is this year."""
    return written.month_name(month) if month.year == today.year else written.month_long(month)


def count_words(count: int) -> str:
    """`four` up to nine where the language writes small numbers out; else digits."""
    is_english = (get_language() or "en").startswith("en")
    return str(apnumber(count)) if is_english and 0 < count < 10 else written.number(count)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
