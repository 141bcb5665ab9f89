"""Coming back while leaving: one click from the receipt, without payment details.

It takes the cancellation back and is counted as a return: a new decision to buy, never a save.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tenure.base.errors import Conflict
from tenure.base.home import Home
from tenure.lake.reading import company_day
from tenure.offboard.link_token import EXPORT, RETURN, Link, make_link, read_link
from tenure.offboard.models import VisitOutcome
from tenure.offboard.outcomes import CANCELED, come_back, is_leaving, outcomes_of, whose_of
from tenure.offboard.outcomes import RETURN as RETURNED

VALID_AT_MOST = timedelta(days=400)  # a yearly period, and some
EXPORT_VALID = timedelta(days=30)
LEAVING, BACK, OVER = "leaving", "back", "over"


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a cancellation: it can be taken back, it was, or it is too late."""

    state: str  # leaving | back | over
    left: VisitOutcome

    @property
    def ends_on(self) -> date | None:
        return self.left.ends_on


def return_link(left: VisitOutcome, secret: str, now: datetime) -> str:
    """The token of the link by which this leaving is taken back, while it lasts."""
    return make_link(_link(RETURN, left, now + VALID_AT_MOST), secret)


def export_link(left: VisitOutcome, secret: str, now: datetime) -> str:
    """The token of the link to what Tenure holds of the account."""
    return make_link(_link(EXPORT, left, now + EXPORT_VALID), secret)


def standing_of(token: str, secret: str, home: Home, now: datetime) -> Standing:
    """How it stands with what a link is about. Raises as `read_link`, Conflict where it is gone."""
    link = read_link(token, RETURN, secret, now)
    decided = outcomes_of(link.visit_id)
    left = decided.get(CANCELED)
    if left is None:
        raise Conflict("there is no cancellation any more that this link is about")
    if RETURNED in decided or (
        left.mode == "live" and not is_leaving(left.account_id, left.subscription_id)
    ):
        return Standing(BACK, left)
    if left.ends_on is not None and left.ends_on <= company_day(home, now):
        return Standing(OVER, left)
    return Standing(LEAVING, left)


def come_back_by(token: str, secret: str, home: Home, now: datetime) -> VisitOutcome:
    """The return, decided once. Raises as `standing_of`, and Conflict when it is too late."""
    standing = standing_of(token, secret, home, now)
    left = standing.left
    held = outcomes_of(left.visit_id).get(RETURNED)
    if held is not None:
        return held
    if standing.state != LEAVING:
        raise Conflict("the subscription has ended, or it was taken back before", field="token")
    fields = {"language": left.language, "email": left.email, "said": left.said}
    return come_back(whose_of(left), fields, now)


def _link(purpose: str, left: VisitOutcome, until: datetime) -> Link:
    return Link(
        purpose, left.visit_id, left.account_id, left.subscription_id, int(until.timestamp())
    )
