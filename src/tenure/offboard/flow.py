"""Which flow an account passes through: those in force, and the one that Tenure comes with.

flow = flow_for(flows(), card.values, "full", today=card.today, zone=zone)
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, tzinfo
from functools import lru_cache
from importlib.resources import files

from tenure.base.errors import BadDefinition, NotFound
from tenure.definitions.kinds import file_of
from tenure.definitions.store import all_current, version
from tenure.definitions.toml_file import Fields
from tenure.offboard.flow_file import KIND, read_flow, read_held, read_whole
from tenure.offboard.flow_names import unknown_offers
from tenure.offboard.flow_parts import Flow
from tenure.offboard.lint import findings_of
from tenure.offboard.lint_findings import Finding
from tenure.offers.conditions import condition_of
from tenure.reasons.taxonomy import Taxonomy, taxonomy
from tenure.segments.of_one_card import Asked, asked_of_one_card

BUILT_IN = "default"

__all__ = [
    "BUILT_IN", "built_in_flow", "check_flow", "flow_for", "flow_of", "flows", "language_of",
    "lint_flow", "lint_text", "read_flow", "unreadable_flows",
]  # fmt: skip


def flows() -> tuple[Flow, ...]:
    """The flows in force; the one that Tenure comes with stands behind them all.

    One that cannot be read any more is left out: what its condition asks for may have gone since it
    was checked, and whoever wants to leave is not kept by that.
    """
    reasons = taxonomy()
    held = []
    for each in all_current(KIND):
        with suppress(BadDefinition):
            held.append(_read(each.text, each.where, reasons))
    if any(flow.name == BUILT_IN for flow in held):
        return tuple(held)
    return (*held, built_in_flow(reasons))


def unreadable_flows() -> list[tuple[str, str]]:
    """The flows in force that `flows` leaves out: each by its file, with what is wrong with it."""
    reasons = taxonomy()
    found = []
    for each in all_current(KIND):
        try:
            _read(each.text, each.where, reasons)
        except BadDefinition as error:
            found.append((each.where, error.message))
    return found


def built_in_flow(reasons: Taxonomy | None = None) -> Flow:
    """The flow that Tenure comes with: for everybody, until the operator writes one."""
    return _read(built_in_text(), file_of(KIND, BUILT_IN), reasons or taxonomy())


@lru_cache(maxsize=1)
def built_in_text() -> str:
    """Its text, from which an operator's own may start."""
    return files("tenure.offboard").joinpath("default", "flow.toml").read_text("utf-8")


def flow_of(flow_digest: str) -> Flow:
    """The version with that digest, in force or not. Raises NotFound."""
    built_in = built_in_flow()
    if built_in.digest == flow_digest:
        return built_in
    held = version(flow_digest)
    if held.kind != KIND:
        raise NotFound(f"there is no cancel flow {flow_digest}")
    return _read(held.text, held.where, taxonomy())


def flow_for(
    flows: Sequence[Flow], values: Mapping[str, object], shape: str, *, today: date, zone: tzinfo
) -> Flow:
    """The flow for an account's card: of those that serve the shape and whose condition holds, the
    one with the highest priority, then the first by name. The built-in one where none does.
    """
    fitting = [
        flow
        for flow in flows
        if shape in flow.shapes and _holds(flow.where, values, today=today, zone=zone)
    ]
    if not fitting:
        return built_in_flow()
    return min(fitting, key=lambda flow: (-flow.priority, flow.name))


def language_of(flow: Flow, *wanted: str | None) -> str:
    """The flow's language that is nearest to the first that can be had; else its own first.

    `zh-TW` and `zh-HK` mean traditional, other `zh` simplified Chinese; `de-AT` is German.
    """
    for language in wanted:
        if found := _near(language or "", flow.languages):
            return found
    return flow.languages[0]


def check_flow(text: str, where: str) -> list[str]:
    """What to know of a text that is accepted.

    Raises BadDefinition for what is no flow, and for what breaks a rule, with code and citation.
    """
    findings = lint_text(text, where)
    told = [f"{where}: {each.place}: {each.sentence}" for each in findings if each.is_error]
    if told:
        raise BadDefinition("\n".join(told), field=findings[0].place)
    return [f"{where}: {each.place}: {each.sentence}" for each in findings]


def lint_text(text: str, where: str) -> list[Finding]:
    """What speaks against a text, errors first. Raises BadDefinition for what is no flow."""
    read = read_whole(text, where, taxonomy())
    return [*findings_of(read.flow, read.refused), *unknown_offers(read.flow)]


def lint_flow(flow: Flow) -> list[Finding]:
    """What speaks against a flow, errors first."""
    return findings_of(flow, ())


_READ: dict[tuple[str, str, str], Flow] = {}
_READ_MOST = 64


def _read(text: str, where: str, reasons: Taxonomy) -> Flow:
    """As `read_held`, and kept: a text and a taxonomy never mean another flow."""
    key = (text, where, reasons.digest)
    if key not in _READ:
        if len(_READ) >= _READ_MOST:
            _READ.clear()
        _READ[key] = read_held(text, where, reasons)
    return _READ[key]


def _holds(where: str, values: Mapping[str, object], *, today: date, zone: tzinfo) -> bool:
    asked = _asked(where)
    return asked is None or asked(values, today, zone) is True


@lru_cache(maxsize=256)
def _asked(where: str) -> Asked | None:
    condition = condition_of(Fields({"where": where}, KIND)) if where else None
    return asked_of_one_card(condition) if condition else None


def _near(wanted: str, languages: Sequence[str]) -> str | None:
    language = wanted.replace("_", "-").lower()
    if not language:
        return None
    tried = [language]
    if language.partition("-")[0] == "zh":
        parts = set(language.split("-"))
        is_traditional = parts & {"hant", "tw", "hk", "mo"} and "hans" not in parts
        tried += ["zh-hant", "zh-hans"] if is_traditional else ["zh-hans", "zh-hant"]
    while "-" in language:
        language = language.rpartition("-")[0]
        tried.append(language)
    begins = [each for each in languages if each.partition("-")[0] == language]
    return next((each for each in tried if each in languages), begins[0] if begins else None)
