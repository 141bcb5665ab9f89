"""Which tasks a link asks for, and back into links."""

from dataclasses import dataclass

from django.http import QueryDict

from tenure.console.pages.list_link import query_of, read_page_number
from tenure.tasks.choose_tasks import WHEN, TaskChoice

DEFAULTS = {"whose": "mine", "when": "open", "page": 1}
NAME_CHARACTERS_MAX = 150


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page shows; `tasks` is what the list is asked for."""

    tasks: TaskChoice
    page: int = 1

    def query(self, **changes: object) -> str:
        """The query string of this choice, with changes; what is default is left out."""
        values: dict[str, object] = {
            "whose": self.tasks.whose,
            "when": self.tasks.when,
            "account": self.tasks.account_id,
            "page": self.page,
        }
        return query_of(values | changes, DEFAULTS)


def read_choice(query: QueryDict) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    when = query.get("when", "open")
    whose = query.get("whose", "mine").replace("\0", "")[:NAME_CHARACTERS_MAX]
    tasks = TaskChoice(
        whose=whose or "mine",
        when=when if when in WHEN else "open",
        account_id=query.get("account", "").replace("\0", ""),
    )
    return Choice(tasks, read_page_number(query))
