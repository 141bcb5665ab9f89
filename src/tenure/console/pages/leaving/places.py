"""Which pages there are about leaving, in the order of their strip."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class LeavingPlace:
    """One entry: `key` lights it, `url_name` is the page, which takes no argument."""

    key: str
    title: str | Promise
    url_name: str


# A page that does not exist is not listed: add its line together with its path in `urls.py`.
PLACES = [
    LeavingPlace("visits", _("Visits and saves"), "leaving"),
    LeavingPlace("reasons", _("Reasons"), "reasons"),
    LeavingPlace("reviews", _("Reviews"), "reviews"),
    LeavingPlace("worth", _("Worth saving"), "worth"),
    LeavingPlace("fixes", _("Fixes"), "fixes"),
    LeavingPlace("interviews", _("Interviews"), "interviews"),
    LeavingPlace("flows", _("Flows"), "flows"),
    LeavingPlace("log", _("Compliance log"), "leaving-log"),
]
