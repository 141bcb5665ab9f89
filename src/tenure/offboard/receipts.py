"""The receipt of what was decided: what, when, with which consequences, and how to come back.

Sent for each outcome, once, to the address of the person whom the host named, or to the one that
they gave. What it says is what was on the screen: the terms are those that are stored.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.conf import settings
from django.db import transaction
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import gettext as _

from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.messages.configuration import console_url
from tenure.messages.ledger import intend
from tenure.messages.models import Channel, Purpose
from tenure.offboard.flow import flow_of
from tenure.offboard.flow_words import Words
from tenure.offboard.models import VisitOutcome
from tenure.offboard.outcomes import CANCELED, RETURN, SAVED
from tenure.offboard.reads import address_of
from tenure.offboard.returning import export_link, return_link
from tenure.offboard.screens_offers import agreed_time, link_ways
from tenure.offboard.screens_text import day, direction, locale_of

AT_ONCE = 100
ADDRESS_FOR = timedelta(days=2)  # so long an address may still become known
TRIED_FOR = timedelta(days=14)
# Blocks of the screen of confirming that are not what was agreed on.
_LEFT_OUT = frozenset({"example", "slots"})


def intend_receipts(home: Home, now: datetime) -> int:
    """How many receipts were written into the ledger."""
    waiting = VisitOutcome.objects.filter(receipt_at=None).order_by("id")[:AT_ONCE]
    written = 0
    for outcome in waiting:
        if outcome.mode == "test":
            _note(outcome, now)
            continue
        to = outcome.email or address_of(outcome.person_id)
        if to:
            written += _intend(home, outcome, to, now)
        elif now - outcome.at > ADDRESS_FOR:
            _note(outcome, now)
    return written


def _intend(home: Home, outcome: VisitOutcome, to: str, now: datetime) -> int:
    subject, text, html = written(home, outcome, now)
    with transaction.atomic():
        try:
            with transaction.atomic():
                intend(
                    key=f"{Purpose.RECEIPT}:{outcome.visit_id}:{outcome.outcome}",
                    purpose=Purpose.RECEIPT,
                    channel=Channel.MAIL,
                    recipient=to,
                    subject=subject,
                    text=text,
                    html=html,
                    valid_until=now + TRIED_FOR,
                    about=_about(outcome),
                    now=now,
                )
        except InvalidInput:  # no address after all; the page has said what was decided
            _note(outcome, now)
            return 0
        _note(outcome, now)
    return 1


def written(home: Home, outcome: VisitOutcome, now: datetime) -> tuple[str, str, str]:
    """Subject, text and HTML of a receipt, in the language of the visit."""
    said: Mapping[str, Any] = outcome.said
    language = outcome.language
    with translation.override(language):
        title, lead, foot = _words(outcome, home)
        ways = _ways(home, outcome, now)
        what = _decided(outcome, home)
    context = {
        "language": language,
        "direction": direction(language),
        "title": title,
        "lead": lead,
        "blocks": [what, *_blocks(outcome, said)],
        "ways": ways,
        "foot": foot,
    }
    text = get_template("offboard/receipt.txt").render(context)
    html = get_template("offboard/receipt.html").render(context)
    return title, _trimmed(text), html


def _words(outcome: VisitOutcome, home: Home) -> tuple[str, str, str]:
    company = _from_name(outcome) or home.company.name
    foot = _("%(company)s sends you this because you decided it on our pages.") % {
        "company": company
    }
    if outcome.outcome == SAVED:
        return (
            _("What we agreed on"),
            _("You accepted this offer. These are its terms, and they stay as they are."),
            foot,
        )
    if outcome.outcome == RETURN:
        return (
            _("Your subscription goes on"),
            _("You took the cancellation back. Nothing had to be entered again."),
            foot,
        )
    return (
        _("Your cancellation was received"),
        _("This confirms what you asked for, and what follows from it."),
        foot,
    )


def _decided(outcome: VisitOutcome, home: Home) -> dict[str, Any]:
    zone = ZoneInfo(home.company.time_zone)
    at = format_datetime(
        outcome.at.astimezone(zone), "long", locale=locale_of(outcome.language), tzinfo=zone
    )
    items = [{"title": _("Received"), "value": at}]
    if outcome.subscription_id:
        items.append({"title": _("Subscription"), "value": outcome.subscription_id})
    if outcome.outcome == CANCELED and outcome.ends_on:
        ends = day(outcome.ends_on, outcome.language)
        items.append({"title": _("Ends on"), "value": ends})
    terms = outcome.told.get("terms") or {}
    if at := agreed_time(terms, home.company.time_zone, outcome.language):
        items.append({"title": _("The time that you chose"), "value": at})
    items.append({"title": _("Reference"), "value": outcome.visit_id})
    return {"items": items}


def _blocks(outcome: VisitOutcome, said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What was on the screen: of an offer its own terms, else everything that was confirmed."""
    blocks = said.get("screen", {}).get("blocks", [])
    if outcome.outcome in (SAVED, RETURN):  # who comes back may do so with an offer
        return [block for block in blocks if outcome.offer and block.get("name") == outcome.offer]
    return [block for block in blocks if block.get("kind") not in _LEFT_OUT]


def _ways(home: Home, outcome: VisitOutcome, now: datetime) -> list[dict[str, str]]:
    if outcome.outcome != CANCELED:
        return _link(outcome)
    base, secret = console_url(home), settings.SECRET_KEY
    ways = []
    if outcome.ends_on is None or outcome.ends_on > outcome.at.date():
        token = return_link(outcome, secret, now)
        ways.append({"label": _("Undo the cancellation"), "href": f"{base}/leave/return/{token}"})
    token = export_link(outcome, secret, now)
    ways.append({"label": _("Download your data"), "href": f"{base}/leave/export/{token}"})
    return ways


def _link(outcome: VisitOutcome) -> list[dict[str, str]]:
    """Where they go with what they accepted, as the last screen had it."""
    terms = outcome.told.get("terms") or {}
    try:
        words = Words(flow_of(str(outcome.said.get("flow_digest", ""))), outcome.language)
    except NotFound:
        return []
    ways = link_ways(str(outcome.told.get("offer_kind", "")), terms, words)
    return [{"label": way.label, "href": way.href} for way in ways]


def _from_name(outcome: VisitOutcome) -> str:
    try:
        return flow_of(str(outcome.said.get("flow_digest", ""))).from_name
    except NotFound:
        return ""


def _about(outcome: VisitOutcome) -> list[tuple[str, str]]:
    about = [("account", outcome.account_id)]
    return [*about, ("person", outcome.person_id)] if outcome.person_id else about


def _note(outcome: VisitOutcome, now: datetime) -> None:
    VisitOutcome.objects.filter(pk=outcome.pk).update(receipt_at=now)


def _trimmed(text: str) -> str:
    """Without the blank lines that a template leaves where it says nothing."""
    lines = [line.rstrip() for line in text.strip().splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept) + "\n"
