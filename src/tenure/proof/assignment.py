"""Which accounts are left alone: by chance, the same each time, decided without writing a row.

An account's point in an experiment lies between 0 and 1, from a digest; below the share of the
hold-out it is left alone. When the share changes, accounts move in one direction only, and none
that was exposed moves at all: its arm was recorded then, and with it the chance it had.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from tenure.base.errors import InvalidInput
from tenure.base.ids import digest
from tenure.customers.chunks import write_in_chunks
from tenure.customers.merging import ids_behind
from tenure.customers.models import IdentityLink
from tenure.customers.upsert import insert_missing
from tenure.proof.models import Assignment

HOLD_OUT, TREATED = "hold_out", "treated"
ARMS = (HOLD_OUT, TREATED)
_POINTS = 2**52  # that many stand exactly between 0 and 1


@dataclass(frozen=True, slots=True)
class Arm:
    """`name` is `hold_out` or `treated`; `share` the chance with which an account came into it."""

    name: str
    share: float

    @property
    def hold_out_share(self) -> float:
        """The share of the hold-out under which it was assigned."""
        share = self.share if self.name == HOLD_OUT else 1 - self.share
        return round(share, 9)  # 1 − 0.8 is 0.2: arms of one share are one group


def assign(experiment: str, account_id: str, hold_out_share: float, salt: str) -> Arm:
    """The arm of an account that was not exposed before. Pure; equal arguments, equal answer.

    Raises InvalidInput for a share outside of 0 to 1.
    """
    if not 0 <= hold_out_share <= 1:
        raise InvalidInput(
            f"hold_out_share: {hold_out_share} is no share; give one between 0 and 1",
            field="hold_out_share",
        )
    if point(experiment, account_id, salt) < hold_out_share:
        return Arm(HOLD_OUT, hold_out_share)
    return Arm(TREATED, 1 - hold_out_share)


def point(experiment: str, account_id: str, salt: str) -> float:
    """Where an account stands in an experiment, at least 0 and below 1, evenly spread.

    Who does not know the salt cannot tell, and experiments are independent of each other.
    """
    return int(digest("proof", salt, experiment, account_id)[:13], 16) / _POINTS


def held_arm(experiment: str, account_id: str, hold_out_share: float) -> Arm:
    """The arm that was recorded at the first exposure, else the one assigned. Writes nothing.

    `account_id` is canonical. Of accounts that were merged, the one exposed first counts.
    """
    recorded = (
        Assignment.objects.filter(
            experiment=experiment, account_id__in=ids_behind("account", account_id)
        )
        .order_by("exposed_at", "pk")
        .first()
    )
    if recorded is not None:
        return Arm(recorded.arm, recorded.share)
    return assign(experiment, account_id, hold_out_share, home_salt())


def record(experiment: str, account_id: str, arm: Arm, now: datetime) -> Arm:
    """The arm that stands from now on: this one, unless another was recorded before."""
    if arm.name not in ARMS:
        raise InvalidInput(f"arm: {arm.name!r} is none; use {' or '.join(ARMS)}", field="arm")
    row, _ = Assignment.objects.get_or_create(
        experiment=experiment,
        account_id=account_id,
        defaults={"arm": arm.name, "share": arm.share, "exposed_at": now},
    )
    return Arm(row.arm, row.share)


def recorded_arms(
    experiment: str, account_ids: Collection[str], hold_out_share: float, now: datetime
) -> dict[str, Arm]:
    """The arm of each of these accounts, which stands from now on: as `held_arm` and `record`, for
    many at once. Ids are canonical.
    """
    behind = {id: id for id in account_ids}
    links = IdentityLink.objects.filter(kind="account", canonical_id__in=account_ids)
    behind |= dict(links.values_list("raw_id", "canonical_id"))
    rows = Assignment.objects.filter(experiment=experiment, account_id__in=behind)
    held: dict[str, Arm] = {}
    for row in rows.order_by("-exposed_at", "-pk"):  # of those merged, the first one stays
        held[behind[row.account_id]] = Arm(row.arm, row.share)
    salt = home_salt()
    fresh = {
        id: assign(experiment, id, hold_out_share, salt) for id in account_ids if id not in held
    }
    write_in_chunks(
        [
            Assignment(
                experiment=experiment, account_id=id, arm=arm.name, share=arm.share, exposed_at=now
            )
            for id, arm in fresh.items()
        ],
        lambda some: insert_missing(Assignment, some),
    )
    return held | fresh


def home_salt() -> str:
    """What nobody outside of this home knows. A new secret assigns anew whom nobody has met yet."""
    return digest("proof", settings.SECRET_KEY)
