"""Sign-in links by mail: one for each user with the address that was asked for."""

from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.utils import translation
from django.utils.translation import gettext as _

from tenure.base.home import Home
from tenure.console.sign_in import make_sign_in_link
from tenure.messages.configuration import console_url
from tenure.messages.ledger import intend
from tenure.messages.models import Channel, Purpose, SignInAsked
from tenure.messages.recipients import recipient_of
from tenure.messages.sign_in_asked import answer_asked
from tenure.messages.writing import write

MAILED_LINK_VALID = timedelta(minutes=30)


def intend_sign_in_mails(home: Home, now: datetime) -> int:
    """How many sign-in links were written into the ledger for those who asked for one."""

    def answer(asked: SignInAsked, user: AbstractBaseUser) -> None:
        _intend(home, asked, user, now)

    return answer_asked(answer, now)


def _intend(home: Home, asked: SignInAsked, user: AbstractBaseUser, now: datetime) -> None:
    to = recipient_of(user, asked.language)
    link = make_sign_in_link(
        user, now, console_url(home), valid=MAILED_LINK_VALID, voids_older=False
    )
    with translation.override(to.language):
        subject = _("Sign in to Tenure")
    minutes = int(MAILED_LINK_VALID.total_seconds() // 60)
    context = {"action_url": link, "name": user.get_username(), "minutes": minutes}
    mail = write("sign_in", subject, context, to.language)
    intend(
        key=f"{Purpose.SIGN_IN}:{asked.pk}:{user.pk}",
        purpose=Purpose.SIGN_IN,
        channel=Channel.MAIL,
        to=to,
        recipient=user.email,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        valid_until=now + MAILED_LINK_VALID,
        now=now,
    )
