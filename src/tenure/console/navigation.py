"""Which pages there are, in the order of the rail. A page that does not exist is not listed."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the rail; `key` lights it, `url_name` leads there, `shortcut` follows `g`."""

    key: str
    title: str | Promise
    url_name: str
    icon: str
    shortcut: str


RAIL = [
    Place("overview", _("Overview"), "overview", "layout-dashboard", "o"),
    Place("accounts", _("Accounts"), "accounts", "building-2", "a"),
    Place("signals", _("Signals"), "signals", "inbox", "i"),
    Place("leaving", _("Leaving"), "leaving", "door-open", "l"),
    Place("plays", _("Plays"), "plays", "play", "y"),
    Place("segments", _("Segments"), "segments", "list-filter", "s"),
    Place("tasks", _("Tasks"), "tasks", "list-checks", "t"),
    Place("product", _("Product"), "product", "package", "p"),
    Place("data", _("Data"), "data", "database", "d"),
]
