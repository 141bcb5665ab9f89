"""What is so of somebody who may learn something, from state alone."""

from collections.abc import Sequence

from tenure.card.models import AccountCard
from tenure.card.product import product
from tenure.content.audience import NOBODY, audiences
from tenure.content.models import LessonProgress
from tenure.content.next_lesson import Pupil
from tenure.content.stages import next_stage
from tenure.customers.merging import ids_behind
from tenure.customers.models import Membership


def pupil(account_id: str, language: str, person_id: str = "") -> Pupil:
    """This person of this account; without a person, the account as such. Ids are canonical."""
    audience = audiences([account_id]).get(account_id, NOBODY)
    finished, begun = _progress(account_id, person_id)
    sold = product()
    return Pupil(
        language=language,
        audience=audience,
        person_id=person_id,
        role=_role(account_id, person_id),
        finished=finished,
        begun=begun,
        unused=_listed(audience.values.get("paid_features_unused")),
        lacking=[
            each.name
            for each in sold.features
            if audience.plan and each.plans and audience.plan not in each.plans
        ],
        next_stage=next_stage(audience.stage),
    )


def of_accounts(language: str, limit: int) -> list[Pupil]:
    """The accounts that pay most, each as such: for a list."""
    rows = AccountCard.objects.exclude(status__in=("left", "never_paid")).order_by("-mrr_minor")
    ids = list(rows.values_list("pk", flat=True)[:limit])
    return [pupil(id, language) for id in ids]


def _progress(account_id: str, person_id: str) -> tuple[set[str], set[str]]:
    rows = LessonProgress.objects.all()
    if person_id:
        rows = rows.filter(person_id__in=ids_behind("person", person_id))
    else:
        rows = rows.filter(account_id__in=ids_behind("account", account_id))
    finished, begun = set(), set()
    for lesson, finished_at in rows.values_list("lesson", "finished_at"):
        (finished if finished_at else begun).add(lesson)
    return finished, begun - finished


def _role(account_id: str, person_id: str) -> str:
    """Their role in the words of the product file; empty where it names none like theirs."""
    if not person_id:
        return ""
    said = Membership.objects.filter(account_id=account_id, person_id=person_id, until_at=None)
    named = {role.lower() for role in said.values_list("role", flat=True) if role}
    return next((role.name for role in product().roles if named & {*role.values, role.name}), "")


def _listed(value: object) -> Sequence[str]:
    """A column that lists names: as a list, or as a text parted by commas."""
    if isinstance(value, list):
        return [str(each) for each in value]
    return [each for part in str(value or "").split(",") if (each := part.strip())]
