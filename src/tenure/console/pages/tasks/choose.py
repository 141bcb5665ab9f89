"""Which tasks a link asks for, and back into links."""

from dataclasses import dataclass

from django.http import QueryDict

from tenure.tasks.choose_tasks import WHEN, TaskChoice

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
        defaults = {"whose": "mine", "when": "open", "account": "", "page": 1}
        link = QueryDict(mutable=True)
        for name, value in (values | changes).items():
            if value not in (None, "", defaults[name]):
                link[name] = str(value)
        return link.urlencode()


def read_choice(query: QueryDict) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    when, page = query.get("when", "open"), query.get("page", "1")
    whose = query.get("whose", "mine").replace("\0", "")[:NAME_CHARACTERS_MAX]
    tasks = TaskChoice(
        whose=whose or "mine",
        when=when if when in WHEN else "open",
        account_id=query.get("account", "").replace("\0", ""),
    )
    return Choice(tasks, max(1, int(page)) if page.isdecimal() and len(page) < 9 else 1)
