"""Survey links: one for each account, leaving and person; made, found again, and read.

    survey = make_survey("acme", person_id="u1", now=now, by="ada")
    address_of(survey, base_url)          # https://.../interview/<token>

The token is the survey's own random id, signed with the home's secret. What it opens is in state:
nothing in the address says who somebody is.
"""

from dataclasses import asdict
from datetime import datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from tenure.base.errors import Conflict, InvalidInput, NotFound, Unauthorized
from tenure.base.ids import digest, fresh_id
from tenure.card.models import AccountCard
from tenure.customers.merging import canonical_id, ids_behind
from tenure.customers.models import Account, Membership, Person
from tenure.reasons.leavings_with_reasons import SAID_AFTER_DAYS, SAID_BEFORE_DAYS
from tenure.reasons.models import LeavingReview, ReasonRecord, Survey, SurveyAnswer
from tenure.reasons.recording import FOLLOWED_UP, INFERRED, STATED
from tenure.reasons.survey_questions import Answer, Known
from tenure.reasons.worth_refusals import said_no

PATH = "/interview/"
VALID = timedelta(days=60)
SAID_BEFORE, SAID_AFTER = timedelta(days=SAID_BEFORE_DAYS), timedelta(days=SAID_AFTER_DAYS)
MODES = ("live", "test")
TOKEN_CHARS = 200
_OUTCOME = "required_outcome"  # the card's column
_SALT = "tenure.reasons.survey.1"


class LinkForged(Unauthorized):
    """The link is not one of ours, or was changed."""

    code = "link_forged"


class LinkExpired(Unauthorized):
    """The time of the link is over."""

    code = "link_expired"


def make_survey(
    account_id: str,
    *,
    now: datetime,
    by: str,
    person_id: str = "",
    mode: str = "live",
) -> Survey:
    """The one survey of this account, its last leaving and this person; asked again, the same one.

    Raises NotFound for an account that is not known, InvalidInput for somebody who does not belong
    to it, Conflict where they said that they do not want to be asked.
    """
    account = _account(account_id)
    if mode not in MODES:
        raise InvalidInput(f"mode: {mode!r}; use {' or '.join(MODES)}", field="mode")
    if person_id and not _belongs(account.account_id, person_id):
        raise InvalidInput(
            f"person: {person_id!r} does not belong to {account_id!r}; leave it out, or give "
            "somebody who does",
            field="person",
        )
    if mode == "live":
        _refuse_where_said_no(account.account_id, person_id)
    decided_at = last_decision(account.account_id)
    leaving = decided_at.isoformat() if decided_at else ""
    key = digest("survey", account.account_id, leaving, person_id, mode)
    survey = Survey.objects.filter(key=key).first()
    if survey is None:
        survey = _create(
            key, account.account_id, person_id, mode, decided_at, now=now, by=by
        )  # fmt: skip
    if survey.expires_at <= now and survey.ended_at is None:
        Survey.objects.filter(pk=survey.pk).update(expires_at=now + VALID)
        survey.refresh_from_db()
    return survey


def token_of(survey: Survey) -> str:
    """What stands in the address."""
    return _signer().sign(survey.public_id)


def address_of(survey: Survey, base_url: str) -> str:
    """The whole address of a survey."""
    return f"{base_url.rstrip('/')}{PATH}{token_of(survey)}"


def survey_of(token: str, now: datetime) -> Survey:
    """The survey that a token opens. Raises LinkForged, NotFound (forgotten) and LinkExpired."""
    if len(token) > TOKEN_CHARS or not token.isascii():
        raise LinkForged("this link is not whole; copy all of it", field="token")
    try:
        public_id = _signer().unsign(token)
    except BadSignature:
        raise LinkForged("this link is not one of ours, or was changed", field="token") from None
    survey = Survey.objects.filter(public_id=public_id).first()
    if survey is None:
        raise NotFound("this link leads nowhere any more", field="token")
    if survey.expires_at <= now and survey.ended_at is None:
        raise LinkExpired("the time of this link is over", field="token")
    return survey


def survey_named(public_id: str) -> Survey:
    """The survey of that id, for whoever is signed in. Raises NotFound."""
    survey = Survey.objects.filter(public_id=public_id).first()
    if survey is None:
        raise NotFound(f"there is no survey {public_id[:80]!r}")
    return survey


def known_of(survey: Survey) -> Known:
    """What they said when they left, and what they came for: nothing of it is asked again."""
    records = ReasonRecord.objects.filter(
        account_id=survey.account_id,
        mode=survey.mode,
        superseded_by="",
        source__in=(STATED, FOLLOWED_UP),
    ).order_by("said_at", "id")
    if survey.decided_at:
        records = records.filter(
            said_at__gte=survey.decided_at - SAID_BEFORE,
            said_at__lte=survey.decided_at + SAID_AFTER,
        )
    said: dict[str, str] = {}
    for each in records:
        if each.source == STATED:
            said |= {"reason": each.code, "next_job": each.next_job, "rival": each.rival}
        else:
            said["follow_up"] = each.detail or each.code
    card = AccountCard.objects.filter(account_id=survey.account_id).values("values").first()
    wanted = (card["values"] if card else {}).get(_OUTCOME) or ""
    return Known(**{**asdict(Known()), **said, "wanted": str(wanted)})


def answers_of(survey: Survey) -> list[Answer]:
    """What was said so far, in order."""
    rows = SurveyAnswer.objects.filter(survey=survey).order_by("place", "id")
    return [each.as_answer() for each in rows]


def usual_reasons() -> list[str]:
    """The codes for which accounts leave here, the most frequent first: said, and seen first."""
    held = ReasonRecord.objects.filter(mode="live", superseded_by="", rank=1, is_weak=False)
    counted = held.values_list("code").annotate(n=Count("id")).order_by("-n", "code")
    return [code for code, _ in counted]


def last_decision(account_id: str) -> datetime | None:
    """When it last decided to leave, as far as we know; None when it never did."""
    review = (
        LeavingReview.objects.filter(account_id=account_id, withdrawn_at=None)
        .order_by("-decided_at")
        .values_list("decided_at", flat=True)
        .first()
    )
    if review:
        return review
    inferred = ReasonRecord.objects.filter(
        account_id=account_id, source=INFERRED, superseded_by="", mode="live"
    )
    return inferred.order_by("-said_at").values_list("said_at", flat=True).first()


def has_said_no(account_id: str, person_id: str = "") -> bool:
    """Whether the account, or this person anywhere, does not want to be asked any more."""
    known = canonical_id("person", person_id) if person_id else ""
    names = {person_id, *ids_behind("person", known)} if person_id else set()
    declined = Survey.objects.filter(mode="live", declined_at__isnull=False)
    return (
        said_no(account_id)
        or declined.filter(Q(person_id__in=names) | Q(account_id=account_id, person_id="")).exists()
    )


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".")


def _account(account_id: str) -> Account:
    account = Account.objects.filter(account_id=account_id).first()
    if account is None:
        raise NotFound(f"there is no account {account_id[:80]!r}")
    if not account.merged_into:
        return account
    return Account.objects.filter(account_id=account.merged_into).first() or account


def _belongs(account_id: str, person_id: str) -> bool:
    if Membership.objects.filter(account_id=account_id, person_id=person_id).exists():
        return True
    raw = Membership.objects.filter(account_id=account_id, raw_person_id=person_id)
    return raw.exists() and Person.objects.filter(person_id=person_id).exists()


def _refuse_where_said_no(account_id: str, person_id: str) -> None:
    if has_said_no(account_id, person_id):
        raise Conflict(
            f"{person_id or account_id} said that they do not want to be asked; leave it at that"
        )


def _create(  # noqa: PLR0913
    key: str, account_id: str, person_id: str, mode: str, decided_at: datetime | None, *,
    now: datetime, by: str,
) -> Survey:  # fmt: skip
    try:
        with transaction.atomic():
            return Survey.objects.create(
                key=key,
                public_id=fresh_id("sv", 26),
                mode=mode,
                account_key=account_id,
                account_id=account_id,
                person_id=person_id,
                decided_at=decided_at,
                made_at=now,
                made_by=by,
                expires_at=now + VALID,
            )
    except IntegrityError:  # somebody made it at this moment
        return Survey.objects.get(key=key)
