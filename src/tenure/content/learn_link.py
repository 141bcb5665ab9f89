"""Links to lessons that say whose progress it is: signed, for ever, and good for that alone."""

from dataclasses import dataclass

from django.core.signing import BadSignature, dumps, loads

from tenure.base.errors import Unauthorized

PATH = "/learn/"
CERTIFICATE_PATH = "/certificate/"
TOKEN_CHARS = 2_000
_SALT = "tenure.content.learn.1"
_CERTIFICATE = "tenure.content.certificate.1"


class LinkForged(Unauthorized):
    """The link is not one of ours, or was changed."""

    code = "link_forged"


@dataclass(frozen=True, slots=True)
class Learner:
    """Whose link it is."""

    person_id: str
    account_id: str = ""


def lesson_path(lesson: str, learner: Learner | None = None) -> str:
    """Where a lesson is, for one person or for anybody."""
    if learner is None or not learner.person_id:
        return f"{PATH}{lesson}"
    return f"{PATH}{lesson}/{dumps([learner.person_id, learner.account_id], salt=_SALT)}"


def learner_of(token: str) -> Learner:
    """Whose link that is. Raises LinkForged."""
    return Learner(*_read(token, _SALT))


def certificate_path(public_id: str) -> str:
    """Where the certificate of a goal is."""
    return f"{CERTIFICATE_PATH}{dumps([public_id, ''], salt=_CERTIFICATE)}"


def certificate_of(token: str) -> str:
    """The public id of the goal that was reached. Raises LinkForged."""
    return _read(token, _CERTIFICATE)[0]


def _read(token: str, salt: str) -> tuple[str, str]:
    try:
        if len(token) > TOKEN_CHARS or not token.isascii():
            raise BadSignature
        first, second = loads(token, salt=salt)
    except (BadSignature, ValueError):
        raise LinkForged("this link is not whole; copy all of it", field="token") from None
    return str(first), str(second)
