"""An answer to a mail is work for somebody: a task of the play that waited for it, else one of its
own.

    take_up_answers(home, now)      # beside sending, after the turns
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from tenure.base.home import Home
from tenure.lake.reading import company_day
from tenure.messages.mailbox.models import MailReply
from tenure.messages.mailbox.reading import EVENT
from tenure.messages.mailbox.replies import take_up, untaken_replies
from tenure.plays.mail_source import enrolment_of_message
from tenure.plays.parts import Play, Wait
from tenure.plays.switching import plays_on
from tenure.tasks.models import Status, Task
from tenure.tasks.work import TITLE_CHARACTERS_MAX, open_task

BY = "tenure"
WAITS_FOR = timedelta(hours=1)  # until the play that waits for it has heard of it, at the longest
DUE_DAYS = 1
WORDS_SHOWN = 600


def take_up_answers(home: Home, now: datetime) -> int:
    """How many answers got a task of their own, because no play that is on waits for them."""
    opened, replies = 0, untaken_replies()
    on = {play.name: play for play in plays_on()} if replies else {}
    for reply in replies:
        if now - reply.heard_at < WAITS_FOR and _is_waited_for(reply, on):
            continue
        with transaction.atomic():
            opened += _open(home, reply, on.get(reply.message.play), now)
            take_up(reply, now)
    return opened


def said_in(home: Home, reply: MailReply) -> dict[str, Any]:
    """What a task says of the answer that it is about: their words, the company's day, and where
    they stand."""
    words = " ".join(reply.words.split())
    shown = words if len(words) <= WORDS_SHOWN else f"{words[:WORDS_SHOWN]}…"
    said = {"at": company_day(home, reply.at).isoformat(), "person": reply.person_id, "said": shown}
    return {
        "text": _("%(at)s: %(person)s wrote “%(said)s”.") % said,
        "message": reply.message_id,
    }


def _is_waited_for(reply: MailReply, on: Mapping[str, Play]) -> bool:
    row = enrolment_of_message(reply.message)
    if row is None or row.ended_at is not None or row.play not in on:
        return False
    step = on[row.play].step(row.at)
    return step is not None and isinstance(step.act, Wait) and step.act.event == EVENT


def _open(home: Home, reply: MailReply, play: Play | None, now: datetime) -> bool:
    """Whether a task is new: who writes again while one is open is read beside the same mail. It
    speaks as the play's own tasks do; of a play that is not on, as Tenure does by itself."""
    message = reply.message
    about = f"reply/{message.pk}/"
    if Task.objects.filter(key__startswith=about, status=Status.OPEN).exists():
        return False
    with translation.override(play.languages[0] if play is not None else settings.LANGUAGE_CODE):
        title = _("They answered “%(subject)s”") % {"subject": message.subject}
        said = said_in(home, reply)
    because = {"kind": "reply", "play": message.play, "step": message.step, **said}
    open_task(
        key=f"{about}{reply.key}",
        title=title[:TITLE_CHARACTERS_MAX],
        because=because,
        account_id=reply.account_id,
        person_id=reply.person_id,
        due_on=company_day(home, now) + timedelta(days=DUE_DAYS),
        now=now,
        by=BY,
    )
    return True
