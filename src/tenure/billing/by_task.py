"""A person as billing system: a task with all the terms, and facts that show it was done."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from tenure.base.clock import Clock, system_clock
from tenure.base.home import Home
from tenure.billing.by_hand import BY, MADE, change_in_words
from tenure.billing.kinds import KINDS
from tenure.billing.known_terms import terms_known
from tenure.billing.system import WITHIN_S, Answer, Change, Terms
from tenure.definitions.toml_file import Fields
from tenure.tasks.models import Outcome, Status, Task
from tenure.tasks.work import open_task

REFERENCE = "task:"
# How soon the task is looked at again: after a twentieth of the time that it is open, within these.
LOOKS_AGAIN_S = (30.0, 1800.0)
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class TaskBilling:
    """The facts that arrive from billing settle it, so for some days they may be missing."""

    home: Home
    settles_within_s: float = 3 * DAY_S
    clock: Clock = system_clock
    can: frozenset[str] = frozenset(KINDS)
    gives_up_after_s: float | None = None  # somebody has it on a list
    name: str = "task"

    def perform(self, change: Change, within_s: float = WITHIN_S) -> Answer:
        """Pending while the task is open; then what its outcome says."""
        now = self.clock()
        with transaction.atomic():
            task = self._task(change, now)
        reference = f"{REFERENCE}{task.pk}"
        if task.status == Status.OPEN:
            waits = _("a person has it as a task")
            least_s, most_s = LOOKS_AGAIN_S
            wait_s = min(max((now - change.asked_at).total_seconds() / 20, least_s), most_s)
            return Answer(
                status="pending", reference=reference, message=waits, retry_after_s=wait_s
            )
        status = "done" if task.outcome in MADE else "refused"
        message = task.outcome_text or Outcome(task.outcome).label
        return Answer(status=status, reference=reference, message=f"{task.closed_by}: {message}")

    def read_back(
        self, account_id: str, subscription_id: str, within_s: float = WITHIN_S
    ) -> Terms | None:
        """The terms that billing facts have. Raises Unavailable when the lake cannot be read."""
        return terms_known(self.home, account_id, subscription_id, self.clock())

    def ping(self, within_s: float = WITHIN_S) -> Answer:
        """Always there: changes become tasks."""
        return Answer(status="done", message=_("changes of billing become tasks for people"))

    def _task(self, change: Change, now: datetime) -> Task:
        terms = [f"{name}: {value}" for name, value in change.values.items()]
        return open_task(
            key=f"billing:do:{change.key}",
            title=_("Make this change in billing: %(what)s") % {"what": change_in_words(change)},
            because={
                "kind": "billing_change",
                "key": change.key,
                "text": _(
                    "It was promised at %(at)s UTC. Close this task as helped once it is made."
                )
                % {"at": f"{change.asked_at:%Y-%m-%d %H:%M}"},
            },
            account_id=change.account_id,
            due_on=now.astimezone(ZoneInfo(self.home.company.time_zone)).date(),
            checklist=[each[:300] for each in terms[:20]],
            now=now,
            by=BY,
        )


def task_system(home: Home, read: Fields) -> TaskBilling:
    """The person of `[billing] system = "task"`. Raises BadDefinition for a mistake there."""
    days = read.number("settles_within_days", 3.0)
    if not 0 <= days <= 60:
        raise read.refuse("settles_within_days", f"{days:g} is out of range; use 0 to 60")
    return TaskBilling(home, settles_within_s=days * DAY_S)
