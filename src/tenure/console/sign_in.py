"""How somebody gets in: a link that works once, made on the machine Tenure runs on.

`tenure serve` makes one for the owner and prints it; whoever can start the program may use it.
Passwords are Django's own.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from tenure.base.errors import NotFound
from tenure.console.models import SignInLink

OWNER = "owner"
LINK_VALID = timedelta(hours=24)


def owner() -> AbstractBaseUser:
    """The first user, made when there is none. It has no password until it sets one."""
    users = get_user_model().objects
    user = users.filter(username=OWNER).first()
    if user is None:
        user = users.create_superuser(username=OWNER, password=None)
    return user


def make_sign_in_link(
    user: AbstractBaseUser,
    now: datetime,
    base_url: str,
    *,
    valid: timedelta = LINK_VALID,
    voids_older: bool = True,
) -> str:
    """A URL that signs `user` in once, within `valid`; with `voids_older` the only one that does.

    A link that strangers can ask for must not void one that was printed.
    """
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        if voids_older:
            SignInLink.objects.filter(user=user, used_at=None).delete()
        SignInLink.objects.create(
            user=user,
            token_digest=_digest(token),
            created_at=now,
            expires_at=now + valid,
        )
    return f"{base_url.rstrip('/')}/sign-in/{token}"


def check_sign_in_link(token: str, now: datetime) -> SignInLink:
    """The unused link with this token, not yet spent.

    Raises NotFound, alike for unknown, used and expired tokens.
    """
    link = (
        SignInLink.objects.select_related("user")
        .filter(token_digest=_digest(token), used_at=None, expires_at__gt=now, user__is_active=True)
        .first()
    )
    if link is None:
        raise NotFound("this sign-in link has been used or has expired; run `tenure serve` again")
    return link


def spend_sign_in_link(token: str, now: datetime) -> AbstractBaseUser:
    """The user a link stands for; of two requests with one link, only the first gets in."""
    link = check_sign_in_link(token, now)
    spent = SignInLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now)
    if not spent:
        raise NotFound("this sign-in link has been used; run `tenure serve` again")
    return link.user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
