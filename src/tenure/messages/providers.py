"""Providers that carry mail, beside SMTP: `[mail] provider` of `tenure.toml`, by django-anymail.

[mail]
provider = "postmark"
from = "Tenure <tenure@example.com>"
key = "..."                             # TENURE_MAIL_KEY
feedback_secret = "name:password"       # TENURE_MAIL_FEEDBACK_SECRET: they show it when they
[mail.options]                          #   tell what became of a mail
message_stream = "outbound"
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from tenure.base.home import Home
from tenure.definitions.toml_file import Fields
from tenure.messages.configuration import mail_section, sender_address

_SECRET = re.compile(r"[^:\s]{1,100}:[^\s]{16,200}")


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. `key` is how anymail calls its credential; `signed` the setting by which its
    reports are checked, "" where a name and password are; `needs` the options that it cannot do
    without."""

    name: str
    key: str = "api_key"
    options: tuple[str, ...] = ()
    signed: str = ""
    view: str = ""  # the class that reads its reports; "": as most are called
    needs: tuple[str, ...] = ()


PROVIDERS = {
    each.name: each
    for each in (
        Provider("amazon_ses", "", ("region_name", "configuration_set_name")),
        Provider("brevo", options=("api_url",)),
        Provider("mailersend", "api_token", ("api_url",), signed="signing_secret"),
        Provider("mailgun", options=("sender_domain", "api_url"), signed="webhook_signing_key"),
        Provider("mailjet", options=("secret_key", "api_url"), needs=("secret_key",)),
        Provider("mailtrap", "api_token"),
        Provider("mandrill", signed="webhook_key", view="MandrillCombinedWebhookView"),
        Provider("postmark", "server_token", ("message_stream", "api_url")),
        Provider("resend", options=("api_url",)),
        Provider("sendgrid", options=("api_url",)),
        Provider("sparkpost", options=("api_url", "subaccount")),
    )
}


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """How mail goes out over a provider. `options` are arguments of anymail's backend."""

    provider: Provider
    sender: str
    address: str
    reply_to: str
    timeout_s: float
    options: Mapping[str, Any] = field(default_factory=dict)
    feedback_secret: str = ""
    feedback_key: str = ""

    def __repr__(self) -> str:
        return f"ProviderSettings({self.provider.name})"  # a traceback shows no key

    @property
    def hears(self) -> bool:
        """Whether its reports can be checked, and so are listened to."""
        return bool(self.feedback_key if self.provider.signed else self.feedback_secret)


def provider_settings(
    home: Home, environment: Mapping[str, str] = os.environ
) -> ProviderSettings | None:
    """How mail goes out over a provider; None where none is named. Raises BadDefinition."""
    read = mail_section(home)
    said = {
        name: environment.get(f"TENURE_MAIL_{name.upper()}", read.text(name, ""))
        for name in ("provider", "host", "from", "reply_to", "key", "feedback_secret",
                     "feedback_key")
    }  # fmt: skip
    if not said["provider"]:
        return None
    if said["host"]:
        raise read.refuse("host", "a provider is named as well; keep one of them")
    if said["provider"] not in PROVIDERS:
        raise read.unknown("provider", "provider", said["provider"], PROVIDERS)
    provider = PROVIDERS[said["provider"]]
    if provider.name == "amazon_ses" and find_spec("boto3") is None:
        raise read.refuse("provider", 'it needs more: pip install "django-anymail[amazon-ses]"')
    if provider.key and not said["key"]:
        raise read.refuse("key", f"this is missing; {provider.name} calls it {provider.key}")
    if said["feedback_secret"] and not _SECRET.fullmatch(said["feedback_secret"]):
        raise read.refuse(
            "feedback_secret", "write a name, a colon and a password of 16 characters or more"
        )
    timeout_s = read.number("timeout_s", 20.0)
    if not 0 < timeout_s <= 30:
        raise read.refuse("timeout_s", f"{timeout_s:g} is out of range; use 1 to 30")
    options = _options(read.table("options"), provider)
    read.done()
    return ProviderSettings(
        provider=provider,
        sender=said["from"],
        address=sender_address(read, "from", said["from"]),
        reply_to=said["reply_to"] and sender_address(read, "reply_to", said["reply_to"]),
        timeout_s=timeout_s,
        options=options | ({provider.key: said["key"]} if provider.key else {}),
        feedback_secret=said["feedback_secret"],
        feedback_key=said["feedback_key"],
    )


def _options(read: Fields, provider: Provider) -> dict[str, Any]:
    asked = [name for name in provider.options if name in read.values or name in provider.needs]
    found = {name: read.text(name) for name in asked}
    if provider.name == "amazon_ses" and "region_name" in found:
        found["client_params"] = {"region_name": found.pop("region_name")}  # type: ignore[assignment]
    return found
