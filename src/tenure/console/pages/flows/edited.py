"""Which definitions about leaving are edited here, where each begins, and what speaks against one.

told_of("flow", "teams", text)      # [Told(code, place, line, message, source, is_error)]
"""

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.base.errors import BadDefinition
from tenure.definitions.kinds import file_of
from tenure.definitions.toml_lines import line_of, line_said
from tenure.offboard.flow import BUILT_IN, built_in_text, lint_text
from tenure.offboard.flow_names import asking_in_vain
from tenure.offers.book import default_text as default_offers
from tenure.offers.book import lint_offers
from tenure.reasons.taxonomy import check_reasons, read_reasons
from tenure.reasons.taxonomy import default_text as default_reasons

FLOW, OFFERS, REASONS = "flow", "offers", "reasons"
TITLES: dict[str, str | Promise] = {
    OFFERS: gettext_lazy("What is offered"),
    REASONS: gettext_lazy("Reasons to leave"),
}
_SHIPPED: dict[str, Callable[[], str]] = {OFFERS: default_offers, REASONS: default_reasons}


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that is said of a text. `source` is the law, study or rule that it rests on."""

    code: str
    place: str
    line: int | None
    message: str
    source: str
    is_error: bool


def shipped_text(kind: str, name: str) -> str:
    """What Tenure comes with under that name; empty where it comes with nothing."""
    if kind == FLOW:
        return built_in_text() if name == BUILT_IN else ""
    return _SHIPPED[kind]()


def told_of(kind: str, name: str, text: str) -> list[Told]:
    """Everything that speaks against a text, what keeps it out of force first."""
    where = file_of(kind, name)
    try:
        return list(_CHECKS[kind](text, where))
    except BadDefinition as error:
        message = error.message.removeprefix(f"{where}: ")
        place = error.field or ""
        line = line_of(text, place) if place else line_said(message)
        return [Told("", place, line, message.removeprefix(f"{place}: "), "", True)]


def _of_flow(text: str, where: str) -> Iterator[Told]:
    for each in lint_text(text, where):
        line = line_of(text, each.place)
        yield Told(each.code, each.place, line, each.message, each.citation, each.is_error)


def _of_offers(text: str, where: str) -> Iterator[Told]:
    for each in lint_offers(text, where):
        line = line_of(text, each.place)
        yield Told(each.code, each.place, line, each.message, each.source, each.is_error)
    names = {str(each.get("name")) for each in tomllib.loads(text).get("offer", ())}
    for flow, name in asking_in_vain("offers", "show", names):
        yield _in_vain(flow, name, _("the flow %(flow)s shows %(name)s, which is not here"))


def _of_reasons(text: str, where: str) -> Iterator[Told]:
    for warning in check_reasons(text, where):
        yield Told("", "", None, warning.removeprefix(f"{where}: "), "", False)
    for flow, code in asking_in_vain("why", "reasons", read_reasons(text, where).codes()):
        yield _in_vain(
            flow, code, _("the flow %(flow)s asks for %(name)s, which is not here: it is left out")
        )


def _in_vain(flow: str, name: str, message: str) -> Told:
    return Told("named_in_vain", "", None, message % {"flow": flow, "name": name}, "", False)


_CHECKS: dict[str, Callable[[str, str], Iterator[Told]]] = {
    FLOW: _of_flow,
    OFFERS: _of_offers,
    REASONS: _of_reasons,
}
