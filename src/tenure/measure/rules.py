"""Rule sets: the choices that make one vendor's churn differ from another's, as data."""

import difflib
import tomllib
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

from tenure.base.errors import BadDefinition, BadUsage

Recognised = Literal["ended", "notice"]
Denominator = Literal["start", "start_plus_new"]
FOR_EVER = -1
_FOLDER = "rules"
_CHOICES = {"churn_recognised": get_args(Recognised), "denominator": get_args(Denominator)}
_WORDS = ("name", "title", "description", "source")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One vendor's choices; the defaults are Tenure's, which are ChartMogul's.

    churn_recognised          `ended`: when the last paid period ends. `notice`: on the day on
                              which it was said that it will end
    past_due_days             days that a past-due subscription still counts; -1 for ever
    paused_counts             whether a paused subscription keeps its MRR
    trial_counts              whether a trial counts with the price it will have
    reactivation_within_days  a return later than this is new business; -1: never
    joined_and_left_in_rates  whether the churn rate counts movements, those of accounts that
                              joined or came back within the month included
    denominator               of the churn rate: accounts at the `start`, or `start_plus_new`
    """

    name: str = "tenure"
    title: str = ""
    description: str = ""
    source: str = ""
    churn_recognised: Recognised = "ended"
    past_due_days: int = FOR_EVER
    paused_counts: bool = True
    trial_counts: bool = False
    reactivation_within_days: int = FOR_EVER
    joined_and_left_in_rates: bool = False
    denominator: Denominator = "start"

    @property
    def has_default_periods(self) -> bool:
        """Whether the published `subscription_period` is right under these rules."""
        return (
            self.churn_recognised == "ended"
            and self.past_due_days < 0
            and self.paused_counts
            and not self.trial_counts
        )

    @property
    def has_default_kinds(self) -> bool:
        """Whether a return is a reactivation however late it comes."""
        return self.reactivation_within_days < 0

    def with_default_kinds(self) -> "RuleSet":
        """The same rules, but that every return is a reactivation."""
        return replace(self, reactivation_within_days=FOR_EVER)


def rule_sets() -> list[RuleSet]:
    """The rule sets that come with Tenure, the default one first."""
    return [load_rules(name) for name in _shipped()]


@cache
def load_rules(name: str) -> RuleSet:
    """The rule set of that name, or of a TOML file at that path.

    Raises BadUsage when there is none, and BadDefinition, as `file: key: what`, when it is wrong.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise BadUsage(f"there is no rule file {name}", field="rules")
        return read_rules(name, path.read_text("utf-8"))
    if name not in _shipped():
        near = difflib.get_close_matches(name, _shipped(), n=1)
        meant = f"did you mean {near[0]}? " if near else ""
        known = ", ".join(_shipped())
        raise BadUsage(
            f"there is no rule set {name!r}; {meant}use one of {known}, or a path to a .toml file",
            field="rules",
        )
    file = files("tenure.measure") / _FOLDER / f"{name}.toml"
    return read_rules(f"{_FOLDER}/{name}.toml", file.read_text("utf-8"))


def read_rules(where: str, text: str) -> RuleSet:
    """A rule set from TOML. Raises BadDefinition, as `file: key: what`."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadDefinition(f"{where}: {error}") from None
    known = {field.name: field.type for field in fields(RuleSet)}
    for key, value in given.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            meant = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise BadDefinition(f"{where}: {key}: there is no such choice; {meant}")
        _check(where, key, value)
    if not given.get("name"):
        raise BadDefinition(f"{where}: name: a rule set needs a name")
    return RuleSet(**given)


def _check(where: str, key: str, value: object) -> None:
    if key in _CHOICES and value not in _CHOICES[key]:
        raise BadDefinition(f"{where}: {key}: {value!r} is not one of {', '.join(_CHOICES[key])}")
    default = getattr(RuleSet(), key)
    if type(value) is not type(default):
        wanted = {bool: "true or false", int: "a whole number", str: "text"}[type(default)]
        raise BadDefinition(f"{where}: {key}: {value!r} is not {wanted}")


@cache
def _shipped() -> tuple[str, ...]:
    names = sorted(
        item.name.removesuffix(".toml")
        for item in (files("tenure.measure") / _FOLDER).iterdir()
        if item.name.endswith(".toml")
    )
    return ("tenure", *(name for name in names if name != "tenure"))


DEFAULT_RULES = load_rules("tenure")
