"""What customers are reminded of by mail: what they agreed to do, and that their pause ends.

Plain and useful: what was agreed, by when, and what we owe them meanwhile. Each is sent once.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency
from django.db import transaction
from django.db.models import Q
from django.template.loader import get_template
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.base.money import exponent
from tenure.customers.models import Person
from tenure.lake.reading import company_day
from tenure.messages.ledger import intend
from tenure.messages.models import Channel, Purpose
from tenure.saves.due import rests_until
from tenure.saves.models import Applying, Commitment, Save, Side, Standing, Status

BEFORE = timedelta(days=3)
AT_ONCE = 200
VALID_FOR = timedelta(days=2)


def intend_agreed(home: Home, now: datetime) -> int:
    """How many reminders were written into the ledger."""
    today = company_day(home, now)
    return _of_commitments(home, now, today) + _of_rests(home, now, today)


def remind_on(commitment: Commitment, promised_on: date) -> date:
    """The day of the reminder: three days before, or halfway where it is due sooner."""
    days = (commitment.due_on - promised_on).days
    return commitment.due_on - min(BEFORE, timedelta(days=days // 2))


def _of_commitments(home: Home, now: datetime, today: date) -> int:
    due = Commitment.objects.filter(
        mode="live",
        side=Side.THEM,
        standing=Standing.OPEN,
        reminded_at=None,
        due_on__gte=today,
        due_on__lte=today + BEFORE,
    ).select_related("save_of")
    sent = 0
    for commitment in due[:AT_ONCE]:
        to = commitment.email or _address_of(commitment.person_id)
        is_time = remind_on(commitment, company_day(home, commitment.promised_at)) <= today
        if to and is_time:
            sent += _send_commitment(home, commitment, to, now)
    return sent


def _of_rests(home: Home, now: datetime, today: date) -> int:
    due = Save.objects.filter(
        Q(applying=Applying.READ_BACK) | Q(applying=Applying.NOTHING_TO_DO),
        mode="live",
        reminds_on__lte=today,
        reminded_at=None,
    ).exclude(status__in=(Status.LOST, Status.KEPT))
    sent = 0
    for save in due[:AT_ONCE]:
        until = rests_until(save.offer_kind, save.terms)
        to = _address_of(save.promised_by)
        if to and until is not None and until >= today:
            sent += _send_rest(home, save, until, to, now)
    return sent


@transaction.atomic
def _send_commitment(home: Home, commitment: Commitment, to: str, now: datetime) -> int:
    language = commitment.language
    with translation.override(language):
        day = date_format(commitment.due_on, "DATE_FORMAT")
        subject = _("Until %(day)s: %(text)s") % {"day": day, "text": _one_line(commitment)}
        context = {
            "lead": _("This is what you planned when we last talked about your subscription."),
            "facts": [(_("What"), words_of(commitment, language)), (_("Until"), day)],
            "ours": [
                (words_of(each, language), date_format(each.due_on, "DATE_FORMAT"))
                for each in _ours(commitment)
            ],
            "free": _("Nothing else depends on this. You can leave at any time, done or not."),
        }
        sent = _intend(home, to, (subject, context), commitment, now)
    Commitment.objects.filter(pk=commitment.pk).update(reminded_at=now)
    return sent


@transaction.atomic
def _send_rest(home: Home, save: Save, until: date, to: str, now: datetime) -> int:
    language = save.language
    with translation.override(language):
        day = date_format(until, "DATE_FORMAT")
        facts = [(_("It goes on"), day)]
        price_minor = save.terms.get("price_after_minor")
        if price_minor is not None and save.currency:
            is_monthly = int(save.terms.get("bill_months") or 1) == 1
            label = _("Price a month") if is_monthly else _("Price of each bill")
            facts.append((label, _money(int(price_minor), save.currency, language)))
        context = {
            "lead": _("Your subscription rests, as you asked. This is when it goes on."),
            "facts": facts,
            "ours": [],
            "free": _("You can change your mind until then, or leave at any time after."),
        }
        subject = _("Your pause ends on %(day)s") % {"day": day}
        sent = _intend(home, to, (subject, context), save, now)
    Save.objects.filter(pk=save.pk).update(reminded_at=now)
    return sent


def _intend(
    home: Home,
    to: str,
    said: tuple[str, dict[str, object]],
    about: Commitment | Save,
    now: datetime,
) -> int:
    subject, context = said
    kind = "commitment" if isinstance(about, Commitment) else "rest"
    values = {
        **context,
        "subject": subject,
        "language": translation.get_language() or "en",
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "foot": _("%(company)s sends you this because you agreed on it with us.")
        % {"company": home.company.name},
    }
    person_id = about.person_id if isinstance(about, Commitment) else about.promised_by
    try:
        intend(
            key=f"{Purpose.AGREED}:{kind}:{about.key}",
            purpose=Purpose.AGREED,
            channel=Channel.MAIL,
            recipient=to,
            subject=subject,
            text=get_template("saves/agreed.txt").render(values),
            html=get_template("saves/agreed.html").render(values),
            valid_until=now + VALID_FOR,
            about=[
                ("account", about.account_id),
                *([("person", person_id)] if person_id else []),
            ],
            now=now,
        )
    except InvalidInput:  # no address after all
        return 0
    return 1


def words_of(commitment: Commitment, language: str) -> str:
    """The commitment in a language, else as it was shown."""
    return str(commitment.texts.get(language) or commitment.text)


def _one_line(commitment: Commitment) -> str:
    text = " ".join(words_of(commitment, commitment.language).split())
    return text if len(text) <= 80 else text[:79] + "…"


def _ours(commitment: Commitment) -> Sequence[Commitment]:
    """What we owe them meanwhile, of the same agreement."""
    if commitment.save_of is None:
        return []
    return list(
        commitment.save_of.commitments.filter(
            side=Side.US, standing__in=(Standing.OPEN, Standing.BROKEN)
        ).order_by("due_on")
    )


def _money(amount_minor: int, currency: str, language: str) -> str:
    amount = Decimal(amount_minor).scaleb(-exponent(currency))
    return format_currency(amount, currency, locale=Locale.parse(language.replace("-", "_")))


def _address_of(person_id: str) -> str:
    if not person_id:
        return ""
    row = Person.objects.filter(person_id=person_id).values_list("email", flat=True).first()
    return row or ""
