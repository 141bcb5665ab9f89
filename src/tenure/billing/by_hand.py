"""What a person has to do about a change that billing did not make, and when that is over.

| task key | opened when |
|---|---|
| `billing:refused:<key>` | billing refused it |
| `billing:given_up:<key>` | it was asked for in vain for too long |
| `billing:differs:<key>` | billing said that it was done, and shows otherwise |
| `billing:late:<key>` | somebody cancelled an hour ago, and billing has not taken it yet |
| `billing:host:<key>` | the host's page makes it, and failed or is not done after ten minutes |

One change is one task at a time: what becomes of it meanwhile stands in the task that is open, and
who closed one as not to be made is not asked again. Nobody is asked about changes of a test, nor
about those that a later change displaced or that a person had as a task.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from tenure.billing.by_host import is_overdue
from tenure.billing.kinds import CANCELS, SHOWN_VALUES
from tenure.billing.ledger import HOST_WITHIN
from tenure.billing.models import OPEN, BillingChange, ChangeKind, HostSaid, Status
from tenure.billing.system import Change
from tenure.tasks.models import Outcome, Task
from tenure.tasks.models import Status as TaskStatus
from tenure.tasks.work import close, open_task

BY = "tenure"
LATE_AFTER = timedelta(hours=1)
# Whoever did it closes the task as one of these; any other outcome refuses the change.
MADE = frozenset({Outcome.HELPED, Outcome.REACHED, Outcome.OTHER})
_KEY = "billing:%s:%s"
_WHY = ("refused", "given_up", "differs", "late", "host")


def ask_people(change: BillingChange, now: datetime) -> Task | None:
    """The task that this change needs as it stands, opened once; else None, and those that were
    open about it are closed by themselves."""
    if change.mode == "test":
        return None
    why = _needs_somebody(change, now)
    if why is None:
        if change.counts or change.superseded_by:
            _close_open(change, now)
        return None
    text = {
        "refused": _("The billing system refused it: %(said)s"),
        "given_up": _("It was asked for in vain since %(asked)s: %(said)s"),
        "differs": _("The billing system said that it was done, and shows otherwise: %(said)s"),
        "host": _("Your own page was to make this change, and billing does not show it: %(said)s"),
        "late": _("They cancelled, and the billing system has not taken it yet: %(said)s"),
    }[why] % {"said": _said(change, why), "asked": f"{change.asked_at:%Y-%m-%d %H:%M} UTC"}
    because = {"kind": "billing_change", "key": change.key, "text": text}
    asked_before = _asked_before(change, why)
    if asked_before is not None:
        if asked_before.status == TaskStatus.OPEN and asked_before.because != because:
            asked_before.because = because
            asked_before.save(update_fields=["because"])
        return asked_before
    return open_task(
        key=_KEY % (why, change.key),
        title=_("Put right in billing: %(what)s") % {"what": change_in_words(change.as_change)},
        because=because,
        account_id=change.account_id,
        due_on=_today(now),
        checklist=[
            _("Look at the subscription in billing"),
            _("Make the change there as it was promised"),
            _("Tell the account, when it will be otherwise or later than promised"),
        ],
        now=now,
        by=BY,
    )


def person_by_on(change: BillingChange) -> date | None:
    """The day by which a person makes this change or puts it right; None where nobody has to."""
    keys = [_KEY % (why, change.key) for why in (*_WHY, "do")]
    found = Task.objects.filter(key__in=keys, status=TaskStatus.OPEN, due_on__isnull=False)
    return found.order_by("due_on").values_list("due_on", flat=True).first()


def change_in_words(change: Change) -> str:
    """A change on one line: its kind, what was promised, and of which subscription."""
    shown = {name: value for name, value in change.values.items() if name in SHOWN_VALUES}
    promised = ", ".join(f"{name} {value}" for name, value in shown.items())
    what = ChangeKind(change.kind).label + (f" ({promised})" if promised else "")
    return f"{what}: {change.subscription_id or change.account_id}"[:250]


def _needs_somebody(change: BillingChange, now: datetime) -> str | None:
    # What a person does has a task of its own, and was refused by a person.
    is_by_person = change.reference.startswith("task:")
    if change.superseded_by or (is_by_person and change.status != Status.DONE):
        return None
    if change.status in (Status.REFUSED, Status.GIVEN_UP):
        return str(change.status)
    if change.status == Status.DONE and change.differs and change.reads_until is None:
        return "differs"
    if change.by_host:
        return "host" if is_overdue(change, now, HOST_WITHIN) else None
    is_late = now - change.asked_at >= LATE_AFTER
    is_in_vain = change.status in OPEN and change.attempts > 0
    return "late" if change.kind in CANCELS and is_in_vain and is_late else None


def _asked_before(change: BillingChange, why: str) -> Task | None:
    """The task about this change that stands, or in which a person found that it is not to be made;
    None where a person made it and billing shows otherwise, which is to be looked at again."""
    keys = [_KEY % (each, change.key) for each in _WHY if each != why]
    last = Task.objects.filter(key__in=keys).order_by("pk").last()
    if last is None or (last.status != TaskStatus.OPEN and last.outcome in MADE):
        return None
    return last


def _said(change: BillingChange, why: str) -> str:
    said = "; ".join(change.differs) if why == "differs" else change.why
    if why == "host" and change.host_said == HostSaid.FAILED:
        told = change.calls.filter(what="host_said", said=HostSaid.FAILED).last()
        said = told.message if told is not None else said
    return said or _("it gave no reason")


def _close_open(change: BillingChange, now: datetime) -> None:
    keys = [_KEY % (why, change.key) for why in _WHY]
    for task in Task.objects.filter(key__in=keys, status=TaskStatus.OPEN):
        close(task, Outcome.RESOLVED_ITSELF, now=now, by=BY)


def _today(now: datetime) -> date:
    return now.astimezone(ZoneInfo(settings.TENURE_HOME.company.time_zone)).date()
