"""Which pages there are about leaving, in the order of their strip."""

from django.utils.translation import gettext_lazy as _

from tenure.console.pages.strip_place import StripPlace

# A page that does not exist is not listed: add its line together with its path in `urls.py`.
PLACES = [
    StripPlace("visits", _("Visits and saves"), "leaving"),
    StripPlace("reasons", _("Reasons"), "reasons"),
    StripPlace("reviews", _("Reviews"), "reviews"),
    StripPlace("worth", _("Worth saving"), "worth"),
    StripPlace("fixes", _("Fixes"), "fixes"),
    StripPlace("interviews", _("Interviews"), "interviews"),
    StripPlace("flows", _("Flows"), "flows"),
    StripPlace("log", _("Compliance log"), "leaving-log"),
]
