"""Which pages there are about plays and messages, in the order of their strip."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class PlaysPlace:
    """One entry: `key` lights it, `url_name` is the page, which takes no argument."""

    key: str
    title: str | Promise
    url_name: str


# A page that does not exist is not listed: add its line together with its path in `urls.py`.
PLACES = [
    PlaysPlace("plays", _("Plays"), "plays"),
    PlaysPlace("calendar", _("Calendar"), "calendar"),
    PlaysPlace("templates", _("Templates"), "templates"),
    PlaysPlace("messages", _("Messages"), "messages"),
    PlaysPlace("suppressions", _("Suppression and consent"), "suppressions"),
    PlaysPlace("inbox", _("Inboxes"), "inboxes"),
    PlaysPlace("why", _("Why"), "why"),
    PlaysPlace("proof", _("Proof"), "proof"),
    PlaysPlace("education", _("Education"), "education"),
]
