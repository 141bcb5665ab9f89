"""A token with which somebody of ours tries the flow out, as the account that they choose.

In test mode: nothing happens in billing, in budgets or in any report.
"""

import secrets
from datetime import datetime, timedelta

from tenure.base.errors import NotFound
from tenure.offboard.flow_parts import CLICK_TO_CANCEL, DIRECT, FULL
from tenure.offboard.keys import signing_key
from tenure.offboard.tokens import read_token, sign

VALID = timedelta(hours=1)
SUBSCRIPTION = "test"  # nothing is asked of billing, so any will do
# Who falls under the shape: where they are, and whether they are a consumer (None: nobody knows).
_WHO: dict[str, tuple[str, bool | None]] = {
    FULL: ("", False),
    CLICK_TO_CANCEL: ("", None),
    DIRECT: ("DE", True),
}


def may_try() -> bool:
    """Whether there is a key to sign with; without one nobody can open the flow at all."""
    try:
        signing_key()
    except NotFound:
        return False
    return True


def trial_token(
    account_id: str, *, shape: str, now: datetime, language: str = "", return_url: str = ""
) -> str:
    """A token for one test visit, good for an hour, under the law that the shape is for.

    Raises NotFound where there is no key in use, and TokenMalformed for an account id that no
    token can hold.
    """
    key = signing_key()
    country, is_consumer = _WHO[shape]
    said: dict[str, object] = {
        "account": account_id,
        "subscription": SUBSCRIPTION,
        "mode": "test",
        "exp": int((now + VALID).timestamp()),
        "nonce": secrets.token_hex(16),
    }
    if country:
        said["country"] = country
    if is_consumer is not None:
        said["is_consumer"] = is_consumer
    if language:
        said["locale"] = language
    if return_url:
        said["return_url"] = return_url
    token = sign(said, key)
    read_token(token, {key.key_id: key}, now)  # what we would not take, we do not give
    return token
