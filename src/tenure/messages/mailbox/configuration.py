"""The mailbox to which people answer, and mail that cannot be delivered returns: `[mail.inbox]`.

[mail.inbox]
host = "imap.example.com"
user = "hello@example.com"
password = "..."                        # TENURE_MAIL_INBOX_PASSWORD
folder = "INBOX"                        # optional, as are port, security (tls | starttls | none)
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tenure.base.home import Home
from tenure.messages.configuration import HOST, mail_section

PORTS = {"tls": 993, "starttls": 143, "none": 143}
OWN = ("localhost", "127.0.0.1", "::1")
_TEXTS = ("host", "user", "password", "security", "folder")
_FOLDER = re.compile(r"[\x20-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    host: str
    port: int
    security: str  # tls | starttls | none
    user: str
    password: str
    folder: str
    timeout_s: float

    def __repr__(self) -> str:
        return f"MailboxSettings({self.name})"  # a traceback shows no password

    @property
    def name(self) -> str:
        """What stands for the mailbox: another one is read from its own beginning."""
        return f"{self.user}@{self.host}:{self.port}/{self.folder}"


def mailbox_settings(
    home: Home, environment: Mapping[str, str] = os.environ
) -> MailboxSettings | None:
    """Which mailbox is read; None where none is named. Raises BadDefinition."""
    read = mail_section(home).table("inbox")
    texts = {name: read.text(name, "") for name in _TEXTS}
    port, timeout_s = read.whole("port", 0, most=65535), read.number("timeout_s", 20.0)
    read.done()
    for name in _TEXTS:
        texts[name] = environment.get(f"TENURE_MAIL_INBOX_{name.upper()}", texts[name])
    if not texts["host"]:
        return None
    security, folder = texts["security"] or "tls", texts["folder"] or "INBOX"
    if security not in PORTS:
        raise read.unknown("security", "security", security, PORTS)
    if not HOST.fullmatch(texts["host"]):
        raise read.refuse("host", f"{texts['host']!r} is no host; write imap.example.com")
    for name in ("user", "password"):
        if not texts[name]:
            raise read.refuse(name, f"this is missing; set it, or TENURE_MAIL_INBOX_{name.upper()}")
        if not texts[name].isascii() or not texts[name].isprintable():
            raise read.refuse(name, "IMAP takes ASCII characters only; use others")
    if not _FOLDER.fullmatch(folder):
        raise read.refuse("folder", f"{folder[:80]!r} cannot be asked for; name it in ASCII")
    if not 0 < timeout_s <= 60:
        raise read.refuse("timeout_s", f"{timeout_s:g} is out of range; use 1 to 60")
    stated = environment.get("TENURE_MAIL_INBOX_PORT", str(port or PORTS[security]))
    if not stated.isdecimal() or not 0 < int(stated) < 65536:
        raise read.refuse("port", f"{stated!r} is no port; write a number such as 993")
    if security == "none" and texts["host"] not in OWN:
        raise read.refuse("security", "a password would travel in the clear; use tls or starttls")
    return MailboxSettings(
        host=texts["host"],
        port=int(stated),
        security=security,
        user=texts["user"],
        password=texts["password"],
        folder=folder,
        timeout_s=timeout_s,
    )
