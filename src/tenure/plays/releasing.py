"""What plays let go of what is held: if the play is on, as its replay foretold, and still wanted.

Whatever has waited is asked anew before it goes: the exit, the goal, until when it is of use, and
its words, so that a trial that was extended is never told its old end.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q

from tenure.base.errors import TenureError
from tenure.base.home import Home
from tenure.messages.models import Message, Status
from tenure.messages.origin import Anew, Volume
from tenure.messages.planning import Released, Stops, release_due
from tenure.plays.asking import Asking
from tenure.plays.doing import Doing
from tenure.plays.fault_words import fault_words
from tenure.plays.ledger_rows import enrolment_of
from tenure.plays.mailing import written_anew
from tenure.plays.models import Enrolment, PlayReplay
from tenure.plays.moments import instant_of
from tenure.plays.parts import Act, Play
from tenure.plays.parts import Message as Said
from tenure.plays.showing import shown_anew
from tenure.plays.steps_gone import WHY, step_of
from tenure.plays.subjects import Subject, Subjects, Who
from tenure.plays.switching import plays_on
from tenure.plays.turns import EXIT, GOAL, MERGED, STEP_GONE, Effect

# What a play, a card or a trait may say that no message can be written of.
UNWRITABLE = (TenureError, ArithmeticError, LookupError, TypeError, ValueError)
# Columns that a message which is written anew takes over.
_WORDS = (
    "recipient", "subject", "text", "html", "payload", "headers", "template_digest", "valid_until",
)  # fmt: skip


def release_held(home: Home, now: datetime, *, stops: Stops = lambda: False) -> Released:
    """Plan what is held of plays and due by now; how many, by the status that they have then."""
    return release_due(home, now, PlaysOrigin(home), stops=stops)


class PlaysOrigin:
    """What the planner asks of plays; `messages.origin.Origin`."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def look_anew(self) -> None:
        """A round may take long, and a play be switched off or edited meanwhile."""
        for kept in ("_on", "_volumes"):
            self.__dict__.pop(kept, None)

    @cached_property
    def _on(self) -> dict[str, Play]:
        return {play.name: play for play in plays_on()}

    @cached_property
    def _volumes(self) -> dict[str, dict[str, list[int]]]:
        digests = {play.digest: name for name, play in self._on.items()}
        rows = PlayReplay.objects.filter(digest__in=digests)
        return {digests[row.digest]: row.summary.get("step_volume", {}) for row in rows}

    def is_off(self, play: str) -> bool:
        return play not in self._on

    def volume(self, play: str, step: str) -> Volume | None:
        replayed = self._volumes.get(play)
        if replayed is None:
            return None
        in_an_hour, in_a_day = replayed.get(step, (0, 0))
        people = self._on[play].to.at_most
        return Volume(in_an_hour * people, in_a_day * people)

    def anew(self, stale: Sequence[Message], now: datetime) -> Mapping[int, Anew]:
        """Of each message whose play can be read: not wanted any more, or as it is written now."""
        rows = enrolments_of(stale)
        known = [each for each in stale if each.enrolment in rows and each.play in self._on]
        whos = [_who(rows[each.enrolment]) for each in known]
        subjects = Subjects(self.home, whos, now)
        found: dict[int, Anew] = {}
        doing: list[tuple[Message, Doing]] = []
        asking = Asking()
        for message, who in zip(known, whos, strict=True):
            row, play, subject = rows[message.enrolment], self._on[message.play], subjects.of(who)
            try:
                if because := _why_not(row, play, subject.holds, message):
                    found[message.pk] = Anew({}, because=because)
                elif (again := _doing(message, (play, asking), row, subject)) is not None:
                    doing.append((message, again))
            except UNWRITABLE as error:
                found[message.pk] = _failed(error)
        for pk, fresh in self._written(doing, now).items():
            found[pk] = _anew(fresh) if isinstance(fresh, Message) else fresh
        return found

    def _written(
        self, doing: Sequence[tuple[Message, Doing]], now: datetime
    ) -> dict[int, Message | Anew]:
        """All of these at once; where one cannot be written, each by itself."""
        try:
            return {
                **written_anew(self.home, doing, now),
                **shown_anew(self.home, doing, now),
            }
        except UNWRITABLE as error:
            if len(doing) == 1:
                return {doing[0][0].pk: _failed(error)}
        found: dict[int, Message | Anew] = {}
        for each in doing:
            found |= self._written([each], now)
        return found


def _doing(
    message: Message, of: tuple[Play, Asking], row: Enrolment, subject: Subject
) -> Doing | None:
    """What the message does, as its step would do it now; None of one that no person gets."""
    play, asking = of
    step = step_of(play, message.step, message.channel)
    if step is None or not isinstance(step.act, Said):
        return None
    effect = Effect(
        key=message.key.rpartition("/")[0],
        step=message.step,
        what=step.act,
        planned_at=message.intended_at,
        valid_until=_valid_until(message, play, step.act, subject),
    )
    return Doing(play, row, effect, subject, asking.of(play, step.act))


def _failed(error: BaseException) -> Anew:
    """One message that cannot be written any more keeps no other waiting."""
    return Anew({}, because={"code": "template", "why": fault_words(error)})


def _anew(fresh: Message) -> Anew:
    if fresh.status != Status.HELD:
        return Anew({}, because={**fresh.because, "why": fresh.why})
    return Anew({name: getattr(fresh, name) for name in _WORDS}, fresh.values_used)


def _why_not(
    row: Enrolment, play: Play, holds: Callable[[str], bool | None], message: Message
) -> dict[str, str]:
    """Why somebody who was to be told does not have to be any more; empty: they do."""
    if step_of(play, message.step, message.channel) is None:
        return {"code": STEP_GONE, "step": message.step, "why": WHY}
    if row.ended_because in (EXIT, GOAL):
        return {"code": row.ended_because}
    if row.ended_because == MERGED:  # whom they are now is told by the enrolment that stays
        return {"code": EXIT}
    goal = play.goal.where if play.goal is not None and play.goal.ends else ""
    for code, where in ((EXIT, play.exit.where), (GOAL, goal)):
        if where and holds(where) is True:
            return {"code": code, "where": where}
    return {}


def enrolments_of(messages: Iterable[Message]) -> dict[str, Enrolment]:
    """The enrolment of each message, by its key."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for each in messages:
        wanted[each.play] |= {each.account_id, each.person_id} - {""}
    found = {}
    for play, ids in wanted.items():
        rows = Enrolment.objects.filter(play=play)
        named = Q(raw_account_id__in=ids) | Q(raw_subject_id__in=ids)
        # Whom the ids stand for may have changed since, by a merge.
        for row in rows.filter(named | Q(account_id__in=ids) | Q(subject_id__in=ids)):
            found[enrolment_of(row)] = row
    return found


def _valid_until(message: Message, play: Play, act: Act, subject: Subject) -> datetime | None:
    """Until when it is of use, by the date as it is now."""
    column = act.valid_until if isinstance(act, Said) else ""
    ends = instant_of(subject.value(column), subject.company_zone) if column else None
    if ends is None:
        return message.valid_until
    if play.deadline_hours is None:
        return ends
    return min(ends, message.intended_at + timedelta(hours=play.deadline_hours))


def _who(row: Enrolment) -> Who:
    return Who(row.over, row.subject_id, row.account_id)
