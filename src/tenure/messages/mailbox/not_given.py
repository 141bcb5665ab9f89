"""Which mails lie in a mailbox and were not handed out by its server, and when are they asked for
again? Nothing waits for them: the mails behind are read, and these stand in a list until they come.

Each wait is four times the one before, a day at most. After two weeks they are left where they are.
"""

from datetime import datetime, timedelta

from tenure.messages.mailbox.models import MailboxRead, MailNotGiven

FIRST_WAIT, WAIT_MOST = timedelta(minutes=1), timedelta(days=1)
ASKED_FOR = timedelta(days=14)
TOLD_AFTER = 2  # tries: once is a moment of the network
_AT_ONCE = 20


def note_not_given(state: MailboxRead, uid: int, why: str, now: datetime) -> None:
    """One more try came to nothing; in the caller's transaction."""
    first = {"first_at": now, "due_at": now + FIRST_WAIT, "problem": why[:500]}
    row, is_new = MailNotGiven.objects.get_or_create(**_of(state), uid=uid, defaults=first)
    if is_new:
        return
    wait = min(FIRST_WAIT * 4 ** min(row.tries, 6), WAIT_MOST)
    row.tries, row.problem = row.tries + 1, why[:500]
    row.due_at = now + wait if now + wait < row.first_at + ASKED_FOR else None
    row.save(update_fields=["tries", "problem", "due_at"])


def due_again(state: MailboxRead, now: datetime) -> list[int]:
    """The numbers of those that are asked for again now."""
    due = MailNotGiven.objects.filter(**_of(state), due_at__lte=now).order_by("due_at", "uid")
    return list(due.values_list("uid", flat=True)[:_AT_ONCE])


def note_given(state: MailboxRead, uid: int) -> None:
    """It was read, or somebody has deleted it."""
    MailNotGiven.objects.filter(**_of(state), uid=uid).delete()


def forget_numbers(state: MailboxRead) -> None:
    """The numbers mean other mails from now on, and those of the last days are read anew. What was
    left for good was told, and stands here no more."""
    MailNotGiven.objects.filter(mailbox=state.name).exclude(validity=state.validity).delete()


def not_given(state: MailboxRead, now: datetime) -> list[MailNotGiven]:
    """Those that are told: asked for again, or left within the last two weeks."""
    since = now - 2 * ASKED_FOR
    rows = MailNotGiven.objects.filter(**_of(state), tries__gte=TOLD_AFTER, first_at__gt=since)
    return list(rows.order_by("uid"))


def _of(state: MailboxRead) -> dict[str, object]:
    return {"mailbox": state.name, "validity": state.validity}
