"""Which reviews a link asks for, and back into links."""

from dataclasses import dataclass, field
from datetime import date

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.console.pages.list_link import query_of, read_page_number
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
LENGTH_MAX = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page shows."""

    asked: ReviewChoice = field(default_factory=lambda: ReviewChoice(state=DEFAULT_STATE))
    page: int = 1

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
        """The door behind a figure: the same days and all states, and this alone."""
        bare = Choice(ReviewChoice(first_on=self.asked.first_on, last_on=self.asked.last_on))
        return bare.query(**{"state": "all", "page": 1, **said})


def read_choice(query: QueryDict) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    said = {name: query.get(name, "").replace("\0", "").strip()[:LENGTH_MAX] for name in query}
    first_on, last_on = _day(said.get("from", "")), _day(said.get("to", ""))
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


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2999 else None
