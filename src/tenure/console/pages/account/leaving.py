"""What is known of an account's leavings: reviews, the case, and whether it said no."""

from dataclasses import dataclass

from tenure.reasons.models import LeavingReview, WorthVerdict
from tenure.reasons.worth_listed import case_of
from tenure.reasons.worth_refusals import said_no

REVIEWS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class AccountLeaving:
    """The latest review first; the case that is open, else the last one."""

    reviews: list[LeavingReview]
    case: WorthVerdict | None
    said_no: bool

    @property
    def is_there(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.reviews or self.case or self.said_no)


def account_leaving(account_id: str) -> AccountLeaving:
    """What is known of its leavings."""
    held = LeavingReview.objects.filter(account_id=account_id, withdrawn_at=None)
    return AccountLeaving(
        list(held.defer("warnings", "acts", "tried").order_by("-decided_at")[:REVIEWS_SHOWN]),
        case_of(account_id),
        said_no(account_id),
    )
