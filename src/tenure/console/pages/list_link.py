"""What the links of all lists share: the page and days they ask for, what they leave unsaid."""

from collections.abc import Mapping
from datetime import date

from django.http import QueryDict

LENGTH_MAX = 200  # of one thing that a link says


def read_said(query: QueryDict) -> dict[str, str]:
    """Everything that a link says, by name, each cut to what anybody means. PostgreSQL holds no
    NUL.
    """
    return {name: query.get(name, "").replace("\0", "").strip()[:LENGTH_MAX] for name in query}


def read_page_number(query: QueryDict) -> int:
    """The page that a link asks for; the first where it names none, or nonsense."""
    page = query.get("page", "").strip()
    return max(1, int(page)) if page.isdecimal() and len(page) < 9 else 1


def read_day(text: str) -> date | None:
    """The day that a link names; None for nonsense, and for one so far out that the day after, or
    the offset of a zone, would leave the calendar.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2999 else None


def query_of(values: Mapping[str, object], defaults: Mapping[str, object] | None = None) -> str:
    """The query string that says these values; what is empty or default is left out."""
    link = QueryDict(mutable=True)
    for name, value in values.items():
        if value not in ("", None) and (not defaults or value != defaults.get(name)):
            link[name] = str(value)
    return link.urlencode()
