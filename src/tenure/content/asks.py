"""Links by which one person may say something about us, see it again, and take it back.

    ask = make_ask("acme", person_id="u1", now=now, by="ada")
    address_of(ask, base_url)          # https://.../say/<token>

Everybody gets the same page: nobody is asked first whether they are content, and nothing is given
for praise (16 CFR 465). The token is the ask's random id, signed; it says of nobody who they are.
"""

from datetime import datetime, timedelta
from importlib import import_module
from types import ModuleType

from django.conf import settings
from django.core import signing
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F

from tenure.base.errors import Conflict, InvalidInput, NotFound, Unauthorized
from tenure.base.ids import digest, fresh_id
from tenure.content.models import Ask, Testimonial
from tenure.content.testimonials import LANGUAGE, NAME_MOST, PAGE, Said, agree, keep, tag, withdraw
from tenure.customers.merging import canonical_id, ids_behind
from tenure.customers.models import Account, Person
from tenure.kit.typed_texts import typed_text

PATH = "/say/"
VALID = timedelta(days=90)
TOKEN_CHARS = 2_000
FOR_ANSWERED = 40  # times VALID: ten years, in which a mail may be opened to take words back
BY_THEMSELVES = "themselves"
BY_MAIL = "mail"
_SALT, _PERSONAL = "tenure.content.ask.1", "tenure.content.ask.personal.1"
_OWN = "m-"  # begins the token of a mail
_OF_A_MAIL = ("account_id", "person_id", "feature", "asked_at", "asked_by", "expires_at")


class LinkForged(Unauthorized):
    """The link is not one of ours, or was changed."""

    code = "link_forged"


class LinkExpired(Unauthorized):
    """The time of the link is over, and nothing was said by it."""

    code = "link_expired"


def make_ask(  # noqa: PLR0913
    account_id: str, *, now: datetime, by: str,
    person_id: str = "", feature: str = "", language: str = "",
) -> Ask:  # fmt: skip
    """A link for this person, or for anybody of this account; one that is open is the same again.

    Raises NotFound for who is not known, Conflict for somebody who does not want to be asked.
    """
    account_id, person_id = account_id.replace("\0", ""), person_id.replace("\0", "")
    account = canonical_id("account", account_id) if account_id else ""
    person = canonical_id("person", person_id) if person_id else ""
    if account and not Account.objects.filter(pk=account).exists():
        raise NotFound(f"there is no account {account_id[:80]!r}")
    if person and not Person.objects.filter(pk=person).exists():
        raise NotFound(f"there is no person {person_id[:80]!r}")
    if language and not LANGUAGE.fullmatch(language):
        raise InvalidInput(f"language: {language[:40]!r} is none; write en", field="language")
    if has_said_no(person):
        raise Conflict(f"{person_id!r} does not want to be asked")
    feature = typed_text("feature", feature, NAME_MOST)
    same = Ask.objects.filter(
        account_id=account, person_id=person, feature=feature, testimonial=None, declined_at=None,
        expires_at__gt=now,
    )  # fmt: skip
    if person and (held := same.first()) is not None:
        return held
    return Ask.objects.create(
        public_id=fresh_id("ask", 20), account_id=account, person_id=person, feature=feature,
        language=language, asked_at=now, asked_by=by, expires_at=now + VALID,
    )  # fmt: skip


def personal_path(account_id: str, person_id: str, feature: str = "") -> str:
    """Where one person may say something, for a mail: nothing is kept before they do. Ids are
    canonical."""
    return f"{PATH}{_OWN}{signing.dumps([account_id, person_id, feature], salt=_PERSONAL)}"


def kept(ask: Ask) -> Ask:
    """The ask as a row: that of a mail is one once somebody says something by it, and the same one
    when they press twice."""
    if ask.pk is not None:
        return ask
    fields = {name: getattr(ask, name) for name in _OF_A_MAIL}
    return Ask.objects.get_or_create(public_id=ask.public_id, defaults=fields)[0]


def _personal(text: str, now: datetime) -> Ask:
    """The ask of a mail: the row that it came to, else one that is not kept yet."""
    try:
        said = signing.loads(text, salt=_PERSONAL, max_age=VALID * FOR_ANSWERED)
        account, person, feature = map(str, said)
    except signing.SignatureExpired:
        raise LinkExpired("the time of this link is over", field="token") from None
    except (signing.BadSignature, ValueError):
        raise LinkForged("this link is not one of ours, or was changed", field="token") from None
    person = canonical_id("person", person)
    if not Person.objects.filter(pk=person).exists():
        raise NotFound("this link leads nowhere any more", field="token")
    if not Account.objects.filter(pk=account).exists():
        account = ""  # forgotten since: what is said now does not make it known again
    # What they said before they were found to be somebody else as well is theirs to take back.
    names = {person, *ids_behind("person", person)}
    rows = Ask.objects.filter(account_id=account, person_id__in=names, feature=feature)
    # What was said goes first, whatever a database makes of nothing in an order.
    answered = F("testimonial__pk").asc(nulls_first=True)
    held = rows.select_related("testimonial").order_by(answered, "pk").last()
    return held or Ask(
        public_id=digest("ask", account, person, feature), account_id=account, person_id=person,
        feature=feature,
        asked_at=now, asked_by=BY_MAIL, expires_at=now + VALID,
    )  # fmt: skip


def has_said_no(person_id: str) -> bool:
    """Whether this person, under any id, does not want to be asked for anything."""
    return bool(person_id) and bool(_refusals().refuses(person_id))


def _refusals() -> ModuleType:
    """Who keeps what people want of messages, a floor above: `refuses(id)`, `refuse(id, now)`."""
    return import_module(settings.TENURE_REFUSALS)


def token_of(ask: Ask) -> str:
    """What stands in the address."""
    return Signer(salt=_SALT, sep=".").sign(ask.public_id)


def address_of(ask: Ask, base_url: str) -> str:
    """The whole address."""
    return f"{base_url.rstrip('/')}{PATH}{token_of(ask)}"


def ask_of(token: str, now: datetime) -> Ask:
    """The ask that a token opens. Where something was said by it, it opens for ever: it is how they
    take it back. Raises LinkForged, NotFound (forgotten) and LinkExpired.
    """
    if len(token) > TOKEN_CHARS or not token.isascii():
        raise LinkForged("this link is not whole; copy all of it", field="token")
    if token.startswith(_OWN):
        return _personal(token.removeprefix(_OWN), now)
    try:
        public_id = Signer(salt=_SALT, sep=".").unsign(token)
    except BadSignature:
        raise LinkForged("this link is not one of ours, or was changed", field="token") from None
    ask = Ask.objects.filter(public_id=public_id).select_related("testimonial").first()
    if ask is None:
        raise NotFound("this link leads nowhere any more", field="token")
    if ask.testimonial is None and ask.expires_at <= now:
        raise LinkExpired("the time of this link is over", field="token")
    return ask


@transaction.atomic
def answer(ask: Ask, said: Said, scope: list[str], now: datetime) -> Testimonial:
    """What was said by the link, and where it may be shown. Raises InvalidInput, and Conflict where
    something was said by it already: they take that back first.
    """
    held = Ask.objects.select_for_update().get(pk=kept(ask).pk)
    if held.testimonial is not None and held.testimonial.withdrawn_at is None:
        raise Conflict("something was said by this link; take it back first", field="words")
    if not scope:
        raise InvalidInput(
            "scope: say where it may be shown, or close the page: nothing is kept then",
            field="scope",
        )
    made = keep(said, now=now, by=BY_THEMSELVES)
    agree(made, scope, how=PAGE, by=BY_THEMSELVES, now=now)
    if held.feature:
        tag(made, now, features=[held.feature])
    Ask.objects.filter(pk=held.pk).update(testimonial=made)
    ask.testimonial = made
    return made


def take_back(ask: Ask, now: datetime) -> None:
    """What was said by the link is shown nowhere from now on."""
    if ask.testimonial is not None and ask.testimonial.withdrawn_at is None:
        withdraw(ask.testimonial, how=PAGE, by=BY_THEMSELVES, now=now)


@transaction.atomic
def decline(ask: Ask, now: datetime) -> None:
    """They are not asked again: by this link, nor by any mail or survey."""
    Ask.objects.filter(pk=kept(ask).pk, declined_at=None).update(declined_at=now)
    ask.declined_at = ask.declined_at or now
    if ask.person_id:
        _refusals().refuse(ask.person_id, now)
