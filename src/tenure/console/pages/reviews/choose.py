"""Which reviews a link asks for, and back into links."""

from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.console.pages.list_link import query_of, read_day, read_page_number, read_said
from tenure.reasons.reviews_listed import CANNOT_TELL, ReviewChoice

STATES: dict[str, str | Promise] = {
    "to_review": _("To review"),
    "reviewed": _("Reviewed"),
    "all": _("All"),
    "withdrawn": _("Taken back"),
}
KNOWN: dict[str, str | Promise] = {
    "known": _("Known"),
    "surprise": _("A surprise"),
    CANNOT_TELL: _("Cannot be told"),
}
OVERCOME: dict[str, str | Promise] = {
    "yes": _("Could have been overcome"),
    "partly": _("In part"),
    "no": _("Could not"),
    CANNOT_TELL: _("Cannot be told"),
}
ATTENTION: dict[str, str | Promise] = {
    "acted": _("Somebody acted"),
    "seen": _("Seen, nobody acted"),
    "unseen": _("Nobody looked"),
    "no_warning": _("No warning"),
    "before_us": _("Before Tenure ran"),
}
DEFAULT_STATE = "to_review"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page shows."""

    asked: ReviewChoice = field(default_factory=lambda: ReviewChoice(state=DEFAULT_STATE))
    page: int = 1

    @property
    def bare(self) -> ReviewChoice:
        """What the sums are of: all leavings of the account and the days."""
        one = self.asked
        return ReviewChoice(account_id=one.account_id, first_on=one.first_on, last_on=one.last_on)

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter beside the state is set."""
        one = self.asked
        return any((one.known, one.overcome, one.reason, one.attention, one.account_id,
                    one.first_on, one.last_on))  # fmt: skip

    def query(self, **changes: object) -> str:
        """The query string of this choice, with changes; what is default is left out."""
        one = self.asked
        values: dict[str, object] = {
            "state": one.state,
            "known": one.known,
            "overcome": one.overcome,
            "reason": one.reason,
            "attention": one.attention,
            "account": one.account_id,
            "from": one.first_on or "",
            "to": one.last_on or "",
            "page": self.page,
        }
        return query_of(values | changes, {"state": DEFAULT_STATE, "page": 1})

    def behind(self, **said: object) -> str:
        """The door behind a figure: the same account and days, all states, and this alone."""
        return Choice(self.bare).query(**said)


def read_choice(query: QueryDict) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    said = read_said(query)
    first_on, last_on = read_day(said.get("from", "")), read_day(said.get("to", ""))
    if first_on and last_on and first_on > last_on:
        first_on, last_on = last_on, first_on
    asked = ReviewChoice(
        state=_among(said.get("state", ""), STATES) or DEFAULT_STATE,
        known=_among(said.get("known", ""), KNOWN),
        overcome=_among(said.get("overcome", ""), OVERCOME),
        reason=said.get("reason", ""),
        attention=_among(said.get("attention", ""), ATTENTION),
        account_id=said.get("account", ""),
        first_on=first_on,
        last_on=last_on,
    )
    return Choice(asked, read_page_number(query))


def _among(value: str, known: dict[str, str | Promise]) -> str:
    return value if value in known else ""
