"""Kinds of signal that the operator declares: an event or a page, perhaps with conditions.

[[kind]]
name = "price_page_seen"
title = "They look at prices"
page = "*/pricing*"
where = { plan = ["Team", "Business"], visits = { at_least = 3 } }
urgency = "soon"
next = "Ask what they compare"
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from typing import Any

from tenure.definitions.toml_file import Fields

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}")
URGENCIES = ("now", "soon", "watch")
_BORDERS = ("at_least", "at_most", "contains")


@dataclass(frozen=True, slots=True)
class Declared:
    """One such kind. `where` maps a property to a value, a list of values, or borders."""

    name: str
    title: str
    event: str
    page: str
    urgency: str
    next: str
    joins_within_days: int
    where: Mapping[str, Any] = field(default_factory=dict)

    def fits(self, name: str, type: str, properties: Mapping[str, Any]) -> bool:
        """Whether an event is one of this kind."""
        if self.event and name != self.event:
            return False
        if self.page and (type not in ("page", "screen") or not page_fits(self.page, properties)):
            return False
        return all(_holds(properties.get(each), want) for each, want in self.where.items())


def declared_kinds(tables: list[Fields], taken: Iterable[str]) -> tuple[Declared, ...]:
    """The kinds that these tables declare. Raises BadDefinition."""
    names = set(taken)
    found = []
    for each in tables:
        name = each.text("name")
        if not _SLUG.fullmatch(name):
            raise each.refuse("name", f"{name!r} is no name; use a-z, 0-9 and _")
        if name in names:
            raise each.refuse("name", f"{name!r} is taken; choose another name")
        names.add(name)
        event, page = each.text("event", ""), each.text("page", "")
        if bool(event.strip()) == bool(page.strip()):
            raise each.refuse("event", 'name either an event or a page, as page = "*/pricing*"')
        found.append(
            Declared(
                name,
                each.text("title", name.replace("_", " ").capitalize()),
                event,
                page,
                each.text("urgency", "soon", among=URGENCIES),
                each.text("next", ""),
                each.whole("joins_within_days", 14, least=0, most=365),
                _conditions(each),
            )
        )
    return tuple(found)


def page_fits(pattern: str, properties: Mapping[str, Any]) -> bool:
    """Whether a page view is of a page like `*/cancel*`: by its path, its address, its name."""
    match = _compiled(pattern)
    for name in ("path", "url", "name", "title"):
        value = properties.get(name)
        if isinstance(value, str) and match(value.split("#")[0]):
            return True
    return False


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    return re.compile(translate(pattern), re.IGNORECASE).match


def _conditions(each: Fields) -> dict[str, Any]:
    table = each.table("where")
    found: dict[str, Any] = {}
    for name, value in table.values.items():
        table.known(name)
        is_plain = isinstance(value, str | int | float | bool)
        is_list = isinstance(value, list) and all(
            isinstance(one, str | int | float | bool) for one in value
        )
        is_border = isinstance(value, dict) and _are_borders(value)
        if not (is_plain or is_list or is_border):
            raise table.refuse(
                name,
                f"{value!r} is no condition; write a value, a list of values, or "
                "{ at_least = 3 }, { at_most = 3 }, { contains = 'text' }",
            )
        found[name] = value
    return found


def _are_borders(value: dict[str, Any]) -> bool:
    """Whether each is known, and a number where numbers are compared."""
    known = value.keys() <= set(_BORDERS)
    return (
        bool(value)
        and known
        and all(
            (isinstance(limit, int | float) and not isinstance(limit, bool)) or name == "contains"
            for name, limit in value.items()
        )
    )


def _holds(value: Any, want: Any) -> bool:
    if isinstance(want, list):
        return any(_same(value, one) for one in want)
    if not isinstance(want, Mapping):
        return _same(value, want)
    for border, limit in want.items():
        if border == "contains":
            if not isinstance(value, str) or str(limit).casefold() not in value.casefold():
                return False
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if (border == "at_least" and value < limit) or (border == "at_most" and value > limit):
            return False
    return True


def _same(value: Any, want: Any) -> bool:
    return (
        type(value) is type(want)
        and value == want
        or (
            not isinstance(value, bool)
            and not isinstance(want, bool)
            and isinstance(value, int | float)
            and isinstance(want, int | float)
            and value == want
        )
    )
