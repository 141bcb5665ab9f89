"""The one mail that asks for an exit interview: only where the operator turned it on.

    [interviews]                             # in tenure.toml
    mail = true
    after_days = 2                           # after the decision to leave

To whoever gave the notice, once for each leaving; never to an address that is suppressed, to
somebody who unsubscribed, or who said that they do not want to be asked; nor where somebody talked
with them already.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _

from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.base.home import Home
from tenure.customers.models import Person
from tenure.definitions.toml_file import Fields
from tenure.messages.configuration import console_url
from tenure.messages.ledger import intend
from tenure.messages.models import Channel, Purpose
from tenure.reasons.models import (
    Interview,
    LeavingReview,
    ReasonCursor,
    ReasonRecord,
    Survey,
)
from tenure.reasons.recording import STATED
from tenure.reasons.surveys import SAID_AFTER, SAID_BEFORE, address_of, make_survey

CURSOR = "survey_mail"
LOOKS_EVERY = timedelta(minutes=10)
UNTIL_DAYS = 21  # after the decision nobody remembers well
AT_ONCE = 200
TRIED_FOR = timedelta(days=7)
BY = "mail"
# Traits by which systems say that somebody wants no mail, in lower case and without `_`.
_REFUSING = frozenset({"unsubscribed", "emailunsubscribed", "unsubscribedfromemails", "donotemail",
                       "donotcontact", "optedout", "emailoptout"})  # fmt: skip
_ALLOWING = frozenset({"emailoptin", "subscribed", "subscribedtoemails", "marketingconsent"})
_NO = frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True)
class Asking:
    """Whether mail is sent, and how many days after a decision."""

    is_on: bool
    after_days: int


def asking(home: Home) -> Asking:
    """What `[interviews]` says; off where it says nothing. Raises BadDefinition for a mistake."""
    path = home.settings_file
    if not path.is_file():
        return Asking(False, 0)
    section = Fields.of(path.read_text("utf-8"), "tenure.toml").table("interviews")
    found = Asking(section.flag("mail", False), section.whole("after_days", 2, most=UNTIL_DAYS))
    section.done()
    return found


def intend_surveys(home: Home, now: datetime) -> int:
    """How many mails were written into the ledger."""
    wanted = asking(home)
    if not wanted.is_on or not _is_time(now):
        return 0
    written = 0
    for review in _leavings(now, wanted.after_days):
        person = _who_left(review)
        if person is None or wants_no_mail(person):
            continue
        try:
            survey = make_survey(review.account_id, person_id=person.person_id, now=now, by=BY)
        except (Conflict, InvalidInput, NotFound):  # they said no; or belong there no more
            continue
        if survey.ended_at is None and survey.mailed_at is None:
            written += _send(home, survey, person, now)
    return written


def wants_no_mail(person: Person) -> bool:
    """Whether a trait of theirs says that they want none, by the names that are usual."""
    for name, value in person.traits.items():
        plain = str(name).casefold().replace("_", "").replace(" ", "")
        said = str(value).casefold()
        if plain in _REFUSING and value and said not in _NO:
            return True
        if plain in _ALLOWING and said in _NO:
            return True
    return False


def _is_time(now: datetime) -> bool:
    """Every few minutes is often enough: a leaving is days ago."""
    held, is_new = ReasonCursor.objects.get_or_create(
        name=CURSOR, defaults={"number": int(now.timestamp())}
    )
    if is_new:
        return True
    since = ReasonCursor.objects.filter(
        name=CURSOR, number__lte=int((now - LOOKS_EVERY).timestamp())
    )
    return bool(since.update(number=int(now.timestamp())))


def _leavings(now: datetime, after_days: int) -> Iterator[LeavingReview]:
    """Decisions that stand, old enough and not too old, that nobody was asked about."""
    found = LeavingReview.objects.filter(
        withdrawn_at=None,
        returned_on=None,
        decided_at__lte=now - timedelta(days=after_days),
        decided_at__gt=now - timedelta(days=UNTIL_DAYS),
    ).order_by("decided_at", "pk")
    for review in found[:AT_ONCE]:
        # Of the same time of paying: a decision may turn out to have been on another day.
        began_at = datetime.combine(review.since_on, time(), UTC)
        of_leaving = {"account_id": review.account_id, "decided_at__gte": began_at}
        asked = Survey.objects.filter(**of_leaving, mode="live")
        if asked.exclude(mailed_at=None).exists() or asked.exclude(answered_at=None).exists():
            continue
        if Interview.objects.filter(**of_leaving, mode="live").exists():
            continue
        yield review


def _who_left(review: LeavingReview) -> Person | None:
    """Who gave the notice, with an address; None where it is not known, or it has none."""
    said = ReasonRecord.objects.filter(
        account_id=review.account_id,
        source=STATED,
        mode="live",
        said_at__gte=review.decided_at - SAID_BEFORE,
        said_at__lte=review.decided_at + SAID_AFTER,
    ).exclude(user_id="")
    raw = said.order_by("-said_at").values_list("user_id", flat=True).first()
    if raw is None:
        return None
    person = Person.objects.filter(person_id=raw).first()
    if person is not None and person.merged_into:
        person = Person.objects.filter(person_id=person.merged_into).first()
    return person if person is not None and person.email else None


def _send(home: Home, survey: Survey, person: Person, now: datetime) -> int:
    language = _language(person)
    with translation.override(language):
        subject = _("A few questions, about two minutes")
        values = {
            "subject": subject,
            "language": language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
            "company": home.company.name,
            "action_url": address_of(survey, console_url(home)),
        }
        text = get_template("reasons/survey_mail.txt").render(values)
        html = get_template("reasons/survey_mail.html").render(values)
    try:
        with transaction.atomic():
            intend(
                key=f"{Purpose.INTERVIEW}:{survey.key}",
                purpose=Purpose.INTERVIEW,
                channel=Channel.MAIL,
                recipient=person.email,
                subject=subject,
                text=text,
                html=html,
                valid_until=now + TRIED_FOR,
                about=[("account", survey.account_id), ("person", person.person_id)],
                now=now,
            )
            Survey.objects.filter(pk=survey.pk).update(
                mailed_at=now, language=survey.language or language
            )
    except InvalidInput:  # no address after all
        return 0
    return 1


def _language(person: Person) -> str:
    try:
        return get_supported_language_variant(str(person.traits.get("locale", "")).lower())
    except LookupError:
        return settings.LANGUAGE_CODE
