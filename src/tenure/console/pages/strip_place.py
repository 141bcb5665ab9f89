"""One entry of a strip of pages that belong together."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class StripPlace:
    """`key` lights it, `url_name` is the page, which takes no argument."""

    key: str
    title: str | Promise
    url_name: str
