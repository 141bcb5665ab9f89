"""Which pages there are about plays and messages, in the order of their strip."""

from django.utils.translation import gettext_lazy as _

from tenure.console.pages.strip_place import StripPlace

# A page that does not exist is not listed: add its line together with its path in `urls.py`.
PLACES = [
    StripPlace("plays", _("Plays"), "plays"),
    StripPlace("calendar", _("Calendar"), "calendar"),
    StripPlace("templates", _("Templates"), "templates"),
    StripPlace("messages", _("Messages"), "messages"),
    StripPlace("suppressions", _("Suppression and consent"), "suppressions"),
    StripPlace("inbox", _("Inboxes"), "inboxes"),
    StripPlace("why", _("Why"), "why"),
    StripPlace("proof", _("Proof"), "proof"),
    StripPlace("education", _("Education"), "education"),
]
