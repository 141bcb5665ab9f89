"""What was found of each save is written down: its standing as it is now, its answers for ever."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from tenure.saves.due import AT_DAYS, RENEWAL
from tenure.saves.judging import Answer, Judged
from tenure.saves.models import Applying, CheckAnswer, Save, SaveCheck, Status
from tenure.saves.shown import OutcomeOn

Outcomes = Mapping[tuple[int, date], OutcomeOn | None]
AT_ONCE = 100  # rows are held for a moment only: somebody may be waiting to accept or to leave
APPLIED = (Applying.READ_BACK, Applying.NOTHING_TO_DO)
_SAVED = (
    "status", "next_renewal_on", "renewal_paid_on", "kept_on", "gone_on", "lost_because",
    "returned_on", "decided_at", "proved_at", "paid_minor", "forgone_minor",
)  # fmt: skip
_ANSWERED = (
    "due_on", "is_active", "is_paying", "is_paused", "is_leaving", "outcome", "price_minor",
    "promised_minor", "is_outcome_reached", "seen_at", "evidence", "answers_given",
)  # fmt: skip


def keep(
    saves: Sequence[Save], judged: Mapping[int, Judged], outcomes: Outcomes, now: datetime
) -> Iterator[dict[str, int]]:
    """How many saves and answers each short transaction wrote; what is so already is left."""
    for first in range(0, len(saves), AT_ONCE):
        ids = [save.pk for save in saves[first : first + AT_ONCE]]
        with transaction.atomic():
            yield _keep(ids, judged, outcomes, now)


def _keep(
    ids: list[int], judged: Mapping[int, Judged], outcomes: Outcomes, now: datetime
) -> dict[str, int]:
    # The row of a save stands for its checks too: whoever has it writes them.
    held = Save.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    changed = [save for save in held if _settle(save, judged[save.pk], now)]
    _write(changed, _SAVED)
    checks: dict[tuple[int, int], SaveCheck] = {
        (check.save_of_id, check.at_days): check
        for check in SaveCheck.objects.filter(save_of_id__in=ids)
    }
    _plan(held, checks)
    moved, answers = [], []
    for (save_id, at_days), check in sorted(checks.items()):
        found = judged[save_id]
        answer = found.answers.get(at_days)
        due_on = found.renewal_on if at_days == RENEWAL and found.renewal_on else check.due_on
        outcome = outcomes.get((save_id, answer.day)) if answer else None
        said = _said(answer, outcome) if answer else None
        if said is None:
            # A correction may leave a renewal unanswered that seemed to have been.
            if check.due_on == due_on:
                continue
            check.due_on = due_on
            moved.append(check)
        elif said != _said_before(check) or check.due_on != due_on:
            check.due_on = due_on
            if said != _said_before(check):
                _take(check, said, now)
                answers.append(_answer(check, said, now))
            moved.append(check)
    _write(moved, _ANSWERED)
    CheckAnswer.objects.bulk_create(answers)
    return {"saves": len(changed), "answers": len(answers)}


def _write(rows: Sequence[Save] | Sequence[SaveCheck], fields: Sequence[str]) -> None:
    """Update rows that are there and held, many times as fast as one CASE for each field does."""
    if rows:
        type(rows[0]).objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["id"], update_fields=fields
        )


def _settle(save: Save, found: Judged, now: datetime) -> bool:
    """Whether anything that is kept of a save is otherwise now."""
    before = [getattr(save, name) for name in _SAVED]
    gone = found.gone
    save.kept_on, save.renewal_paid_on = found.kept_on, found.renewal_paid_on
    save.next_renewal_on = found.renewal_on or save.next_renewal_on
    save.gone_on, save.returned_on = gone.on if gone else None, found.returned_on
    save.paid_minor, save.forgone_minor = found.paid_minor, found.forgone_minor
    status = _status(save, found)
    save.lost_because = gone.because if gone is not None and status == Status.LOST else ""
    if status not in (Status.KEPT, Status.LOST):
        save.decided_at = None
    elif save.status != status or save.decided_at is None:
        save.decided_at = now
    save.status = status
    save.proved_at = save.proved_at or now
    return before != [getattr(save, name) for name in _SAVED]


def _status(save: Save, found: Judged) -> str:
    is_applied = save.applying in APPLIED
    if found.kept_on is not None and is_applied:
        return Status.KEPT
    if found.gone is not None and found.kept_on is None:
        return Status.LOST
    if not is_applied:
        return Status.ACCEPTED
    return Status.PROVISIONAL if found.answers else Status.APPLIED


def _plan(saves: Sequence[Save], checks: dict[tuple[int, int], SaveCheck]) -> None:
    """Every check that a save is to have, where one is missing."""
    missing = []
    for save in saves:
        days = {at: save.opened_on + timedelta(days=at) for at in AT_DAYS}
        if save.next_renewal_on is not None:
            days[RENEWAL] = save.next_renewal_on
        missing += [
            SaveCheck(save_of=save, at_days=at, due_on=due_on)
            for at, due_on in days.items()
            if (save.pk, at) not in checks
        ]
    for check in SaveCheck.objects.bulk_create(missing):
        checks[check.save_of_id, check.at_days] = check


def _said(answer: Answer, outcome: OutcomeOn | None) -> dict[str, Any]:
    return {
        "is_active": answer.is_active,
        "is_paying": answer.is_paying,
        "is_paused": answer.is_paused,
        "is_leaving": answer.is_leaving,
        "price_minor": answer.price_minor,
        "promised_minor": answer.promised_minor,
        "outcome": outcome.outcome if outcome else "",
        "is_outcome_reached": outcome.is_reached if outcome else None,
        "evidence": list(answer.evidence),
    }


def _said_before(check: SaveCheck) -> dict[str, Any] | None:
    if check.seen_at is None:
        return None
    return {
        "is_active": check.is_active,
        "is_paying": check.is_paying,
        "is_paused": check.is_paused,
        "is_leaving": check.is_leaving,
        "price_minor": check.price_minor,
        "promised_minor": check.promised_minor,
        "outcome": check.outcome,
        "is_outcome_reached": check.is_outcome_reached,
        "evidence": check.evidence,
    }


def _take(check: SaveCheck, said: Mapping[str, Any], now: datetime) -> None:
    for name, value in said.items():
        setattr(check, name, value)
    check.seen_at = now
    check.answers_given += 1


def _answer(check: SaveCheck, said: Mapping[str, Any], now: datetime) -> CheckAnswer:
    return CheckAnswer(
        check_of=check,
        number=check.answers_given,
        answered_at=now,
        due_on=check.due_on,
        said=dict(said),
    )
