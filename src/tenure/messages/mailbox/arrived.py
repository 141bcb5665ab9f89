"""What a mail that came says: from whom, as an answer to what, in which words; and whether a person
wrote it. Anybody can send anything here, so nothing in it is believed or followed.
"""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message as Mail
from email.utils import getaddresses

from tenure.base.errors import InvalidInput
from tenure.base.ids import digest
from tenure.messages.ledger import checked_address, one_line
from tenure.messages.mail_id import names_in
from tenure.messages.mailbox.marked_up import text_of_html
from tenure.messages.mailbox.own_part import own_part

HEADER_CHARS = 4_000
PARTS_MOST = 200
TEXT_CHARS = 100_000  # that are read
WORDS_CHARS = 4_000  # that are kept
CUT_BYTES = 100_000  # a part so long may end within a character, where the mail was cut off
IDS_MOST = 20
_CHARSET = re.compile(
    r"utf-?(8|16)(le|be)?|us-?ascii|ascii|iso-?8859-?\d{1,2}|latin-?1|(windows-?|cp)\d{3,4}|"
    r"gb(k|2312|18030)|big5(-?hkscs)?|euc-?(jp|kr|tw)|iso-?2022-?(jp|kr)|shift_?jis|koi8-?[ru]"
)
# Python counts the quotes of such a line anew at each semicolon: 256 KB of them take minutes.
_LONG_KIND = re.compile(
    rb"(?:^|[\r\n])content-type:(?:[^\r\n]|(?:\r\n|\r|\n)[ \t]){4000}", re.IGNORECASE
)
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ROBOTS = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply)@", re.IGNORECASE)
_AWAY = re.compile(
    r"(auto(matic|mated)?[- ]?(reply|response|antwort)|out of (the )?office|abwesen|"
    r"automatische antwort|réponse automatique|respuesta automática|自动回复|自動回覆|自動回復|"
    r"自動応答)",
    re.IGNORECASE,
)
# What a parser does with a mail that was made to break it.
BREAKS = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail. `sender` is the address that it says it is from, "" where it says none or several;
    `answers` are the names of mails that it says it answers, the nearest first."""

    id: str
    sender: str
    subject: str
    answers: tuple[str, ...]
    is_automatic: bool
    words: str


def parsed(data: bytes) -> Mail | None:
    """The mail's parts; None of what cannot be taken apart."""
    if _LONG_KIND.search(data):
        return None
    try:
        return message_from_bytes(data)
    except BREAKS:
        return None


def arrived(mail: Mail, data: bytes) -> Arrived | None:
    """What the mail says; None of one that cannot be read."""
    try:
        named = names_in(header(mail, "Message-ID"))
        return Arrived(
            id=named[0] if named else f"digest:{digest(data.decode('latin-1'))}",
            sender=_sender(mail),
            subject=one_line(header(mail, "Subject"))[:200],
            answers=_answers(mail),
            is_automatic=_is_automatic(mail),
            words=_words(mail),
        )
    except BREAKS:
        return None


def header(mail: Mail, name: str) -> str:
    """A header's text, decoded as far as it can be; empty where there is none."""
    raw = str(mail.get(name, "") or "")[:HEADER_CHARS]
    if "=?" not in raw:
        return raw.strip()
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError):
        return raw.strip()
    return "".join(
        _decoded(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces
    ).strip()


def parts_of(mail: Mail) -> Iterator[Mail]:
    """The parts that are no container, in order; none of a mail that is attached."""
    waiting, seen = [mail], 0
    while waiting and seen < PARTS_MOST:
        part = waiting.pop()
        seen += 1
        below = part.get_payload() if part.get_content_maintype() == "multipart" else None
        if isinstance(below, list):
            waiting += [each for each in reversed(below) if isinstance(each, Mail)]
        else:
            yield part


def part_text(part: Mail) -> str:
    """The words of a part, whatever it says of how they are written."""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    return _decoded(raw[: 4 * TEXT_CHARS], part.get_content_charset())[:TEXT_CHARS]


def _words(mail: Mail) -> str:
    plain: list[str] = []
    marked_up: list[str] = []
    for part in parts_of(mail):
        if part.get_content_disposition() == "attachment":
            continue
        kind = part.get_content_type()
        if kind == "text/plain":
            plain.append(part_text(part))
        elif kind == "text/html":
            marked_up.append(part_text(part))
    text = "\n".join(plain).strip()
    if not text and marked_up:
        text = text_of_html("\n".join(marked_up)[:TEXT_CHARS])
    own = own_part(_UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))[:TEXT_CHARS])
    return own[:WORDS_CHARS].strip()


def _sender(mail: Mail) -> str:
    named = mail.get_all("From", [])
    if len(named) != 1:
        return ""
    found = [address for _, address in getaddresses([str(named[0])[:HEADER_CHARS]]) if address]
    if len(found) != 1:
        return ""
    try:
        return checked_address(found[0]).lower()
    except InvalidInput:
        return ""


def _answers(mail: Mail) -> tuple[str, ...]:
    direct = names_in(str(mail.get("In-Reply-To", "") or "")[:HEADER_CHARS])
    before = names_in(str(mail.get("References", "") or "")[-HEADER_CHARS:])
    return tuple(dict.fromkeys([*direct, *reversed(before)]))[:IDS_MOST]


def _is_automatic(mail: Mail) -> bool:
    """Whether no person wrote it: RFC 3834, and what those do that do not keep to it."""
    said = header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    if said and said != "no":
        return True
    if header(mail, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if any(mail.get(each) for each in ("List-Id", "X-Autoreply", "X-Autorespond")):
        return True
    if str(mail.get("Return-Path", "")).strip() == "<>":
        return True
    sender = str(mail.get("From", ""))[:HEADER_CHARS]
    return bool(_ROBOTS.search(sender) or _AWAY.match(header(mail, "Subject")))


def _decoded(raw: bytes, charset: str | None) -> str:
    name = (charset or "utf-8").strip().lower()
    if not _CHARSET.fullmatch(name):
        name = "utf-8"
    for each in (name, "utf-8"):
        try:
            return getincrementaldecoder(each)().decode(raw, final=len(raw) < CUT_BYTES)
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode(name if name.startswith(("gb", "big5")) else "latin-1", "replace")
