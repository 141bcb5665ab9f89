"""How messages leave: `[mail]`, `[webhook]` and `[console]` of `tenure.toml`, or the environment.

    [mail]                                   [webhook]
    host = "smtp.example.com"                url = "https://hooks.slack.com/services/..."
    port = 587
    security = "starttls"                    [console]
    user = "tenure"                          url = "https://tenure.example.com"
    password = "..."
    from = "Tenure <tenure@example.com>"

Each has a variable of the environment that stands above it, such as `TENURE_MAIL_PASSWORD`.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.definitions.toml_file import Fields
from tenure.kit.web_address import web_address
from tenure.messages.ledger import checked_address

WHERE = "tenure.toml"
PORTS = {"tls": 465, "starttls": 587, "none": 25}
SERVED_AT = "TENURE_SERVED_AT"  # set by `tenure serve` for what it starts
DEFAULT_URL = "http://127.0.0.1:8000"
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|[.](?![.])){0,252}|[0-9a-fA-F:]{2,45}")
_TEXTS = ("host", "security", "user", "password", "from", "reply_to")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """`sender` may have a name; `address` is its address alone."""

    host: str
    port: int
    security: str  # tls | starttls | none
    user: str
    password: str
    sender: str
    address: str
    reply_to: str
    timeout_s: float

    def __repr__(self) -> str:
        return f"MailSettings({self.host}:{self.port})"  # a traceback shows no password


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """`url` lets whoever knows it write: it is shown nowhere."""

    url: str
    hour: int
    wants_at_once: bool
    language: str
    timeout_s: float

    def __repr__(self) -> str:
        return f"WebhookSettings({urlsplit(self.url).hostname})"


def mail_settings(home: Home, environment: Mapping[str, str] = os.environ) -> MailSettings | None:
    """How mail goes out over SMTP; None where no host is named. Raises BadDefinition."""
    read = mail_section(home)
    texts = {name: read.text(name, "") for name in _TEXTS}
    port, timeout_s = read.whole("port", 0, most=65535), read.number("timeout_s", 20.0)
    if environment.get("TENURE_MAIL_PROVIDER", read.text("provider", "")):
        return None  # providers.py
    read.done()
    for name in _TEXTS:
        texts[name] = environment.get(f"TENURE_MAIL_{name.upper()}", texts[name])
    if not texts["host"]:
        return None
    security = texts["security"] or "starttls"
    if security not in PORTS:
        raise read.unknown("security", "security", security, PORTS)
    if not 0 < timeout_s <= 30:
        raise read.refuse("timeout_s", f"{timeout_s:g} is out of range; use 1 to 30")
    if not HOST.fullmatch(texts["host"]):
        raise read.refuse("host", f"{texts['host']!r} is no host; write smtp.example.com")
    for name in ("user", "password"):
        if not texts[name].isascii():
            raise read.refuse(name, "SMTP takes ASCII characters only; use others")
    stated = environment.get("TENURE_MAIL_PORT", str(port or PORTS[security]))
    if not stated.isdecimal() or not 0 < int(stated) < 65536:
        raise read.refuse("port", f"{stated!r} is no port; write a number such as 587")
    if texts["user"] and security == "none" and texts["host"] not in ("localhost", "127.0.0.1"):
        raise read.refuse(
            "security", "a password would travel in the clear; use starttls or tls, or no user"
        )
    return MailSettings(
        host=texts["host"],
        port=int(stated),
        security=security,
        user=texts["user"],
        password=texts["password"],
        sender=texts["from"],
        address=sender_address(read, "from", texts["from"]),
        reply_to=texts["reply_to"] and sender_address(read, "reply_to", texts["reply_to"]),
        timeout_s=timeout_s,
    )


def webhook_settings(
    home: Home, environment: Mapping[str, str] = os.environ
) -> WebhookSettings | None:
    """Where digests are posted; None when no url is named. Raises BadDefinition for a mistake."""
    read = _section(home, "webhook")
    settings = WebhookSettings(
        url=environment.get("TENURE_WEBHOOK_URL", read.text("url", "")),
        hour=read.whole("hour", 8, most=23),
        wants_at_once=read.flag("at_once", True),
        language=read.text("language", "en", among=("en", "zh-hans", "zh-hant")),
        timeout_s=read.number("timeout_s", 20.0),
    )
    read.done()
    if not settings.url:
        return None
    if web_address(settings.url) is None:
        raise read.refuse("url", "this is no address; write one that begins with https://")
    return settings


def has_console_url(home: Home) -> bool:
    """Whether somebody said where links of messages lead. Raises BadDefinition."""
    read = _section(home, "console")
    url = read.text("url", "")
    read.done()
    return bool(url)


def console_url(home: Home, environment: Mapping[str, str] = os.environ) -> str:
    """Where links of messages lead, without a slash at the end. Raises BadDefinition."""
    read = _section(home, "console")
    url = read.text("url", "")
    read.done()
    if not url:
        return environment.get(SERVED_AT, DEFAULT_URL).rstrip("/")
    if web_address(url) is None:
        raise read.refuse("url", f"{url!r} is no address; write https://tenure.example.com")
    return url.rstrip("/")


def mail_section(home: Home) -> Fields:
    """What `[mail]` says. `[mail.inbox]` is asked of by `mailbox/configuration.py`."""
    read = _section(home, "mail")
    read.known("inbox")
    return read


def _section(home: Home, name: str) -> Fields:
    try:
        text = home.settings_file.read_text("utf-8")
    except FileNotFoundError:
        text = ""
    return Fields.of(text, WHERE).table(name)


def sender_address(read: Fields, field: str, stated: str) -> str:
    """The address alone of `Name <address>`. Raises BadDefinition with the field."""
    if not stated:
        raise read.refuse(field, "this is missing; write Tenure <tenure@example.com>")
    try:
        return checked_address(parseaddr(stated)[1])
    except InvalidInput as error:
        raise read.refuse(field, error.message) from None
