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
from tenure.plays.engine import enrol
from tenure.plays.entering import Earlier, entry_key, why_not
from tenure.plays.holding_out import arms_of
from tenure.plays.models import Enrolment
from tenure.plays.parts import PERSON, Play
from tenure.plays.subjects import Subjects, Who

AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom something brought to a play. `brought_by` names it for ever."""

    who: Who
    brought_by: str
    because: str
    at: datetime


def enrol_all(home: Home, play: Play, candidates: Sequence[Candidate], now: datetime) -> int:
    """How many came in: those whom the play's rules and its condition let in."""
    entered = 0
    for start in range(0, len(candidates), AT_ONCE):
        entered += _enrol(home, play, candidates[start : start + AT_ONCE], now)
    return entered


def enrol_one(home: Home, play: Play, id: str, now: datetime, by: str) -> bool:
    """Whether somebody came in because a person said so; their conditions hold all the same.

    Raises InvalidInput for an id that is neither an account's nor a person's, as the play wants.
    """
    candidate = Candidate(_known(play, id), f"manual/{now.isoformat()}", f"manual: {by}", now)
    return bool(_enrol(home, play, [candidate], now))


def _enrol(home: Home, play: Play, candidates: Sequence[Candidate], now: datetime) -> int:
    earlier = _earlier(play, [each.who.subject_id for each in candidates])
    subjects = Subjects(home, [each.who for each in candidates], now)
    let_in: list[tuple[Candidate, str]] = []
    for each in candidates:
        key = entry_key(play.entry, each.brought_by)
        before = earlier[each.who.subject_id]
        if why_not(play.entry, before, key, each.at):
            continue
        where = play.entry.where
        if where and subjects.of(each.who).holds(where) is not True:
            continue
        before.append(Earlier(key, each.at, None))
        let_in.append((each, key))
    if not let_in:
        return 0
    accounts = {each.who.account_id for each, _ in let_in}
    arms = arms_of(home, play, accounts, now)
    rows = []
    for each, key in let_in:
        # Since it happened, not since it was read: goal and deadline count from there.
        begun_at = min(each.at, now)
        state, held = enrol(play, each.who.subject_id, key, begun_at), arms[each.who.account_id]
        rows.append(
            Enrolment(
                play=play.name,
                digest=play.digest,
                over=play.over,
                subject_id=each.who.subject_id,
                account_id=each.who.account_id,
                raw_subject_id=each.who.subject_id,
                raw_account_id=each.who.account_id,
                entry_key=key,
                because=each.because,
                arm=held.arm.name,
                share=held.arm.share,
                is_kept_back=held.is_kept_back,
                entered_at=state.entered_at,
                at=state.at,
                due_at=state.due_at,
            )
        )
    write_in_chunks(rows, _written)
    return len(rows)


def _written(rows: Sequence[Enrolment]):  # type: ignore[no-untyped-def]
    return lambda: Enrolment.objects.bulk_create(rows, ignore_conflicts=True)


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
