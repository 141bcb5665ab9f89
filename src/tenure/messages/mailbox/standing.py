"""Is the mailbox read to which people answer, and when was it last? For the console and doctor."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.messages.mailbox.configuration import mailbox_settings
from tenure.messages.mailbox.models import MailboxRead
from tenure.messages.mailbox.not_given import not_given
from tenure.messages.mailbox.reading import MAILS_MOST

LATE_AFTER = timedelta(minutes=15)
NUMBERS_MOST = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """`is_open`: a mailbox is named. `is_well`: there is nothing to be mended."""

    is_open: bool
    is_well: bool
    sentence: str


def mailbox_standing(home: Home, now: datetime) -> Standing:
    """How it stands with the mailbox, in one sentence that ends with what to do."""
    try:
        named = mailbox_settings(home)
    except BadDefinition as error:
        return Standing(True, False, error.message)
    if named is None:
        words = _(
            "Answers and returned mail are not read: name a mailbox in [mail.inbox] of tenure.toml."
        )
        return Standing(False, True, words)
    row = MailboxRead.objects.filter(name=named.name).first()
    said = {"name": f"{named.user}, {named.host}", "at": _instant(row.read_at if row else None)}
    if row is not None and row.problem:
        words = _("The mailbox %(name)s cannot be read: %(problem)s. Read last: %(at)s.")
        return Standing(True, False, words % {**said, "problem": row.problem})
    if row is not None and (undone := _undone(row, said, now)):
        return Standing(True, False, " ".join(undone))
    if row is None or row.read_at is None:
        words = _("The mailbox %(name)s was not read yet; the worker does so.")
        return Standing(True, True, words % said)
    if now - row.read_at > LATE_AFTER:
        words = _("The mailbox %(name)s was read last at %(at)s; see whether the worker runs.")
        return Standing(True, False, words % said)
    return Standing(True, True, _("The mailbox %(name)s was read at %(at)s.") % said)


def _undone(row: MailboxRead, said: dict[str, object], now: datetime) -> list[str]:
    """What the worker, which runs, has not read: what waits, and what it does not get."""
    found: list[str] = []
    if row.tried_at is None or now - row.tried_at > LATE_AFTER:
        return found
    if row.waiting:
        words = ngettext(
            "The mailbox %(name)s is behind: %(count)s mail waits, and %(most)s are read each "
            "minute. All was read last: %(at)s.",
            "The mailbox %(name)s is behind: %(count)s mails wait, and %(most)s are read each "
            "minute. All was read last: %(at)s.",
            row.waiting,
        )
        found.append(words % {**said, "count": f"{row.waiting:,}", "most": MAILS_MOST})
    if missing := not_given(row, now):
        words = ngettext(
            "The server of the mailbox %(name)s does not hand out %(count)s mail, so it is not "
            "read; read it there. Its number (UID): %(numbers)s. The server says: %(problem)s",
            "The server of the mailbox %(name)s does not hand out %(count)s mails, so they are not "
            "read; read them there. Their numbers (UID): %(numbers)s. The server says of the "
            "first: %(problem)s",
            len(missing),
        )
        first = missing[:NUMBERS_MOST]
        numbers = ", ".join(str(each.uid) for each in first) + "…" * (len(missing) > len(first))
        told = {"count": len(missing), "numbers": numbers, "problem": missing[0].problem}
        found.append(words % {**said, **told})
    return found


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else _("never")
