"""Who gets messages: whoever signs in and has a mail address, and the webhook."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

from tenure.base.home import Home
from tenure.messages.configuration import WebhookSettings, webhook_settings
from tenure.messages.models import Recipient

WEBHOOK = "webhook"


def recipient_of(user: AbstractBaseUser, language: str = "en") -> Recipient:
    """What this user gets; the defaults, kept from now on, when they have not said."""
    return Recipient.objects.get_or_create(
        name=f"user:{user.pk}", defaults={"user": user, "language": language}
    )[0]


def readers() -> list[Recipient]:
    """Everybody who can be written to, with a row for each."""
    users = get_user_model().objects.filter(is_active=True).exclude(email="")
    for user in users.filter(recipient=None):
        recipient_of(user)
    reachable = Recipient.objects.filter(user__is_active=True).exclude(user__email="")
    return list(reachable.select_related("user").order_by("id"))


def webhook_reader(home: Home) -> Recipient | None:
    """The webhook as a reader, as `[webhook]` says now; None without one."""
    settings = webhook_settings(home)
    if settings is None:
        return None
    row, _ = Recipient.objects.get_or_create(name=WEBHOOK, defaults=_as_row(settings))
    if any(getattr(row, name) != value for name, value in _as_row(settings).items()):
        for name, value in _as_row(settings).items():
            setattr(row, name, value)
        row.save(update_fields=list(_as_row(settings)))
    return row


def local(home: Home, now: datetime) -> datetime:
    """`now` on the company's clock."""
    return now.astimezone(ZoneInfo(home.company.time_zone))


def is_hour_come(recipient: Recipient, last_on: date | None, here: datetime) -> bool:
    """Whether the recipient's hour of this local day has come, and nothing was done on it yet.

    An hour that a clock change leaves out has come with the next one; one that comes twice counts
    once, because of the day.
    """
    return here.hour >= recipient.hour and (last_on is None or last_on < here.date())


def end_of_day(here: datetime) -> datetime:
    """When the local day ends, which may be 23 or 25 hours after it began."""
    return datetime.combine(here.date() + timedelta(days=1), time(), tzinfo=here.tzinfo)


def _as_row(settings: WebhookSettings) -> dict[str, object]:
    return {
        "hour": settings.hour,
        "wants_at_once": settings.wants_at_once,
        "wants_reminders": False,
        "language": settings.language,
    }
