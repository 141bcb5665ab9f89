"""The ways out that are configured: `[mail]`, `[webhook]` and `[slack]` in `tenure.toml`."""

from tenure.base.clock import Clock
from tenure.base.home import Home
from tenure.messages.answers import Transport
from tenure.messages.anymail import Anymail
from tenure.messages.configuration import mail_settings, webhook_settings
from tenure.messages.providers import provider_settings
from tenure.messages.slack import Slack, slack_settings
from tenure.messages.smtp import Smtp
from tenure.messages.webhook import Webhook

__all__ = ["Smtp", "Webhook", "configured_transports"]


def configured_transports(home: Home, clock: Clock) -> dict[str, Transport]:
    """By channel; a channel that nothing is said about is missing, and its messages wait.

    Raises BadDefinition for a mistake in `tenure.toml`.
    """
    transports: dict[str, Transport] = {}
    mail, webhook = mail_settings(home), webhook_settings(home)
    if mail is not None:
        transports[Smtp.channel] = Smtp(mail, clock)
    elif (provider := provider_settings(home)) is not None:
        transports[Anymail.channel] = Anymail(provider, clock)
    if webhook is not None:
        transports[Webhook.channel] = Webhook(webhook, clock)
    if places := slack_settings(home):
        transports[Slack.channel] = Slack(places, clock)
    return transports
