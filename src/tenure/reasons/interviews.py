"""A talk with somebody who left: its notes are kept, and what we conclude becomes a reason.

Each change of the notes tells a reason that corrects the one before; none is ever written over.
"""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction

from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.base.ids import fresh_id
from tenure.customers.models import Account
from tenure.kit.typed_texts import typed_text
from tenure.lake.reading import Reader, company_day
from tenure.lake.recording import record
from tenure.reasons.models import Interview, Survey
from tenure.reasons.recording import (
    INTERVIEW,
    TEXT_MOST,
    GivenReason,
    in_place_of,
    reason_row,
    withdrawn_row,
    without_words,
)
from tenure.reasons.surveys import MODES, last_decision
from tenure.reasons.taxonomy import taxonomy

LATE = timedelta(days=7)
NAME_MOST, QUOTES_MOST, QUOTE_MOST, MINUTES_MOST = 200, 30, 1_000, 600


@dataclass(frozen=True, slots=True)
class TalkNoted:
    """What an interviewer notes. Quotes are their own words; `code` is what we conclude."""

    spoke_on: date
    interviewer: str
    spoke_with: str = ""
    person_id: str = ""
    minutes: int | None = None
    notes: str = ""
    quotes: list[str] = field(default_factory=list)
    consents_to_notes: bool = False
    consents_to_quotes: bool = False
    may_contact: bool | None = None
    code: str = ""
    detail: str = ""
    next_job: str = ""
    rival: str = ""


def note_interview(
    home: Home,
    account_id: str,
    noted: TalkNoted,
    *,
    now: datetime,
    by: str,
    mode: str = "live",
) -> Interview:
    """The talk as it is kept. Raises NotFound for an account that is not known, InvalidInput for
    what is wrong, with its field.

    Without their consent neither notes nor quotes are kept: the reason that we conclude is.
    """
    account = Account.objects.filter(account_id=account_id).first()
    if account is None:
        raise NotFound(f"there is no account {account_id[:80]!r}")
    if mode not in MODES:
        raise InvalidInput(f"mode: {mode!r}; use {' or '.join(MODES)}", field="mode")
    canonical = account.merged_into or account.account_id
    noted = checked(noted, company_day(home, now))
    talk = Interview.objects.create(
        key=fresh_id("talk"),
        mode=mode,
        account_key=canonical,
        account_id=canonical,
        decided_at=last_decision(canonical),
        noted_at=now,
        noted_by=by,
        **asdict(noted),
    )
    _tell(home, talk, now)
    return talk


def change_interview(
    home: Home, talk: Interview, noted: TalkNoted, *, now: datetime, by: str
) -> Interview:
    """The talk with what is noted of it now. Raises as `note_interview`."""
    values = asdict(checked(noted, company_day(home, now)))
    with transaction.atomic():
        held = Interview.objects.select_for_update().get(pk=talk.pk)
        if all(getattr(held, name) == value for name, value in values.items()):
            return held
        for name, value in values.items():
            setattr(held, name, value)
        held.noted_at, held.noted_by, held.versions = now, by, held.versions + 1
        held.save()
    _tell(home, held, now)
    return held


def interview_of(key: str) -> Interview:
    """The talk of that key. Raises NotFound."""
    talk = Interview.objects.filter(key=key).first()
    if talk is None:
        raise NotFound(f"there is no interview {key[:80]!r}")
    return talk


def noted_of(talk: Interview) -> TalkNoted:
    """What is noted of a talk now."""
    return TalkNoted(**{name: getattr(talk, name) for name in TalkNoted.__dataclass_fields__})


def checked(noted: TalkNoted, today: date) -> TalkNoted:
    """The same, trimmed. Raises InvalidInput."""
    texts = {
        name: _text(name, value) for name, value in asdict(noted).items() if isinstance(value, str)
    }
    quotes = [each for each in (_text("quote", quote) for quote in noted.quotes) if each]
    noted = TalkNoted(**{**asdict(noted), **texts, "quotes": quotes})
    if not noted.interviewer:
        raise InvalidInput("interviewer is empty; say who talked with them", field="interviewer")
    if noted.spoke_on > today:
        raise InvalidInput(
            f"spoke_on: {noted.spoke_on} is yet to come; note it when you have talked",
            field="spoke_on",
        )
    if noted.minutes is not None and not 0 < noted.minutes <= MINUTES_MOST:
        raise InvalidInput(
            f"minutes: {noted.minutes}; give 1 to {MINUTES_MOST}, or leave it out", field="minutes"
        )
    if len(quotes) > QUOTES_MOST:
        raise InvalidInput(f"{len(quotes)} quotes; keep {QUOTES_MOST}", field="quotes")
    _check_reason(noted)
    if (noted.notes or quotes) and not noted.consents_to_notes:
        raise InvalidInput(
            "they did not agree to notes being kept; ask them, or leave notes and quotes empty: "
            "the reason that you conclude is kept all the same",
            field="consents_to_notes",
        )
    return noted


def tell_interviews(home: Home, now: datetime) -> int:
    """How many talks of late had a reason that the lake was not told: a kill came in between."""
    late = Interview.objects.filter(noted_at__gte=now - LATE).exclude(code="", reason_event="")
    return sum(_tell(home, talk, now) for talk in late)


def move_with_merges(reader: Reader) -> int:
    """How many surveys and talks now stand with the account that theirs was merged into."""
    moved = 0
    for model in (Survey, Interview):
        rows = list(model.objects.only("pk", "account_key", "account_id"))
        places = reader.canonical_ids("account", [each.account_key for each in rows])
        for row, place in zip(rows, places, strict=True):
            if row.account_id != place:
                moved += model.objects.filter(pk=row.pk).update(account_id=place)
    return moved


def _check_reason(noted: TalkNoted) -> None:
    known = taxonomy()
    if noted.code and not known.has(noted.code):
        raise InvalidInput(
            f"code: {noted.code!r} is no reason; use {', '.join(known.codes())}", field="code"
        )
    if noted.detail and not (noted.code and known.reason(noted.code).option(noted.detail)):
        raise InvalidInput(f"detail: {noted.detail!r} is no answer to {noted.code!r}",
                           field="detail")  # fmt: skip
    if noted.next_job and known.next_job(noted.next_job) is None:
        codes = ", ".join(each.code for each in known.next_jobs)
        raise InvalidInput(f"next_job: {noted.next_job!r}; use {codes}", field="next_job")


def _text(name: str, value: str) -> str:
    most = {"notes": TEXT_MOST, "quote": QUOTE_MOST}.get(name, NAME_MOST)
    return typed_text(name, value, most, has_lines=name == "notes")


def _tell(home: Home, talk: Interview, now: datetime) -> bool:
    """Whether the reason that we conclude had to be told; it takes the place of those before, as
    none does where we conclude nothing any more. What they did not agree to have kept goes with it.
    """
    told = talk.reason_event.split()
    row = _reason(talk)
    if row is None and told:
        row = withdrawn_row(talk.account_key, talk.key, talk.noted_at, talk.mode)
    if row is None or row["message_id"] in told:
        return False
    if told and not (talk.consents_to_notes and talk.consents_to_quotes):
        without_words(row)
    talk.reason_event = in_place_of(row, talk.reason_event)
    record(home, settings.DATABASE_URL, [row], now)
    Interview.objects.filter(pk=talk.pk).update(reason_event=talk.reason_event)
    return True


def _reason(talk: Interview) -> dict[str, object] | None:
    """The event; None while nothing was concluded, for an interview is heard before all else."""
    if not talk.code:
        return None
    words = talk.quotes if talk.consents_to_quotes else []
    given = GivenReason(
        reason=talk.code,
        follow_up=talk.detail,
        next_job=talk.next_job,
        rival=talk.rival,
        text="\n".join([*words, talk.notes])[:TEXT_MOST].strip(),
        source=INTERVIEW,
        is_required=False,
        by=talk.interviewer,
    )
    return reason_row(
        talk.account_key, given, talk.noted_at, person_id=talk.person_id, mode=talk.mode
    )
