"""Who comes into a play: by its rules, each once, with the arm that chance gave their account."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.card.models import AccountCard
from tenure.customers.chunks import write_in_chunks
from tenure.customers.models import Membership, Person
from tenure.customers.upsert import Counted, Write, insert_missing
from tenure.plays.engine import enrol
from tenure.plays.entering import Earlier, entry_key, why_not
from tenure.plays.holding_out import Held, arms_of
from tenure.plays.models import Enrolment
from tenure.plays.parts import PERSON, Play
from tenure.plays.subjects import Subjects, Who
from tenure.plays.tally import add, of_new


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom something brought to a play. `brought_by` names it for ever."""

    who: Who
    brought_by: str
    because: str
    at: datetime


def enrol_all(home: Home, play: Play, candidates: Sequence[Candidate], now: datetime) -> int:
    """How many came in: those whom the play's rules and its condition let in, and who did not come
    in by another process at this moment."""
    entered = 0

    def prepare(some: Sequence[Candidate]) -> Write:
        rows = _let_in(home, play, some, now)
        insert, counts = insert_missing(Enrolment, rows), of_new(rows)

        def write() -> None:
            nonlocal entered
            came_in = _came_in(rows, insert)
            entered += len(came_in)
            add({play.name: counts if came_in is rows else of_new(came_in)})

        return write

    write_in_chunks(candidates, prepare)
    return entered


class _WereHere(Exception):
    """Some of these rows are there already."""


def _came_in(rows: Sequence[Enrolment], insert: Counted) -> Sequence[Enrolment]:
    """Those of the rows that were not there already, and are now."""
    try:
        with transaction.atomic():
            if insert() != len(rows):
                raise _WereHere
    except _WereHere:
        return [row for row in rows if insert_missing(Enrolment, [row])()]
    return rows


def enrol_one(home: Home, play: Play, id: str, now: datetime, by: str) -> bool:
    """Whether somebody came in because a person said so; their conditions hold all the same.

    Raises InvalidInput for an id that is neither an account's nor a person's, as the play wants.
    """
    candidate = Candidate(_known(play, id), f"manual/{now.isoformat()}", f"manual: {by}", now)
    return bool(enrol_all(home, play, [candidate], now))


def _let_in(
    home: Home, play: Play, candidates: Sequence[Candidate], now: datetime
) -> list[Enrolment]:
    """The enrolments of those who may come in; their arms stand from now on."""
    earlier = _earlier(play, [each.who.subject_id for each in candidates])
    where = play.entry.where
    subjects = Subjects(home, [each.who for each in candidates], now) if where else None
    let_in: list[tuple[Candidate, str]] = []
    for each in candidates:
        key = entry_key(play.entry, each.brought_by)
        before = earlier[each.who.subject_id]
        if why_not(play.entry, before, key, each.at):
            continue
        if subjects is not None and subjects.of(each.who).holds(where) is not True:
            continue
        before.append(Earlier(key, each.at, None))
        let_in.append((each, key))
    arms = arms_of(home, play, {each.who.account_id for each, _ in let_in}, now) if let_in else {}
    return [_enrolment(play, each, key, arms[each.who.account_id], now) for each, key in let_in]


def _enrolment(play: Play, each: Candidate, key: str, held: Held, now: datetime) -> Enrolment:
    who = each.who
    # Since it happened, not since it was read: goal and deadline count from there.
    state = enrol(play, who.subject_id, key, min(each.at, now))
    return Enrolment(
        play=play.name,
        digest=play.digest,
        over=play.over,
        subject_id=who.subject_id,
        account_id=who.account_id,
        raw_subject_id=who.subject_id,
        raw_account_id=who.account_id,
        entry_key=key,
        because=each.because,
        arm=held.arm.name,
        share=held.arm.share,
        is_kept_back=held.is_kept_back,
        entered_at=state.entered_at,
        at=state.at,
        due_at=state.due_at,
    )


def _earlier(play: Play, ids: Sequence[str]) -> defaultdict[str, list[Earlier]]:
    rows = Enrolment.objects.filter(play=play.name, subject_id__in=ids)
    found: defaultdict[str, list[Earlier]] = defaultdict(list)
    for row in rows.values_list("subject_id", "entry_key", "entered_at", "ended_at"):
        found[row[0]].append(Earlier(*row[1:]))
    return found


@transaction.atomic
def _known(play: Play, id: str) -> Who:
    if play.over != PERSON:
        if not AccountCard.objects.filter(pk=id).exists():
            raise InvalidInput(f"there is no account {id!r} with a card", field="account")
        return Who(play.over, id, id)
    if not Person.objects.filter(pk=id, merged_into="").exists():
        raise InvalidInput(f"there is no person {id!r}", field="person")
    accounts = Membership.objects.filter(person_id=id, until_at=None).order_by("-since_at")
    return Who(play.over, id, accounts.values_list("account_id", flat=True).first() or id)
