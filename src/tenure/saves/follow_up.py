"""What the owner of an account does after a save: on days 3, 14, 30, 60, 90 and 150.

    follow_up(home, now)

A task is opened when its day has come and not before, because what there is to do depends on how
things go: on the kind of offer at first, then on what is not going well. It is dropped when the
save is lost or kept.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from tenure.base.home import Home
from tenure.card.models import AccountCard
from tenure.lake.reading import company_day
from tenure.saves.due import rests_until
from tenure.saves.models import (
    Applying,
    Commitment,
    Kind,
    Save,
    SaveCheck,
    Side,
    Standing,
    Status,
)
from tenure.saves.promised import is_as_promised
from tenure.tasks.models import Outcome, Task
from tenure.tasks.models import Status as TaskStatus
from tenure.tasks.work import close, open_task

DAYS = (3, 14, 30, 60, 90, 150)
BY = "tenure"
# Who was not looked at for so long does not get a task for a day that is long over.
LATE_BY = 7
SOON = timedelta(days=14)
_OPEN = (Status.ACCEPTED, Status.APPLIED, Status.PROVISIONAL)


@dataclass(frozen=True, slots=True)
class Going:
    """What is known of one save when its task is written."""

    save: Save
    today: date
    last: SaveCheck | None = None  # the last check that was answered
    commitments: list[Commitment] = field(default_factory=list)  # open or broken


def follow_up(home: Home, now: datetime) -> int:
    """How many tasks were opened; each save has one for each day at most."""
    today = company_day(home, now)
    _drop(now)
    saves = list(_due(today))
    if not saves:
        return 0
    ids = [save.pk for save in saves]
    last: dict[int, SaveCheck] = {}
    for check in SaveCheck.objects.filter(save_of_id__in=ids, seen_at__isnull=False).order_by(
        "due_on"
    ):
        last[check.save_of_id] = check
    owed: dict[int, list[Commitment]] = {}
    open_ones = Commitment.objects.filter(
        save_of_id__in=ids, standing__in=(Standing.OPEN, Standing.BROKEN)
    )
    for commitment in open_ones.order_by("due_on"):
        owed.setdefault(commitment.save_of_id or 0, []).append(commitment)
    for save in saves:
        _open(Going(save, today, last.get(save.pk), owed.get(save.pk, [])), now)
    return len(saves)


def day_due(save: Save, today: date) -> int | None:
    """The last day of the timetable that has come and has no task yet; None when none has."""
    passed = (today - save.opened_on).days
    come = [day for day in DAYS if day <= passed and day > save.follow_up_days]
    return come[-1] if come and passed - come[-1] <= LATE_BY else None


def _due(today: date) -> list[Save]:
    saves = Save.objects.filter(
        mode="live",
        kind=Kind.SAVE,
        superseded_by="",
        status__in=_OPEN,
        opened_on__gte=today - timedelta(days=DAYS[-1] + LATE_BY),
        opened_on__lte=today - timedelta(days=DAYS[0]),
    )
    return [save for save in saves.order_by("pk") if day_due(save, today) is not None]


@transaction.atomic
def _open(standing: Going, now: datetime) -> None:
    save, day = standing.save, day_due(standing.save, standing.today)
    name = AccountCard.objects.filter(account_id=save.account_id).values_list("name", flat=True)
    open_task(
        key=f"{save.key}:day:{day}",
        title=_("Day %(day)s after %(name)s stayed: %(what)s")
        % {"day": day, "name": name.first() or save.account_id, "what": headline(standing)},
        because={"kind": "save", "key": save.key, "day": day},
        account_id=save.account_id,
        person_id=save.promised_by,
        owner=_owner(save),
        due_on=standing.today,
        checklist=steps(standing, int(day or 0)),
        now=now,
        by=BY,
    )
    Save.objects.filter(pk=save.pk).update(follow_up_days=day)


def headline(standing: Going) -> str:
    """What matters most of all that is not going well, in a few words."""
    return next(iter(troubles(standing).values()), (_("see that it goes well"), ""))[0]


def steps(standing: Going, day: int) -> list[str]:
    """What to do on a day: first what goes wrong, then what the kind of offer asks for."""
    wanted = [step for _headline, step in troubles(standing).values()]
    return [*wanted, *_of_kind(standing.save, day)]


def troubles(standing: Going) -> dict[str, tuple[str, str]]:
    """What is not going well, the worst first: by code, a headline and what to do."""
    save, last, today = standing.save, standing.last, standing.today
    found: dict[str, tuple[str, str]] = {}
    if save.applying in (Applying.REFUSED, Applying.DIFFERS):
        found["not_applied"] = (
            _("billing does not show what we promised"),
            _("Put right in billing what was promised, and tell the customer"),
        )
    if last is not None and not is_as_promised(last.price_minor or 0, last.promised_minor):
        found["price"] = (
            _("they pay more than we promised"),
            _("Put the price right, pay back the difference, and say so"),
        )
    broken = [each for each in standing.commitments if each.standing == Standing.BROKEN]
    if any(each.side == Side.US for each in broken):
        found["ours_broken"] = (
            _("we have not done what we promised"),
            _("Do what we promised, or agree on a new day: it is ours that is late"),
        )
    if last is not None and last.is_outcome_reached is False:
        found["outcome"] = (
            _("they do not reach what they bought us for"),
            _("Find the step at which they are stuck, and do it with them"),
        )
    if last is not None and last.is_active and not last.is_paying and not last.is_paused:
        found["unpaid"] = (
            _("their payment has not come"),
            _("Ask whether the card or the invoice is the trouble, before billing does"),
        )
    until = rests_until(save.offer_kind, save.terms)
    if until is not None and today <= until <= today + SOON:
        found["rest_ends"] = (
            _("their pause ends on %(day)s") % {"day": until.isoformat()},
            _("Agree on how they start again, and what they want to reach first"),
        )
    due = [each for each in standing.commitments if each.standing == Standing.OPEN]
    if due or broken:
        first = (broken or due)[0]
        found.setdefault(
            "commitment",
            (
                _("a commitment is due on %(day)s") % {"day": first.due_on.isoformat()},
                _("Ask how it goes with: %(text)s") % {"text": first.text[:200]},
            ),
        )
    return found


def _of_kind(save: Save, day: int) -> list[str]:
    """What the kind of offer asks for, early and later."""
    if day <= DAYS[1]:
        early = {
            "training": _("See that the training has a day, and that the right people come"),
            "advice": _("See that the session has a day, and what they want from it"),
            "human": _("See that somebody has spoken with them"),
            "partner": _("See that the partner has been in touch"),
            "cheaper_plan": _("See that everything that they use still works on the new plan"),
            "discount": _("Ask what the price has to buy, and start with that"),
            "free_months": _("Ask what they want to reach in the free time, and start with that"),
            "refund": _("Ask whether the money has arrived, and what went wrong"),
            "trial_extension": _("Agree on what they have to see before the trial ends"),
            "pause": _("Leave them in peace; see that nothing is billed"),
            "dormant": _("Leave them in peace; see that nothing is billed"),
        }
        return [early.get(save.offer_kind, _("Ask whether they got what they were promised"))]
    later = [_("Ask one question: is it worth its money to them now?")]
    if save.offer_kind in ("discount", "free_months"):
        later.append(_("Before the price goes back, show them what they got for it"))
    return later


def _owner(save: Save) -> AbstractBaseUser | None:
    """Who had the last task of this account."""
    task = (
        Task.objects.filter(account_id=save.account_id, owner__isnull=False)
        .order_by("-created_at")
        .select_related("owner")
        .first()
    )
    return task.owner if task is not None else None


def _drop(now: datetime) -> None:
    """Drop the tasks of saves that are settled: nobody has to do them any more."""
    waiting = list(Task.objects.filter(status=TaskStatus.OPEN, key__startswith="save:"))
    if not waiting:
        return
    keys = {str(task.key).rsplit(":day:", 1)[0] for task in waiting}
    settled = Save.objects.filter(key__in=keys, status__in=(Status.KEPT, Status.LOST))
    over = dict(settled.values_list("key", "status"))
    for task in waiting:
        status = over.get(str(task.key).rsplit(":day:", 1)[0])
        if status == Status.LOST:
            close(task, Outcome.NOT_NEEDED, _("They have left."), now=now, by=BY)
        elif status == Status.KEPT:
            close(task, Outcome.NOT_NEEDED, _("They were kept."), now=now, by=BY)
