"""Which mails have come into a folder since the last one that was read? Nothing there is changed:
the folder is opened to be looked at, no mail is marked as seen, and none is deleted.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from tenure.base.errors import Unavailable
from tenure.messages.mailbox.configuration import MailboxSettings

BYTES_MOST = 256 * 1024  # of one mail: what is attached stands behind the words
_AT = re.compile(rb'INTERNALDATE "([^"]{1,60})"')
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Raw:
    """One mail as it lies there, or the first part of a long one. `at` is when it came."""

    uid: int
    at: datetime | None
    data: bytes


@dataclass(frozen=True, slots=True)
class NotGiven:
    """A mail that lies there and that the server does not hand out, with what it says of it."""

    why: str


class Folder:
    """A folder that is open. `validity` is another one once its numbers mean something else."""

    def __init__(self, connection: imaplib.IMAP4, validity: int) -> None:
        self._connection, self.validity = connection, validity

    def numbers_after(self, uid: int) -> list[int]:
        """The numbers of the mails behind that one, in order. Raises Unavailable."""
        # A server answers `n:*` with the last mail even where that stands before n.
        return [each for each in self._search("UID", f"{uid + 1}:*") if each > uid]

    def numbers_since(self, day: date) -> list[int]:
        """The numbers of the mails that came on that day or later, in order."""
        return self._search("SINCE", f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}")

    def last_number(self) -> int:
        """The number of the mail that came last; 0 where there is none."""
        return max(self._search("UID", "*"), default=0)

    def mail(self, uid: int) -> Raw | NotGiven | None:
        """One mail; None where somebody has deleted it meanwhile. Raises Unavailable."""
        asked = f"(UID INTERNALDATE BODY.PEEK[]<0.{BYTES_MOST}>)"
        with _explained():
            status, said = self._connection.uid("FETCH", str(uid), asked)
        if status != "OK":
            return NotGiven(_words(said))
        for piece in said:
            # Other pieces close the answer, or tell of flags that somebody else changes.
            if isinstance(piece, tuple) and len(piece) > 1 and piece[1]:
                named = _UID.search(piece[0])
                if named is None or int(named[1]) == uid:
                    return Raw(uid, _instant(piece[0]), bytes(piece[1][:BYTES_MOST]))
        is_there = uid in self._search("UID", str(uid))
        return NotGiven("nothing of it was handed out") if is_there else None

    def _search(self, *asked: str) -> list[int]:
        found: set[int] = set()
        for piece in self._said("SEARCH", *asked):
            found.update(int(each) for each in (piece or b"").split() if each.isdigit())
        return sorted(found)

    def _said(self, command: str, *asked: str) -> list:
        with _explained():
            status, said = self._connection.uid(command, *asked)
        if status != "OK":
            raise Unavailable(f"the mail server refused to {command}: {_words(said)}")
        return [each for each in said if each is not None]


@contextmanager
def open_folder(settings: MailboxSettings) -> Iterator[Folder]:
    """The folder of these settings. Raises Unavailable with what is wrong, never the password."""
    with _explained():
        connection = _connected(settings)
    try:
        with _explained():
            connection.login(settings.user, settings.password)
            status, said = connection.select(_quoted(settings.folder), readonly=True)
            validity = connection.response("UIDVALIDITY")[1]
        if status != "OK":
            raise Unavailable(f"there is no folder {settings.folder!r}: {_words(said)}")
        if not validity or not validity[0] or not validity[0].isdigit():
            raise Unavailable("the mail server numbers no mails, so none can be told from another")
        yield Folder(connection, int(validity[0]))
    finally:
        try:
            connection.logout()
        except (imaplib.IMAP4.error, OSError):
            with suppress(OSError):
                connection.shutdown()  # it is broken: nobody is there to say goodbye to


def _connected(settings: MailboxSettings) -> imaplib.IMAP4:
    at, timeout = (settings.host, settings.port), settings.timeout_s
    context = ssl.create_default_context()
    if settings.security == "tls":
        return imaplib.IMAP4_SSL(*at, ssl_context=context, timeout=timeout)
    connection = imaplib.IMAP4(*at, timeout=timeout)
    if settings.security == "starttls":
        try:
            connection.starttls(context)
        except (imaplib.IMAP4.error, OSError):
            connection.shutdown()
            raise
    return connection


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except imaplib.IMAP4.error as error:
        raise Unavailable(f"the mail server said: {_words([str(error)])}") from None
    except OSError as error:
        said = str(error) or type(error).__name__
        raise Unavailable(f"the mail server was not reached: {said[:200]}") from None


def _instant(answer: bytes) -> datetime | None:
    found = _AT.search(answer)
    if found is None:
        return None
    try:
        at = parsedate_to_datetime(found[1].decode("ascii", "replace").strip())
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _words(said: list) -> str:
    texts = [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each)
             for each in said if each]  # fmt: skip
    return " ".join(" ".join(texts).split())[:200]
