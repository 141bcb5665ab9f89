"""What a text that an operator wrote may name, and what is wrong with one that names more.

Whoever knows the values says so: plays of accounts and people, `plays.mail_values`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from tenure.base.errors import BadDefinition
from tenure.definitions.toml_file import Fields
from tenure.kit.liquid import Clean, LiquidTemplate, ValueMissing, read_liquid, without_marks
from tenure.kit.telling import Tags
from tenure.segments.bad_condition import BadCondition
from tenure.segments.condition import read_condition
from tenure.segments.vocabulary import Vocabulary

Path = tuple[str, ...]
_TAKES: Mapping[str, tuple[type, ...]] = {
    "number": (int, float), "date": (date,), "flag": (bool,), "text": (str,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MailNames:
    """`problem` says what is wrong with a path, "" nothing; `kind` is number, date, flag, text or
    "" for any; `is_always` whether it is known of everybody. `over` is whom `where` asks."""

    problem: Callable[[Path], str]
    kind: Callable[[Path], str]
    is_always: Callable[[Path], bool]
    over: str
    vocabularies: Mapping[str, Vocabulary]
    tags: Tags = field(default_factory=dict)
    blocks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Declared:
    """What a text says of values that may be missing: which it needs, what stands for others."""

    required: tuple[Path, ...] = ()
    defaults: Mapping[Path, Any] = field(default_factory=dict)

    def filled(self, values: Mapping[str, Any], where: str) -> tuple[Clean, list[str]]:
        """The values with the defaults of those that are not known, and which these are.

        Raises ValueMissing for one that the text cannot do without.
        """
        clean = values if isinstance(values, Clean) else without_marks(values)
        whole, used = Clean(clean), []
        for path in self.required:
            if value_at(whole, path) is None:
                raise ValueMissing(
                    f"{where}: {'.'.join(path)} is not known, and the text cannot do without it"
                )
        for path, default in self.defaults.items():
            if value_at(whole, path) is None:
                _put(whole, path, default)
                used.append(".".join(path))
        return whole, used


def read_declared(head: Fields, names: MailNames) -> Declared:
    """`required` and `[defaults]` of a head. Raises BadDefinition with the field."""
    required = []
    for said in head.texts("required", ()):
        path = tuple(said.split("."))
        if problem := names.problem(path):
            raise head.refuse("required", problem)
        required.append(path)
    table = head.table("defaults")
    defaults = dict(_defaults(table, table.values, (), names))
    for path in required:
        if path in defaults:
            raise table.refuse(
                ".".join(path), "it is required as well; keep the default or the requirement"
            )
    return Declared(tuple(required), defaults)


def _defaults(
    table: Fields, values: Mapping[str, Any], above: Path, names: MailNames
) -> Iterable[tuple[Path, Any]]:
    for name, value in values.items():
        table.known(name)
        path = (*above, name)
        if isinstance(value, dict):
            yield from _defaults(table, value, path, names)
            continue
        if problem := names.problem(path):
            raise table.refuse(".".join(path), problem)
        kind = names.kind(path)
        is_flag = isinstance(value, bool) and kind != "flag"
        if kind and (is_flag or not isinstance(value, _TAKES[kind])):
            raise table.refuse(
                ".".join(path), f"{value!r} stands for a {kind}; write one, without quotes"
                if kind != "text" else f"{value!r} stands for a text; put it in quotes"
            )  # fmt: skip
        yield path, value


def read_text(text: str, where: str, names: MailNames) -> LiquidTemplate:
    """A text whose values, conditions and blocks are known. Raises BadDefinition with the line."""
    return read_liquid(text, where, names.tags, asks=True)


def check_text(part: LiquidTemplate, names: MailNames, declared: Declared) -> list[str]:
    """The events that its conditions name and nobody has sent.

    Raises BadDefinition for what it names and is not known, and for a value that it writes with no
    word on what to do without it.
    """
    for path in part.paths:
        place = f"{part.where}: line {path.line}"
        if path.path == ("language",):
            continue
        if problem := names.problem(path.path):
            raise BadDefinition(f"{place}: {problem}")
        is_said = path.path in declared.required or path.path in declared.defaults
        if not (path.is_sure or is_said or names.is_always(path.path)):
            raise BadDefinition(
                f"{place}: {path} is not known of everybody; write what else to say, "
                f"{{{{ {path} | default: '…' }}}} or [defaults], or name it in required"
            )
    for block in part.asking.blocks:
        if block.name not in names.blocks:
            raise BadDefinition(
                f"{part.where}: line {block.line}: {_no_block(block.name, names.blocks)}"
            )
    return [
        event
        for each in part.asking.conditions
        for event in _unseen(each.condition, f"{part.where}: line {each.line}", names)
    ]


def _unseen(condition: str, place: str, names: MailNames) -> list[str]:
    try:
        read = read_condition(condition, names.over, vocabulary=names.vocabularies[names.over])
    except BadCondition as error:
        raise BadDefinition(f"{place}: {condition!r}: {error.message}") from None
    return [each.event for each in read.unseen]


def _no_block(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"write blocks/{name}.toml"
    return f"there is no block {name!r}; {hint}"


def value_at(values: object, path: Path) -> Any:
    """What stands at a path; None where nothing does."""
    for name in path:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


def _put(values: dict[str, Any], path: Path, value: object) -> None:
    for name in path[:-1]:
        below = values.get(name)
        values[name] = dict(below) if isinstance(below, dict) else {}  # others may hold the same
        values = values[name]
    values[path[-1]] = value
