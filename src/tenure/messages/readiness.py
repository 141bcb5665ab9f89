"""Whether messages can leave, channel by channel, in plain words: for the console and doctor."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.base.errors import BadDefinition
from tenure.base.home import Home
from tenure.messages.configuration import console_url, mail_settings, webhook_settings
from tenure.messages.counting import waiting
from tenure.messages.models import Channel
from tenure.messages.providers import provider_settings
from tenure.messages.slack import slack_settings


@dataclass(frozen=True, slots=True)
class WayOut:
    """`is_open`: messages of this channel are sent. `is_wrong`: what was written is a mistake."""

    channel: str
    is_open: bool
    is_wrong: bool
    sentence: str


def ways_out(home: Home) -> list[WayOut]:
    """One for mail, one for the webhook, and one for Slack where something waits for it or is
    named."""
    slack = _slack(home)
    return [_mail(home), _webhook(home), *([slack] if slack is not None else [])]


def can_mail(home: Home) -> bool:
    """Whether a mail server is named, without a mistake."""
    return _mail(home).is_open


def _mail(home: Home) -> WayOut:
    try:
        settings, provider = mail_settings(home), provider_settings(home)
        console_url(home)
    except BadDefinition as error:
        return WayOut(Channel.MAIL, False, True, error.message)
    if settings is not None:
        words = _("Mail goes out over %(host)s as %(sender)s.")
        values = {"host": f"{settings.host}:{settings.port}", "sender": settings.address}
        return WayOut(Channel.MAIL, True, False, words % values)
    if provider is not None:
        words = _("Mail goes out over %(host)s as %(sender)s.")
        values = {"host": provider.provider.name, "sender": provider.address}
        if not provider.hears:
            unheard = _("What comes back is not heard: set feedback_secret or feedback_key.")
            words = f"{words} {unheard}"
        return WayOut(Channel.MAIL, True, False, words % values)
    words = _("No mail is sent: name a server in [mail] of tenure.toml.")
    return WayOut(Channel.MAIL, False, False, f"{words} {_waits(waiting(Channel.MAIL))}".strip())


def _webhook(home: Home) -> WayOut:
    try:
        settings = webhook_settings(home)
    except BadDefinition as error:
        return WayOut(Channel.WEBHOOK, False, True, error.message)
    if settings is not None:
        return WayOut(Channel.WEBHOOK, True, False, _("Digests go to a webhook."))
    words = _("Nothing goes to a webhook: name one in [webhook] of tenure.toml.")
    waits = _waits(waiting(Channel.WEBHOOK))
    return WayOut(Channel.WEBHOOK, False, False, f"{words} {waits}".strip())


def _slack(home: Home) -> WayOut | None:
    try:
        places = slack_settings(home)
    except BadDefinition as error:
        return WayOut(Channel.SLACK, False, True, error.message)
    if places:
        words = _("Plays may post to Slack as %(names)s.")
        return WayOut(Channel.SLACK, True, False, words % {"names": ", ".join(sorted(places))})
    count = waiting(Channel.SLACK)
    if not count:
        return None
    words = _("Nothing goes to Slack: name a place in [slack] of tenure.toml.")
    return WayOut(Channel.SLACK, False, False, f"{words} {_waits(count)}")


def _waits(count: int) -> str:
    if not count:
        return ""
    words = ngettext("%(n)s message waits for it.", "%(n)s messages wait for it.", count)
    return words % {"n": count}
