"""Digests: what is new and needs somebody, once a day at their hour, and at once when urgent.

Each signal is told each recipient once. Nothing is sent when there is nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.messages import open_signals
from tenure.messages.blocks import blocks_of
from tenure.messages.configuration import console_url
from tenure.messages.ledger import intend
from tenure.messages.models import Channel, Purpose, Recipient
from tenure.messages.open_signals import AccountNews
from tenure.messages.recipients import is_hour_come, local, readers, webhook_reader
from tenure.messages.writing import link, write
from tenure.signals.models import Signal

ACCOUNTS_MAX = 20
DIGEST_OF_USE = timedelta(hours=24)
AT_ONCE_OF_USE = timedelta(hours=12)


def intend_digests(home: Home, now: datetime) -> int:
    """How many digests and urgent messages were written into the ledger."""
    here, written = local(home, now), 0
    webhook = webhook_reader(home)
    for recipient in [*readers(), *([webhook] if webhook else [])]:
        if recipient.wants_at_once:
            written += _tell(home, recipient, now, at_once=True)
        if recipient.wants_digest and is_hour_come(recipient, recipient.digested_on, here):
            written += _tell(home, recipient, now, at_once=False)
    return written


@transaction.atomic
def _tell(home: Home, recipient: Recipient, now: datetime, *, at_once: bool) -> int:
    """One message with all that is untold; of two workers the second finds nothing."""
    here = local(home, now)
    if at_once and not open_signals.untold_signals(recipient, now, here.date(), at_once=True):
        return 0
    recipient = Recipient.objects.select_for_update(of=("self",)).get(pk=recipient.pk)
    if not at_once:
        if not is_hour_come(recipient, recipient.digested_on, here):
            return 0
        recipient.digested_on = here.date()
        recipient.save(update_fields=["digested_on"])
    signals = open_signals.untold_signals(recipient, now, here.date(), at_once=at_once)
    if not signals:
        return 0
    when = digest(*sorted(signal.key for signal in signals)) if at_once else str(here.date())
    purpose = Purpose.AT_ONCE if at_once else Purpose.DIGEST
    intend(
        key=f"{purpose}:{recipient.name}:{when}",
        purpose=purpose,
        to=recipient,
        now=now,
        valid_until=now + (AT_ONCE_OF_USE if at_once else DIGEST_OF_USE),
        about=open_signals.about_of(signals),
        **_said(home, recipient, signals),
    )
    return 1


def _said(home: Home, recipient: Recipient, signals: Sequence[Signal]) -> dict[str, Any]:
    """Channel, address and words."""
    url, language = console_url(home), recipient.language
    news = open_signals.by_account(signals, language, home.company.time_zone)
    shown = [(group, link(url, "account", group.account_id)) for group in news[:ACCOUNTS_MAX]]
    with translation.override(language):
        subject = _subject(news)
    signals_url = link(url, "signals", otherwise="tasks")
    more = len(news) - len(shown)
    if recipient.user is None:
        payload = blocks_of(subject, shown, more, signals_url, language)
        return {
            "channel": Channel.WEBHOOK,
            "recipient": recipient.name,
            "subject": subject,
            "text": payload["text"],
            "payload": payload,
        }
    context = {
        "groups": shown,
        "more": more,
        "action_url": signals_url,
        "preferences_url": link(url, "you"),
        "company": home.company.name,
    }
    mail = write("digest", subject, context, language)
    return {
        "channel": Channel.MAIL,
        "recipient": recipient.user.email,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
    }


def _subject(news: Sequence[AccountNews]) -> str:
    first = news[0].name or _("Somebody")
    if len(news) == 1:
        if len(news[0].signals) == 1:
            return f"{first}: {news[0].signals[0].title}"
        return _("%(account)s needs someone") % {"account": first}
    others = len(news) - 1
    return ngettext(
        "%(account)s and %(n)s other account need someone",
        "%(account)s and %(n)s other accounts need someone",
        others,
    ) % {"account": first, "n": others}
