"""How a mail is looked at: for whom, in which language, on which plan, how wide, light or dark.

It is in the link: `?as=ann@acme.example&language=zh-hans&plan=Pro&width=narrow&scheme=dark`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.console.pages.list_link import query_of, read_said

WIDE, NARROW = "wide", "narrow"
LIGHT, DARK = "light", "dark"
WIDTH_WORDS: dict[str, str | Promise] = {WIDE: _("Wide"), NARROW: _("Narrow")}
SCHEME_WORDS: dict[str, str | Promise] = {LIGHT: _("Light"), DARK: _("Dark")}
DEFAULTS: Mapping[str, object] = {"width": WIDE, "scheme": LIGHT}


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at; `person` and `account` as typed, `plan` where one is supposed."""

    person: str = ""
    account: str = ""
    language: str = ""
    plan: str = ""
    width: str = WIDE
    scheme: str = LIGHT

    def query(self, **changes: str) -> str:
        """The link of this look, with these changes."""
        look = replace(self, **changes)
        return query_of(
            {
                "as": look.person, "account": look.account, "language": look.language,
                "plan": look.plan, "width": look.width, "scheme": look.scheme,
            },
            DEFAULTS,
        )  # fmt: skip


def read_look(query: QueryDict) -> Look:
    """The look that a link asks for; nonsense is left out."""
    said = read_said(query)
    width, scheme = said.get("width", WIDE), said.get("scheme", LIGHT)
    return Look(
        person=said.get("as", ""),
        account=said.get("account", ""),
        language=said.get("language", ""),
        plan=said.get("plan", ""),
        width=width if width in WIDTH_WORDS else WIDE,
        scheme=scheme if scheme in SCHEME_WORDS else LIGHT,
    )


def in_scheme(html: str, scheme: str) -> str:
    """A mail as a reader with that scheme sees it, whatever this browser prefers."""
    is_dark = scheme == DARK
    shown = html.replace(
        "@media (prefers-color-scheme: dark)", "@media all" if is_dark else "@media not all"
    )
    if "light only" in html:
        return shown
    return shown.replace("color-scheme: light dark", f"color-scheme: {scheme}").replace(
        'content="light dark"', f'content="{scheme}"'
    )
