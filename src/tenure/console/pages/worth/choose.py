"""Which cases a link asks for, and back into links."""

from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.console.pages.list_link import query_of, read_page_number, read_said
from tenure.reasons.review_models import Occasion, Worth
from tenure.reasons.worth_listed import WorthChoice

STATES: dict[str, str | Promise] = {
    "open": _("To decide or take up"),
    "under_way": _("Under way"),
    "over": _("Over"),
}
DEFAULT_STATE = "open"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page shows."""

    asked: WorthChoice = field(default_factory=WorthChoice)
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter beside the state is set."""
        return bool(
            self.asked.code or self.asked.occasion or self.asked.reason or self.asked.account_id
        )

    def query(self, **changes: object) -> str:
        """The query string of this choice, with changes; what is default is left out."""
        values: dict[str, object] = {
            "state": self.asked.state,
            "verdict": self.asked.code,
            "occasion": self.asked.occasion,
            "reason": self.asked.reason,
            "account": self.asked.account_id,
            "page": self.page,
        }
        return query_of(values | changes, {"state": DEFAULT_STATE, "page": 1})


def read_choice(query: QueryDict) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    said = read_said(query)
    state, code = said.get("state", ""), said.get("verdict", "")
    occasion = said.get("occasion", "")
    asked = WorthChoice(
        state=state if state in STATES else DEFAULT_STATE,
        code=code if code in Worth.values else "",
        occasion=occasion if occasion in Occasion.values else "",
        reason=said.get("reason", ""),
        account_id=said.get("account", ""),
    )
    return Choice(asked, read_page_number(query))
