"""The ladder for the silent: a mail, then a call, then a visit; each a task of one owner.

    begin(verdict, owner, ...)     opens the first rung
    note(verdict, outcome, ...)    what came of the rung that is open
    follow_ladders(now)            rungs whose task was closed on the page of tasks

It goes up only where nobody answered. It ends with the first talk, with the last rung, and at the
first no: that is kept for ever, closes the case, and nobody asks again.
"""

from datetime import date, datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from tenure.base.errors import Conflict, InvalidInput
from tenure.base.ids import digest
from tenure.card.models import AccountCard
from tenure.reasons.models import LadderRung, WorthVerdict
from tenure.reasons.review_models import Rung, RungOutcome, Worth
from tenure.reasons.worth_file import WorthRules
from tenure.reasons.worth_refusals import note_no, said_no
from tenure.reasons.worth_rules import worth_rules
from tenure.tasks.models import DROPPING, Outcome, Task
from tenure.tasks.work import close, open_task

ORDER = tuple(Rung.values)
SAID_NO = "said_no"  # why a case was closed
TASK_KIND = "worth"
# What the page of tasks calls an outcome, and what it is on a ladder.
AS_RUNG = {
    Outcome.NO_ANSWER.value: RungOutcome.SILENT,
    Outcome.HELPED.value: RungOutcome.TALKED,
    Outcome.REACHED.value: RungOutcome.TALKED,
    Outcome.OTHER.value: RungOutcome.TALKED,
    Outcome.LEFT_ANYWAY.value: RungOutcome.TALKED,
}
AS_TASK = {
    RungOutcome.SILENT: Outcome.NO_ANSWER,
    RungOutcome.TALKED: Outcome.REACHED,
    RungOutcome.NO: Outcome.REACHED,
    RungOutcome.DROPPED: Outcome.NOT_NEEDED,
}


@transaction.atomic
def begin(
    verdict: WorthVerdict, owner: AbstractBaseUser, *, today: date, now: datetime, by: str
) -> LadderRung:
    """The first rung, with a task for its owner today; the one that there is, if it was begun.

    Raises Conflict where the case is over, somebody of the account said no, or it is not worth it:
    whoever sees it otherwise gives another verdict first.
    """
    current = _locked(verdict)
    _check_open(current)
    first = current.rungs.order_by("id").first()
    if first is not None:
        return first
    if current.held_code != Worth.YES:
        raise Conflict(
            f"the verdict is {current.held_code!r}: no effort is spent; give another verdict first"
        )
    WorthVerdict.objects.filter(pk=current.pk).update(owner=owner)
    current.owner = owner
    return _open(current, Rung.MAIL, today, now, by)


@transaction.atomic
def note(
    verdict: WorthVerdict, outcome: str, text: str = "", *, today: date, now: datetime, by: str
) -> LadderRung | None:
    """The rung that is open after this, or None where the ladder has ended.

    Raises InvalidInput for an outcome that is none, Conflict where no rung is open.
    """
    if outcome not in RungOutcome.values:
        raise InvalidInput(
            f"outcome: {outcome!r} is none; use one of {', '.join(RungOutcome.values)}",
            field="outcome",
        )
    current = _locked(verdict)
    rung = current.rungs.filter(outcome="").select_related("task").order_by("id").last()
    if rung is None:
        raise Conflict("no rung of this ladder is open; look at the account again")
    if rung.task is not None and rung.task.is_open:
        close(rung.task, AS_TASK[RungOutcome(outcome)].value, text, now=now, by=by)
    return _ended(current, rung, outcome, text, today=today, now=now, by=by)


@transaction.atomic
def refuse(account_id: str, text: str = "", *, how: str = "", now: datetime, by: str) -> None:
    """Somebody said no, on a rung or in any other way: every ladder of the account ends."""
    said = note_no(account_id, text=text, how=how, now=now, by=by)
    for case in WorthVerdict.objects.select_for_update().filter(
        account_id=said.account_id, closed_at=None
    ):
        end_rungs(case, RungOutcome.NO, text, now=now, by=by)
        WorthVerdict.objects.filter(pk=case.pk).update(closed_at=now, closed_because=SAID_NO)


def end_rungs(
    case: WorthVerdict, outcome: RungOutcome, text: str = "", *, now: datetime, by: str
) -> None:
    """The rungs of a case that are open end so, with their tasks: nobody is asked any more."""
    for rung in case.rungs.filter(outcome="").select_related("task"):
        if rung.task is not None and rung.task.is_open:
            close(rung.task, AS_TASK[outcome].value, text, now=now, by=by)
        _note(rung, outcome, text, now, by)


def follow_ladders(today: date, now: datetime) -> int:
    """How many rungs ended because their task was closed, or has gone."""
    standing = LadderRung.objects.filter(outcome="").select_related("task", "verdict__owner")
    ended = 0
    for rung in standing.order_by("id"):
        if rung.task is not None and rung.task.is_open:
            continue
        with transaction.atomic():
            current = _locked(rung.verdict)
            held = LadderRung.objects.filter(pk=rung.pk, outcome="").first()
            if held is None:
                continue
            task = rung.task
            outcome = _outcome_of(task)
            by, text = (task.closed_by, task.outcome_text) if task else ("tenure", "")
            _ended(current, held, outcome, text, today=today, now=now, by=by)
            ended += 1
    return ended


def _outcome_of(task: Task | None) -> str:
    if task is None or task.outcome in DROPPING:
        return RungOutcome.DROPPED
    return AS_RUNG.get(task.outcome, RungOutcome.DROPPED)


def _ended(
    verdict: WorthVerdict,
    rung: LadderRung,
    outcome: str,
    text: str,
    *,
    today: date,
    now: datetime,
    by: str,
) -> LadderRung | None:
    """Note what came of a rung; open the next where nobody answered and nothing speaks against."""
    _note(rung, outcome, text, now, by)
    if outcome == RungOutcome.NO:
        refuse(verdict.account_id, text, how=rung.rung, now=now, by=by)
        return None
    if outcome != RungOutcome.SILENT or verdict.closed_at is not None:
        return None
    rules = worth_rules()
    after = next_rung(rung.rung, verdict.margin_minor, rules)
    if after is None or verdict.owner is None or said_no(verdict.account_id):
        return None
    days = rules.call_after_days if after == Rung.CALL else rules.visit_after_days
    return _open(verdict, after, today + timedelta(days=days), now, by)


def next_rung(rung: str, margin_minor: int, rules: WorthRules) -> str | None:
    """The rung after this one; None after the last, and where a visit would cost too much."""
    place = ORDER.index(rung) + 1
    if place >= len(ORDER):
        return None
    after = ORDER[place]
    if after == Rung.VISIT and margin_minor < rules.visit_from_margin_minor:
        return None
    return after


def _open(verdict: WorthVerdict, rung: str, due_on: date, now: datetime, by: str) -> LadderRung:
    name = AccountCard.objects.filter(pk=verdict.account_id).values_list("name", flat=True).first()
    title = {
        Rung.MAIL: _("Write to %(name)s: one question"),
        Rung.CALL: _("Call %(name)s"),
        Rung.VISIT: _("Visit %(name)s"),
    }[Rung(rung)] % {"name": name or verdict.account_id}
    task = open_task(
        key=f"worth:{digest(verdict.key, rung)}",
        title=title,
        because={
            "kind": TASK_KIND,
            "key": verdict.key,
            "text": _("They are worth saving. If they say no, note it there: nobody asks again."),
        },
        account_id=verdict.account_id,
        owner=verdict.owner,
        due_on=due_on,
        now=now,
        by=by,
    )
    return LadderRung.objects.create(
        verdict=verdict, rung=rung, task=task, opened_at=now, opened_by=by
    )


def _note(rung: LadderRung, outcome: str, text: str, now: datetime, by: str) -> None:
    LadderRung.objects.filter(pk=rung.pk).update(
        outcome=outcome, text=text.strip(), ended_at=now, ended_by=by
    )


def _locked(verdict: WorthVerdict) -> WorthVerdict:
    return (
        WorthVerdict.objects.select_for_update(of=("self",))
        .select_related("owner")
        .get(pk=verdict.pk)
    )


def _check_open(verdict: WorthVerdict) -> None:
    if said_no(verdict.account_id):
        raise Conflict("somebody of this account said no; nobody asks again")
    if verdict.closed_at is not None:
        raise Conflict("this case is over; look at the account again")
