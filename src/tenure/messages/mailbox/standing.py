"""Is the mailbox read to which people answer, and when was it last? For the console and doctor."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.messages.mailbox.configuration import mailbox_settings
from tenure.messages.mailbox.models import MailboxRead

LATE_AFTER = timedelta(minutes=15)


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
    if row is None or row.read_at is None:
        words = _("The mailbox %(name)s was not read yet; the worker does so.")
        return Standing(True, True, words % said)
    if now - row.read_at > LATE_AFTER:
        words = _("The mailbox %(name)s was read last at %(at)s; see whether the worker runs.")
        return Standing(True, False, words % said)
    return Standing(True, True, _("The mailbox %(name)s was read at %(at)s.") % said)


def _instant(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else _("never")
