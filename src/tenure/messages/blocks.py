"""A digest as Slack-compatible JSON: `text` for the notification, `blocks` for the channel."""

from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.messages.open_signals import AccountNews

SECTION_CHARACTERS_MAX = 2900  # Slack takes 3,000
TEXT_CHARACTERS_MAX = 3000


def blocks_of(
    subject: str, shown: Sequence[tuple[AccountNews, str]], more: int, url: str, language: str
) -> dict[str, Any]:
    """The body to post. Names are escaped: none can mention somebody or set a link."""
    with translation.override(language):
        sections = [_section(group, account_url) for group, account_url in shown]
        if more:
            words = ngettext("and %(n)s more account", "and %(n)s more accounts", more)
            sections.append(words % {"n": more})
        sections.append(f"<{url}|{_('Open the list')}>")
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        for text in [f"*{escaped(subject)}*", *sections]
    ]
    return {"text": escaped(subject)[:TEXT_CHARACTERS_MAX], "blocks": blocks}


def escaped(text: str) -> str:
    """Text in which Slack sees no link, no mention and no emphasis of ours cut short."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("*", "∗").replace("`", "ˋ")


def _section(group: AccountNews, url: str) -> str:
    lines = [f"*<{url}|{escaped(group.name).replace('|', '¦')}>*" if group.account_id else ""]
    for signal in group.signals:
        lines.append(f"• {escaped(signal.title)}")
        lines += [f"   {escaped(sentence)}" for sentence in signal.evidence]
        if signal.next_step:
            lines.append(f"   {_('Next step')}: {escaped(signal.next_step)}")
    text = "\n".join(line for line in lines if line)
    if len(text) <= SECTION_CHARACTERS_MAX:
        return text
    return text[:SECTION_CHARACTERS_MAX].rpartition("\n")[0] + "\n…"
