"""Which law holds where, what shape it gives the flow, and which rules a flow must keep in it.

shape_of("DE", is_consumer=True).name          # "direct"
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

from babel import Locale

from tenure.definitions.toml_file import Fields
from tenure.offboard.flow_parts import CLICK_TO_CANCEL, DIRECT, FULL, SHAPES

STRICTNESS = {FULL: 0, CLICK_TO_CANCEL: 1, DIRECT: 2}
CONSUMERS, EVERYBODY = "consumers", "everybody"
WHERE = "jurisdictions.toml"
_ELSEWHERE = ("warning", "nothing")


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A law, where it holds, for whom, and the shape that it asks for."""

    code: str
    title: str
    countries: frozenset[str]
    holds_for: str
    shape: str
    in_force_on: date
    checked_on: date
    citation: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What may not be in a flow. An error in its shapes; elsewhere a warning, or nothing."""

    code: str
    shapes: frozenset[str]
    citation: str
    is_silent_elsewhere: bool

    def weighs(self, flow_shapes: tuple[str, ...]) -> bool | None:
        """True for an error, False for a warning, None where it says nothing of such a flow."""
        if self.shapes & set(flow_shapes):
            return True
        return None if self.is_silent_elsewhere else False


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of a visit, and the jurisdictions that it is for; none where no law asks."""

    name: str
    because: tuple[str, ...]


@lru_cache(maxsize=1)
def jurisdictions() -> tuple[Jurisdiction, ...]:
    """All that Tenure knows of, as `jurisdictions.toml` has them."""
    return _book()[0]


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """What the linter holds flows to, by code."""
    return _book()[1]


def shape_of(country: str | None, is_consumer: bool | None) -> Shape:
    """The strictest shape that a law asks for there.

    Who may be a consumer is treated as one. Where the country is not known, and it may be a
    consumer, every law of `click_to_cancel` may hold, and so that is the shape.
    """
    may_be_consumer = is_consumer is not False
    if not country:
        return Shape(CLICK_TO_CANCEL if may_be_consumer else FULL, ())
    holding = [
        each
        for each in jurisdictions()
        if country.upper() in each.countries and (may_be_consumer or each.holds_for == EVERYBODY)
    ]
    if not holding:
        return Shape(FULL, ())
    name = max((each.shape for each in holding), key=lambda shape: STRICTNESS[shape])
    return Shape(name, tuple(each.code for each in holding if each.shape == name))


@lru_cache(maxsize=1024)
def country_code(said: str) -> str | None:
    """The ISO code of a country as somebody wrote it: `Germany`, `Deutschland`, `德国`, `de`."""
    text = said.strip()
    if len(text) == 2 and text.isascii() and text.isalpha():
        code = text.upper()
        return "GB" if code == "UK" else code
    return _countries_by_name().get(text.casefold())


@lru_cache(maxsize=1)
def _countries_by_name() -> dict[str, str]:
    named = {}
    for language in ("en", "de", "fr", "es", "it", "nl", "zh_Hans", "zh_Hant"):
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                named.setdefault(name.casefold(), code)
    return named | {"usa": "US", "united states of america": "US", "great britain": "GB"}


@lru_cache(maxsize=1)
def _book() -> tuple[tuple[Jurisdiction, ...], dict[str, Rule]]:
    text = files("tenure.offboard").joinpath(WHERE).read_text("utf-8")
    read = Fields.of(text, WHERE)
    held = tuple(_jurisdiction(each) for each in read.tables("jurisdiction"))
    ruled = [_rule(each) for each in read.tables("rule")]
    read.done()
    return held, {rule.code: rule for rule in ruled}


def _jurisdiction(read: Fields) -> Jurisdiction:
    return Jurisdiction(
        code=read.text("code"),
        title=read.text("title"),
        countries=frozenset(read.texts("countries")),
        holds_for=read.text("holds_for", among=(CONSUMERS, EVERYBODY)),
        shape=read.text("shape", among=SHAPES),
        in_force_on=_day(read, "in_force_on"),
        checked_on=_day(read, "checked_on"),
        citation=read.text("citation"),
        meaning=read.text("meaning"),
    )


def _rule(read: Fields) -> Rule:
    return Rule(
        code=read.text("code"),
        shapes=frozenset(read.texts("shapes")),
        citation=read.text("citation"),
        is_silent_elsewhere=read.text("elsewhere", "warning", among=_ELSEWHERE) == "nothing",
    )


def _day(read: Fields, field: str) -> date:
    read.known(field)
    value = read.values.get(field)
    if not isinstance(value, date):
        raise read.refuse(field, f"{value!r} is no day; write it as 2026-03-31, without quotes")
    return value
