"""How a flow is looked at before it is in force: which language, law, visitor and screen.

It is in the link: `?language=zh-hant&shape=direct&scenario=held_out&account=acme&screen=2`.
"""

from dataclasses import dataclass

from babel import Locale, UnknownLocaleError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tenure.console.format import locale
from tenure.console.pages.list_link import query_of, read_said
from tenure.offboard.flow import language_of
from tenure.offboard.flow_parts import CLICK_TO_CANCEL, DIRECT, FULL, SHAPES, Flow
from tenure.offboard.screens_preview import AGAIN, HELD_OUT, SCENARIOS, SCHEMES, UNKNOWN, WHOLE

PHONE, DESK = "phone", "desk"
SHAPE_WORDS: dict[str, str | Promise] = {
    FULL: _("Full: where no law asks for another"),
    CLICK_TO_CANCEL: _("Click to cancel: EU, UK, US"),
    DIRECT: _("Direct: consumers in Germany"),
}
SCENARIO_WORDS: dict[str, str | Promise] = {
    WHOLE: _("Everything"),
    HELD_OUT: _("Hold-out: left alone by chance"),
    AGAIN: _("Here again too soon"),
    UNKNOWN: _("Nothing is known of them"),
}
SCHEME_WORDS: dict[str, str | Promise] = {
    "": _("As this device"),
    "light": _("Light"),
    "dark": _("Dark"),
}
WIDTH_WORDS: dict[str, str | Promise] = {PHONE: _("Phone"), DESK: _("Desk")}
SCREEN_WORDS: dict[str, str | Promise] = {
    "why": _("Why"),
    "value": _("What ends"),
    "offers": _("Another way"),
    "confirm": _("Confirm"),
    "left": _("After leaving"),
    "accepted": _("After accepting"),
    "back": _("After coming back"),
    "stayed": _("After staying"),
}
DEFAULTS: dict[str, object] = {
    "shape": FULL, "scenario": WHOLE, "scheme": "", "width": PHONE, "screen": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at. `account` is as it was typed; `version` a digest, empty for the draft."""

    language: str = ""
    shape: str = FULL
    scenario: str = WHOLE
    account: str = ""
    reason: str = ""
    scheme: str = ""
    width: str = PHONE
    screen: int = 0
    version: str = ""

    def query(self, **changes: object) -> str:
        """The query string of this look, with changes; what is default is left out."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return query_of(values | changes, DEFAULTS)


def read_look(query: QueryDict) -> Look:
    """What a link asks for; what it does not understand it leaves out."""
    said = read_said(query)
    screen = said.get("screen", "")
    return Look(
        language=said.get("language", ""),
        shape=_among(said.get("shape", ""), SHAPES, FULL),
        scenario=_among(said.get("scenario", ""), SCENARIOS, WHOLE),
        account=said.get("account", ""),
        reason=said.get("reason", ""),
        scheme=_among(said.get("scheme", ""), SCHEMES, ""),
        width=_among(said.get("width", ""), (PHONE, DESK), PHONE),
        screen=int(screen) if screen.isdecimal() and len(screen) < 4 else 0,
        version=said.get("version", ""),
    )


def language_words(code: str) -> str:
    """What a language is called by the reader; its code where nobody has a name for it."""
    try:
        named = Locale.parse(code, sep="-").get_display_name(locale())
    except (UnknownLocaleError, ValueError):
        return code
    return named or code


def language_seen(look: Look, flow: Flow) -> str:
    """The flow's language that is asked for, else that which is nearest to the reader's."""
    return language_of(flow, look.language, get_language())


def reason_seen(look: Look, flow: Flow) -> str:
    """The reason asked for, where the flow has it; else the flow's first."""
    codes = [each.code for each in flow.why.reasons]
    return look.reason if look.reason in codes else next(iter(codes), "")


def _among(said: str, known: tuple[str, ...], default: str) -> str:
    return said if said in known else default
