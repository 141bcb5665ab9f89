"""Why did or didn't somebody get what a play says? Step by step, for anybody.

told = why(home, "more_reports", "acme", now)
told.entries     each time that they came in: what brought them, each decision, each message
told.absence     where they are not in it: what was asked, with what it found, now or as of a day
told.reach       of each person concerned: what they want, their clock, what is left of a week
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from tenure.base.errors import NotFound
from tenure.base.home import Home
from tenure.card.card_of import check_past
from tenure.customers.merging import canonical_id, ids_behind
from tenure.customers.models import Account, Membership, Person
from tenure.messages.models import ARRIVED, Message, Status
from tenure.plays.in_force import play_named
from tenure.plays.ledger_rows import enrolment_of
from tenure.plays.models import Enrolment, PlayDecision, PlaySwitch
from tenure.plays.parts import ACCOUNT, PERSON, Play
from tenure.plays.reached import Reached, reach_of
from tenure.plays.subjects import Who
from tenure.plays.why_absent import Question, is_in_then, questions_of
from tenure.proof.assignment import HOLD_OUT

PEOPLE_MOST = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One time in the play, with its decisions and messages in their order."""

    row: Enrolment
    decisions: tuple[PlayDecision, ...]
    messages: tuple[Message, ...]

    @property
    def is_left_alone(self) -> bool:
        return self.row.is_kept_back or self.row.arm == HOLD_OUT


@dataclass(frozen=True, slots=True)
class Why:
    """The answer. `verdict` is one word for all of it: `got`, `waits`, `left_alone`, `withheld`,
    `in_it` (nothing was to be sent yet), `off`, `never`. `as_of` is the moment that `absence` is
    asked of, None of now; all else is of now."""

    play: Play
    switch: PlaySwitch | None
    over: str  # what the id is one of: account | person
    subject_id: str  # canonical
    name: str
    entries: tuple[Entry, ...]
    absence: tuple[Question, ...]
    reach: tuple[Reached, ...]
    verdict: str
    as_of: datetime | None = None

    @property
    def is_on(self) -> bool:
        return self.switch is not None and self.switch.is_on


def why(home: Home, play: str, id: str, now: datetime, *, as_of: datetime | None = None) -> Why:
    """Why the account or person of that id did or did not get what the play says.

    `as_of` asks at the door as of a past moment. Raises NotFound for a play that is not in force,
    and for nobody of that id; InvalidInput for an `as_of` after today.
    """
    if as_of is not None:
        check_past(home, as_of, now)
    asked = play_named(play)
    over, subject_id, name = _known(id, asked)
    entries = tuple(_entry(row, over, subject_id) for row in _rows(asked, over, subject_id))
    switch = PlaySwitch.objects.filter(play=play).first()
    absence = tuple(_absence(home, asked, _who(asked, over, subject_id), switch, (now, as_of)))
    people = _people(over, subject_id, entries)
    return Why(
        play=asked,
        switch=switch,
        over=over,
        subject_id=subject_id,
        name=name,
        entries=entries,
        absence=absence,
        reach=tuple(reach_of(home, people, asked, now)),
        verdict=_verdict(entries, switch is not None and switch.is_on),
        as_of=as_of,
    )


def _absence(
    home: Home,
    play: Play,
    who: Who | None,
    switch: PlaySwitch | None,
    when: tuple[datetime, datetime | None],  # now, and the moment that is asked of
) -> Iterator[Question]:
    """What was asked at the door; nothing of who was in it at that moment."""
    now, as_of = when
    if who is not None and not is_in_then(play, who, min(as_of or now, now)):
        yield from questions_of(home, play, who, switch, now=now, as_of=as_of)


def _known(id: str, play: Play) -> tuple[str, str, str]:
    """What an id is one of, the canonical one, and its name; what the play is over goes first."""
    order = (ACCOUNT, PERSON) if play.over == ACCOUNT else (PERSON, ACCOUNT)
    for over in order:
        whole = canonical_id(over, id)
        model = Account if over == ACCOUNT else Person
        if (found := model.objects.filter(pk=whole).first()) is not None:
            return over, whole, found.name
    raise NotFound(f"there is no account and no person {id!r}")


def _rows(play: Play, over: str, subject_id: str) -> list[Enrolment]:
    """Their enrolments; of a person in a play over accounts, those of their accounts."""
    rows = Enrolment.objects.filter(play=play.name)
    if over == ACCOUNT:
        found = rows.filter(account_id=subject_id)
    elif play.over == PERSON:
        found = rows.filter(subject_id=subject_id)
    else:
        found = rows.filter(account_id__in=_accounts_of(subject_id))
    return list(found.order_by("entered_at", "pk").prefetch_related("decisions"))


def _entry(row: Enrolment, over: str, subject_id: str) -> Entry:
    messages = Message.objects.filter(play=row.play).filter(
        Q(enrolment=enrolment_of(row)) | Q(enrolment="", key__startswith=f"{enrolment_of(row)}/")
    )
    if over == PERSON:
        # What went to colleagues is not their answer; that it went to nobody is.
        messages = messages.filter(person_id__in=[*ids_behind("person", subject_id), ""])
    told = messages.select_related("data").prefetch_related("decisions").order_by("intended_at")
    decisions = sorted(row.decisions.all(), key=lambda each: each.pk)
    return Entry(row, tuple(decisions), tuple(told))


def _who(play: Play, over: str, subject_id: str) -> Who | None:
    """Whom the play's entry would ask of; None for an account of a play over people."""
    if play.over == PERSON:
        if over == ACCOUNT:
            return None
        accounts = _accounts_of(subject_id)
        return Who(PERSON, subject_id, accounts[0] if accounts else subject_id)
    if over == ACCOUNT:
        return Who(ACCOUNT, subject_id, subject_id)
    accounts = _accounts_of(subject_id)
    return Who(ACCOUNT, accounts[0], accounts[0]) if accounts else None


def _accounts_of(person_id: str) -> list[str]:
    rows = Membership.objects.filter(person_id=person_id, until_at=None).order_by("-since_at")
    return list(rows.values_list("account_id", flat=True))


def _people(over: str, subject_id: str, entries: Iterable[Entry]) -> list[str]:
    """The people whose reach matters: themselves, whom it was written to, or who belongs to it."""
    if over == PERSON:
        return [subject_id]
    told = {each.person_id for entry in entries for each in entry.messages} - {""}
    if not told:
        rows = Membership.objects.filter(account_id=subject_id, until_at=None)
        told = set(rows.order_by("since_at").values_list("person_id", flat=True)[:PEOPLE_MOST])
    return sorted(told)[:PEOPLE_MOST]


def _verdict(entries: Sequence[Entry], is_on: bool) -> str:
    if not entries:
        return "never" if is_on else "off"
    last = entries[-1]
    held = {message.status for message in last.messages}
    reached = {*ARRIVED, Status.SHOWN, Status.CLICKED, Status.DISMISSED, Status.DONE}
    ran_out = [each for each in last.messages if each.status == Status.EXPIRED]
    if held & reached or any(each.attempts for each in ran_out):  # shown, and not answered
        return "got"
    if held & {Status.HELD, Status.READY, Status.CLAIMED, Status.SENDING, Status.UNKNOWN}:
        return "waits"
    if last.is_left_alone:
        return "left_alone"
    return "withheld" if held else "in_it"
