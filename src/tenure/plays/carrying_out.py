"""What the effects of a turn come to: messages in the ledger, tasks, events. Each once, by its key.

Of whom chance left alone, messages are rows of the ledger that say so, and nothing else is done.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.utils import translation

from tenure.base.home import Home
from tenure.base.ids import digest
from tenure.lake.reading import company_day
from tenure.lake.recording import record
from tenure.messages.mailbox.replies import take_up, untaken_reply_to
from tenure.messages.models import Channel, Message
from tenure.messages.origin import data_digest
from tenure.plays.answered import said_in
from tenure.plays.doing import Doing
from tenure.plays.ledger_rows import enrolment_of, held_row
from tenure.plays.mailing import mails_of
from tenure.plays.parts import IN_APP, Call, SetTrait, Work
from tenure.plays.parts import Message as Said
from tenure.plays.posting import slack_post
from tenure.plays.showing import shown_of
from tenure.plays.to_each import Intended
from tenure.tasks.work import TITLE_CHARACTERS_MAX, open_task

BY = "tenure"


def messages_of(home: Home, doing: Sequence[Doing], now: datetime) -> dict[int, Intended]:
    """The messages of these effects, by enrolment; not in the ledger yet."""
    said = [each for each in doing if isinstance(each.effect.what, Said)]
    shown = [each for each in said if _channel(each) == IN_APP]
    mails = [each for each in said if _channel(each) != IN_APP]
    intended = mails_of(home, mails, now) if mails else {}
    for pk, several in (shown_of(home, shown, now) if shown else {}).items():
        intended.setdefault(pk, []).extend(several)
    for each in doing:
        what = each.effect.what
        if isinstance(what, Call) and not each.is_left_alone:
            call = slack_post(home, each, what, now) if what.text else _call(each, what, now)
            intended.setdefault(each.row.pk, []).append((call, each.about))
    return intended


def _channel(each: Doing) -> str:
    return each.effect.what.channel if isinstance(each.effect.what, Said) else ""


def carry_out(home: Home, doing: Sequence[Doing], now: datetime) -> None:
    """Do what is no message, in the caller's transaction. What was done under its key stays."""
    traits: list[dict[str, object]] = []
    for each in doing:
        if each.is_left_alone:
            continue
        if isinstance(each.effect.what, Work):
            _open(home, each, each.effect.what, now)
        elif isinstance(each.effect.what, SetTrait):
            traits.append(_trait(each, each.effect.what, now))
    record(home, settings.DATABASE_URL, traits, now)


def _call(each: Doing, what: Call, now: datetime) -> Message:
    row = each.row
    said = {column: each.subject.value(column) for column in what.columns}
    payload: dict[str, Any] = {
        "play": row.play,
        "step": each.effect.step,
        "account": each.account_id or None,
        "person": each.person_id or None,
        "columns": msgspec.to_builtins(said),
    }
    message = held_row(
        each,
        key=each.effect.key,
        channel=Channel.WEBHOOK,
        now=now,
        recipient="webhook",
        payload=payload,
        topic="",
    )
    message.values_used = payload
    message.data_digest = data_digest(payload)
    return message


def _open(home: Home, each: Doing, what: Work, now: datetime) -> None:
    row = each.row
    language = each.play.languages[0]
    text = what.text.get(language, "")
    because: dict[str, Any] = {"kind": "play", "play": row.play, "step": each.effect.step}
    reply = untaken_reply_to(enrolment_of(row))
    if reply is not None:
        with translation.override(language):
            because |= said_in(home, reply)
        take_up(reply, now)
    open_task(
        key=each.effect.key,
        title=what.title[language][:TITLE_CHARACTERS_MAX],
        because=because,
        account_id=each.account_id,
        person_id=each.person_id or (reply.person_id if reply is not None else ""),
        due_on=company_day(home, now) + timedelta(days=what.within_days),
        checklist=[*([text] if text else []), *what.checklist],
        now=now,
        by=BY,
    )


def _trait(each: Doing, what: SetTrait, now: datetime) -> dict[str, object]:
    """An event that sets the trait of the account, or of the person."""
    return {
        "message_id": digest("play", each.effect.key),
        "type": "identify" if each.person_id else "group",
        "occurred_at": now,
        "account_key": each.account_id or None,
        "user_id": each.person_id or None,
        "properties": msgspec.json.encode({what.trait: what.value}).decode(),
    }
