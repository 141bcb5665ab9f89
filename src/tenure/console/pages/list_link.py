"""What the links of all lists share: which page they ask for, and what they leave unsaid."""

from collections.abc import Mapping

from django.http import QueryDict


def read_page_number(query: QueryDict) -> int:
    """The page that a link asks for; the first where it names none, or nonsense."""
    page = query.get("page", "").strip()
    return max(1, int(page)) if page.isdecimal() and len(page) < 9 else 1


def query_of(values: Mapping[str, object], defaults: Mapping[str, object] | None = None) -> str:
    """The query string that says these values; what is empty or default is left out."""
    link = QueryDict(mutable=True)
    for name, value in values.items():
        if value not in ("", None) and (not defaults or value != defaults.get(name)):
            link[name] = str(value)
    return link.urlencode()
