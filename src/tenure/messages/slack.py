"""Messages to Slack, or to what takes the same: Mattermost, Zulip, Rocket.Chat, Discord.

    [slack]                                                  # tenure.toml
    sales = "https://hooks.slack.com/services/T0/B0/XYZ"     # or TENURE_SLACK_SALES

An address lets whoever knows it write there, so it stands nowhere else: a play names `sales`.
"""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from tenure.base.clock import Clock
from tenure.base.home import Home
from tenure.definitions.toml_file import Fields
from tenure.kit.liquid import Marked, filled
from tenure.messages.answers import AGAIN, Answer
from tenure.messages.blocks import SECTION_CHARACTERS_MAX, TEXT_CHARACTERS_MAX, escaped
from tenure.messages.configuration import WHERE, WebhookSettings
from tenure.messages.models import Channel, Message
from tenure.messages.webhook import Webhook

VARIABLE = "TENURE_SLACK_"
NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,39}")
FIELDS_MAX = 10  # of one section, as Slack takes them
_FIELD_CHARACTERS = 1_900  # Slack takes 2,000
_TIMEOUT_S = 20.0


def slack_settings(
    home: Home, environment: Mapping[str, str] = os.environ
) -> dict[str, WebhookSettings]:
    """Where messages to Slack are posted, by name. Raises BadDefinition for a mistake."""
    try:
        text = home.settings_file.read_text("utf-8")
    except FileNotFoundError:
        text = ""
    read = Fields.of(text, WHERE).table("slack")
    urls = {name: read.text(name) for name in read.values}
    urls |= {
        name.removeprefix(VARIABLE).lower(): url
        for name, url in environment.items()
        if name.startswith(VARIABLE)
    }
    for name, url in urls.items():
        if not NAME.fullmatch(name):
            raise read.refuse(name, "this is no name; use a-z, 0-9 and _, at most 40")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise read.refuse(name, "this is no address; write one that begins with https://")
    return {name: WebhookSettings(url, 0, False, "en", _TIMEOUT_S) for name, url in urls.items()}


class Slack:
    """A transport to every place that is named; which, says the message's recipient."""

    channel = Channel.SLACK

    def __init__(self, settings: Mapping[str, WebhookSettings], clock: Clock) -> None:
        self._hooks = {name: Webhook(each, clock) for name, each in settings.items()}

    def send(self, message: Message) -> Answer:
        """How it went. What is for a place that nobody named yet waits, and is tried again."""
        hook = self._hooks.get(message.recipient)
        if hook is None:
            return Answer(AGAIN, f"nothing is called {message.recipient!r} in [slack] of {WHERE}")
        return hook.send(message)

    def close(self) -> None:
        """Nothing is kept open."""


def slack_body(
    text: Marked, *, fields: Sequence[tuple[str, str]] = (), button: tuple[str, str] | None = None
) -> dict[str, Any]:
    """What is posted. `text` is of the operator, in Slack's own marks; no value in it can set a
    link, mention somebody or end an emphasis. `fields` are names and values, `button` a label and
    an address.
    """
    safe = Marked(text.text, tuple(escaped(value) for value in text.values))
    said = filled(safe.text, safe.values).strip()
    blocks: list[dict[str, Any]] = [_section(said[:SECTION_CHARACTERS_MAX])]
    for start in range(0, len(fields), FIELDS_MAX):
        several = fields[start : start + FIELDS_MAX]
        blocks.append(
            {
                "type": "section",
                "fields": [
                    _words(f"*{escaped(name)}*\n{escaped(value)}"[:_FIELD_CHARACTERS])
                    for name, value in several
                ],
            }
        )
    if button is not None:
        label, url = button
        blocks.append(_section(f"<{_address(url)}|{escaped(label).replace('|', '¦')}>"))
    return {"text": said[:TEXT_CHARACTERS_MAX], "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _words(text)}


def _words(text: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": text}


def _address(url: str) -> str:
    """An address within Slack's angle brackets."""
    return url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
