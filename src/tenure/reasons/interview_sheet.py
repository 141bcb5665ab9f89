"""What to know, and what to ask, before talking with somebody who left: prepared from the data.

    sheet_of(home, "acme", now)

Only what is known; what is not is left out. What was seen stands apart from what they said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from tenure.base.errors import NotFound
from tenure.base.home import Home
from tenure.card.models import AccountCard
from tenure.card.outcomes import OutcomeSaid, outcome_history
from tenure.card.product import product
from tenure.card.timeline import Entry, timeline
from tenure.customers.models import Account, Membership
from tenure.lake.reading import Only, reading
from tenure.reasons.interview_questions import Asking, questions_for
from tenure.reasons.leavings_with_reasons import LeavingReasons, words_of
from tenure.reasons.models import Interview, LeavingReview, ReasonRecord, SurveyAnswer
from tenure.reasons.recording import INFERRED
from tenure.reasons.reviews_sentences import Piece
from tenure.reasons.surveys import last_decision
from tenure.reasons.taxonomy_parts import RIVAL

# Kinds of the timeline that tell a story; use is told by the card.
TELLING = frozenset({"ticket", "notice", "start", "end", "pause", "resume", "payment_failed",
                     "mention", "incident"})  # fmt: skip
ENTRIES_READ, ENTRIES_SHOWN = 400, 30
STORY = timedelta(days=400)  # before the decision
_FROM_CARD = ("first_value_on", "step_reached", "next_step", "is_outcome_reached",
              "outcome_reached_on")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page for the interviewer; lists are empty where nothing is known."""

    account_id: str
    name: str
    plan: str
    mrr_minor: int | None
    currency: str
    since_on: date | None
    decided_at: datetime | None
    ended_on: date | None
    people: list[tuple[str, str]]  # name and role of who belongs, or did
    wanted: list[OutcomeSaid]
    reached: dict[str, Any]  # columns of the card, those that are known
    said: list[ReasonRecord]
    inferred: list[ReasonRecord]
    contradiction: ReasonRecord | None
    warnings: list[Piece] = field(default_factory=list)
    tried: list[Piece] = field(default_factory=list)
    story: list[Entry] = field(default_factory=list)
    answers: list[SurveyAnswer] = field(default_factory=list)
    talks: list[Interview] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


def sheet_of(home: Home, account_id: str, now: datetime) -> Sheet:
    """The sheet of an account's last leaving, questions in the language that is active.

    Raises NotFound for an account that is not known.
    """
    account = Account.objects.filter(account_id=account_id).first()
    if account is None:
        raise NotFound(f"there is no account {account_id[:80]!r}")
    canonical = account.merged_into or account.account_id
    card = AccountCard.objects.filter(account_id=canonical).first()
    decided_at = last_decision(canonical)
    leaving = words_of([(canonical, decided_at)])[0] if decided_at else None
    review = LeavingReview.objects.filter(
        account_id=canonical, decided_at=decided_at, withdrawn_at=None
    ).first()
    with reading(home, fresh=True, only=Only([canonical])) as reader:
        wanted = [each for each in outcome_history(reader, canonical) if each.is_change]
        entries = timeline(reader, canonical, now=now, rows=ENTRIES_READ).entries
    said = _said(leaving, canonical)
    inferred = leaving.inferred if leaving else []
    contradiction = leaving.contradiction if leaving else None
    warnings = list(review.warnings) if review else []
    values = card.values if card else {}
    return Sheet(
        account_id=canonical,
        name=str(card or account),
        plan=(review.plan if review else "") or (card.plan if card else ""),
        mrr_minor=review.mrr_minor if review and review.currency else None,
        currency=review.currency if review else "",
        since_on=review.since_on if review else (card.paying_since_on if card else None),
        decided_at=decided_at,
        ended_on=review.ended_on if review else None,
        people=_people(canonical),
        wanted=wanted,
        reached={name: values[name] for name in _FROM_CARD if values.get(name) is not None},
        said=said,
        inferred=[each for each in inferred if not each.is_weak],
        contradiction=contradiction,
        warnings=warnings,
        tried=list(review.tried) if review else [],
        story=_story(entries, decided_at),
        answers=list(
            SurveyAnswer.objects.filter(survey__account_id=canonical, survey__mode="live")
            .exclude(is_skipped=True)
            .order_by("answered_at")
        ),
        talks=list(Interview.objects.filter(account_id=canonical).order_by("-spoke_on")),
        questions=questions_for(
            _asking(home, said, inferred, contradiction, warnings, _outcome(wanted))
        ),
    )


def _said(leaving: LeavingReasons | None, account_id: str) -> list[ReasonRecord]:
    """What they gave as a reason, the earliest first; without a leaving, all they ever gave."""
    if leaving is None:
        given = ReasonRecord.objects.filter(account_id=account_id, mode="live", superseded_by="")
        return list(given.exclude(source=INFERRED).order_by("said_at", "id"))
    said = (leaving.stated, leaving.followed_up, leaving.survey, leaving.interview)
    return [each for each in said if each is not None]


def _people(account_id: str) -> list[tuple[str, str]]:
    held = Membership.objects.filter(account_id=account_id).select_related("person")
    return [(str(each.person), each.role) for each in held.order_by("since_at")[:20]]


def _story(entries: Sequence[Entry], decided_at: datetime | None) -> list[Entry]:
    first = decided_at - STORY if decided_at else None
    told = [
        each
        for each in entries
        if each.kind in TELLING and (first is None or each.happened_at >= first)
    ]
    return list(reversed(told[:ENTRIES_SHOWN]))


def _outcome(wanted: Sequence[OutcomeSaid]) -> str:
    """What they came for, in words; the word that holds, of the account itself before a role's."""
    current = [each for each in wanted if each.is_current and each.outcome]
    current.sort(key=lambda each: bool(each.role))
    return current[0].title if current else ""


def _asking(  # noqa: PLR0913
    home: Home, said: Sequence[ReasonRecord], inferred: Sequence[ReasonRecord],
    contradiction: ReasonRecord | None, warnings: Sequence[Piece], wanted: str,
) -> Asking:  # fmt: skip
    codes = [each.code for each in reversed(said)]
    codes += [each.code for each in inferred if not each.is_weak][:1]
    records = [*said, *inferred[:1]]
    return Asking(
        reasons=tuple(dict.fromkeys(codes)) or ("other",),
        has_rival=any(each.rival or each.next_job == RIVAL for each in records),
        wanted=wanted,
        warned_in=_month(home, [str(each.get("at")) for each in warnings[:1]]),
        contradicted_in=_month(
            home,
            [str(piece["at"]) for piece in (contradiction.evidence if contradiction else [])
             if piece.get("at")][:1],
        ),
    )  # fmt: skip


def _month(home: Home, instants: Sequence[str]) -> str:
    """The month of the first of these, as a person would say it; empty for none."""
    if not instants:
        return ""
    try:
        at = datetime.fromisoformat(instants[0])
    except ValueError:
        return ""
    if at.tzinfo is not None:
        at = at.astimezone(ZoneInfo(home.company.time_zone))
    return date_format(at, "YEAR_MONTH_FORMAT")


def step_title(name: str) -> str:
    """What a step of the product file is called."""
    return next((each.title for each in product().first_value.steps if each.name == name), name)
