"""Who asked for a sign-in link by mail, how often, and whom that was.

What is asked is written down alike whether anybody signs in with that address, and answered by the
worker: neither the reply nor its time tells who has an account.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tenure.base.ids import digest
from tenure.messages.models import SignInAsked

WITHIN = timedelta(minutes=15)
OF_ADDRESS_MAX = 3
FROM_ONE_PLACE_MAX = 10
OF_ALL_MAX = 100
KEPT = timedelta(days=1)

Answer = Callable[[SignInAsked, AbstractBaseUser], None]


@transaction.atomic
def ask_for_link(address: str, asked_from: str, language: str, now: datetime) -> bool:
    """Whether it was written down: not when too many were asked for within a quarter of an hour."""
    address = address.strip().lower()
    of_address, place = digest("address", address), digest("place", asked_from)
    recent = SignInAsked.objects.filter(asked_at__gt=now - WITHIN)
    if (
        recent.filter(address_digest=of_address).count() >= OF_ADDRESS_MAX
        or recent.filter(asked_from=place).count() >= FROM_ONE_PLACE_MAX
        or recent.count() >= OF_ALL_MAX
    ):
        return False
    SignInAsked.objects.create(
        address=address[:320],
        address_digest=of_address,
        asked_from=place,
        language=language,
        asked_at=now,
    )
    return True


def answer_asked(answer: Answer, now: datetime) -> int:
    """Call `answer` for each user with an address that was asked for; how many times.

    What was asked more than a quarter of an hour ago is not answered: nobody waits for it any more.
    """
    answered = 0
    for pk in list(SignInAsked.objects.filter(answered_at=None).values_list("pk", flat=True)):
        with transaction.atomic():
            asked = SignInAsked.objects.select_for_update().filter(pk=pk, answered_at=None).first()
            if asked is None:
                continue
            if asked.asked_at > now - WITHIN:
                for user in _users(asked.address):
                    answer(asked, user)
                    answered += 1
            SignInAsked.objects.filter(pk=pk).update(address="", answered_at=now)
    if answered:
        SignInAsked.objects.filter(asked_at__lt=now - KEPT).delete()
    return answered


def _users(address: str) -> list[AbstractBaseUser]:
    if not address:
        return []
    users = get_user_model().objects.filter(is_active=True, email__iexact=address)
    return list(users.order_by("pk"))
