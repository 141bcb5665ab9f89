"""A mail as bytes: headers that cannot be broken out of, a plain text and an HTML part.

Put together by hand: the standard library's `EmailMessage` takes 1.4 ms for each, which would be
most of what sending takes.
"""

import base64
import binascii
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache

from tenure.base.ids import digest
from tenure.messages.ledger import one_line
from tenure.messages.mail_id import mail_id
from tenure.messages.models import Message

HEADER_CHARACTERS_MAX = 900  # a line of SMTP holds 998


def mail_bytes(message: Message, sender: str, reply_to: str, sent_at: datetime) -> bytes:
    """The whole mail with CRLF line ends, as it follows DATA but for its dots.

    `sender` and `reply_to` are addresses or `Name <address>`.
    """
    domain = sender.rpartition("@")[2].strip("> ")
    boundary = digest("boundary", message.key)
    head = [
        f"From: {_with_name(sender)}",
        f"To: {message.recipient}",
        f"Subject: {_encoded(message.subject)}",
        f"Date: {format_datetime(sent_at)}",
        f"Message-ID: {mail_id(message, domain)}",
        "MIME-Version: 1.0",
        "Auto-Submitted: auto-generated",
    ]
    head += [f"{name}: {one_line(str(value))}" for name, value in message.headers.items()]
    if reply_to:
        head.append(f"Reply-To: {_with_name(reply_to)}")
    if not message.html:
        return "\r\n".join(head).encode() + b"\r\n" + _part("text/plain", message.text)
    head.append(f'Content-Type: multipart/alternative; boundary="{boundary}"')
    border = f"\r\n--{boundary}".encode()
    return b"".join(
        [
            "\r\n".join(head).encode(),
            b"\r\n",
            border,
            b"\r\n",
            _part("text/plain", message.text),
            border,
            b"\r\n",
            _part("text/html", message.html),
            border,
            b"--\r\n",
        ]
    )


def _part(content_type: str, text: str) -> bytes:
    raw = text.replace("\r\n", "\n").replace("\r", "\n").encode()
    head = f"Content-Type: {content_type}; charset=utf-8\r\nContent-Transfer-Encoding: "
    # Quoted-printable is readable in transit, but takes three bytes for each beyond ASCII.
    if len(raw) - len(text) > len(raw) // 6:
        body = base64.encodebytes(raw).replace(b"\n", b"\r\n")
        return f"{head}base64\r\n\r\n".encode() + body
    body = binascii.b2a_qp(raw, istext=True).replace(b"\n", b"\r\n")
    return f"{head}quoted-printable\r\n\r\n".encode() + body


@lru_cache(maxsize=64)
def _with_name(address: str) -> str:
    name, _, rest = one_line(address).rpartition("<")
    if not rest or not name.strip():
        return rest.strip("<> ")
    plain = name.strip().strip('"')
    is_word = not set('",<>;:@()') & set(plain)
    return f"{_encoded(plain, is_word)} <{rest.strip('<> ')}>"


def _encoded(text: str, may_be_plain: bool = True) -> str:
    line = one_line(text)
    if may_be_plain and line.isascii() and len(line) < 70 and "=?" not in line:
        return line
    return Header(line[:HEADER_CHARACTERS_MAX], "utf-8", maxlinelen=70).encode(linesep="\r\n")
