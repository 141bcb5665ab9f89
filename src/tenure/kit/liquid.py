"""Liquid for texts that an operator writes: a small, bounded part of it, checked before it is used.

    template = read_liquid("Hello {{ person.first_name | default: 'there' }}", "plays/a/01.en.md")
    template.paths                                  # what it names, with the line of each
    template.plain({"person": {...}})               # Hello Ann
    template.marked({"person": {...}})              # Hello <mark 0>, and ("Ann",)

What `marked` is for stands in `liquid_context.py`. A value that nobody knows is an error; it never
leaves an empty place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

import liquid
from liquid.exceptions import LiquidError, ResourceLimitError, UndefinedError
from liquid.undefined import FalsyStrictUndefined

from tenure.base.errors import BadDefinition, InvalidInput
from tenure.kit.liquid_context import (
    CLOSES,
    FORM,
    MARK,
    OPENS,
    PRIVATE,
    READER,
    SAID,
    Context,
    Form,
    Reader,
)
from tenure.kit.liquid_reading import Asking, asking_of
from tenure.kit.liquid_tags import BlockTag, MarkingOutput, WhereTag
from tenure.kit.telling import Tags, Told, tag_named

__all__ = [
    "CLOSES",
    "MARK",
    "OPENS",
    "LiquidTemplate",
    "Marked",
    "NamedPath",
    "TemplateFailed",
    "ValueMissing",
    "filled",
    "read_liquid",
    "without_marks",
]

_TAGS = frozenset(
    {
        "content", "output", "illegal", "#", "comment",
        "assign", "capture", "if", "unless", "case", "for", "break", "continue",
    }
)  # fmt: skip
_NO_WORDS = {"content", "output", "illegal", "#"}
TEXT_MOST = 200_000


class TemplateFailed(InvalidInput):
    """A template that could not be filled: a value is missing, or it grew beyond all bounds."""

    code = "template_failed"


class ValueMissing(TemplateFailed):
    """A value that the text cannot do without, and nobody knows."""

    code = "value_missing"


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with marks, and the values that belong where they are."""

    text: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A value that a template names: `person.first_name`, and on which line.

    `is_sure` says that the text says what to do where it is not known, or writes it nowhere.
    """

    path: tuple[str, ...]
    line: int
    is_sure: bool = True

    def __str__(self) -> str:
        return ".".join(self.path)


class Clean(dict[str, Any]):
    """Values in which nobody has made a mark."""


class _Unknown(FalsyStrictUndefined):
    """What a value is that nobody knows: untrue, replaced by a default, and never written."""

    force_liquid_default = True


class _Template(liquid.BoundTemplate):
    context_class = Context


class _Environment(liquid.Environment):
    context_depth_limit = 10
    loop_iteration_limit = 2_000
    local_namespace_limit = 100_000
    output_stream_limit = 500_000
    template_class = _Template


@lru_cache(maxsize=16)
def _environment(
    told: tuple[tuple[str, frozenset[str]], ...] = (), asks: bool = False
) -> _Environment:
    made = _Environment(undefined=_Unknown, strict_filters=True)
    for name in made.tags.keys() - _TAGS:
        del made.tags[name]
    made.add_tag(MarkingOutput)
    if asks:
        made.add_tag(WhereTag)
        made.add_tag(BlockTag)
    for name, asked in told:
        made.add_tag(tag_named(name, asked, _told_mark))
    return made


def _told_mark(context: liquid.RenderContext, told: Told) -> str:
    """A mark with nothing beside it: what is told is a paragraph of its own."""
    said = context.marked_values() if isinstance(context, Context) else None
    if said is None:
        return str(told)
    said.append(Told(PRIVATE.sub("", told), PRIVATE.sub("", told.html)))
    text = f"\n\n{OPENS}{len(said) - 1}{CLOSES}\n\n"
    form = context.form() if isinstance(context, Context) else None
    return form(text) if form is not None else text


@dataclass(frozen=True, slots=True)
class LiquidTemplate:
    """A text that was read. `where` is how messages name it, `asking` what its reader is asked."""

    where: str
    template: liquid.BoundTemplate
    paths: tuple[NamedPath, ...]
    asking: Asking = Asking()
    text: str = ""

    def plain(self, values: Mapping[str, object], reader: Reader | None = None) -> str:
        """The text with its values. Raises TemplateFailed."""
        clean = values if isinstance(values, Clean) else without_marks(values)
        return self._filled({**clean, READER: reader})

    def marked(
        self,
        values: Mapping[str, object],
        reader: Reader | None = None,
        form: Form | None = None,
    ) -> Marked:
        """The text with a mark for each value. Raises TemplateFailed."""
        said: list[str] = []
        clean = values if isinstance(values, Clean) else without_marks(values)
        text = self._filled({**clean, SAID: said, READER: reader, FORM: form})
        return Marked(text, tuple(said))

    def _filled(self, values: Mapping[str, object]) -> str:
        try:
            return self.template.render(values)
        except ResourceLimitError as error:
            raise TemplateFailed(
                f"{self.where}: this grows beyond all bounds: {_message(error)}"
            ) from None
        except UndefinedError as error:
            raise ValueMissing(
                f"{self.where}: {_line(error)}{_message(error)}; "
                "write what else to say: {{ ... | default: '...' }}"
            ) from None
        except LiquidError as error:
            raise TemplateFailed(f"{self.where}: {_line(error)}{_message(error)}") from None


def read_liquid(
    text: str, where: str, tags: Tags | None = None, *, asks: bool = False
) -> LiquidTemplate:
    """The template that a text is; `tags` are those that whoever fills it answers (`telling.py`).

    With `asks` it may have `where` and `block`, which its reader answers. Raises BadDefinition with
    the line of a mistake.
    """
    told = tuple(sorted((tags or {}).items(), key=lambda each: each[0]))
    if len(text) > TEXT_MOST:
        raise BadDefinition(f"{where}: this is {len(text)} characters; keep to {TEXT_MOST}")
    if PRIVATE.search(text):
        raise BadDefinition(f"{where}: it has a character of private use; leave that out")
    environment = _environment(told, asks)
    try:
        template = environment.from_string(text)
        analysis = template.analyze()
    except RecursionError:
        raise BadDefinition(f"{where}: this is nested too deeply; write it flatter") from None
    except LiquidError as error:
        raise BadDefinition(
            f"{where}: {_line(error)}{_message(error)}{_tag(error, environment)}"
        ) from None
    for name in sorted(analysis.filters.keys() - environment.filters.keys()):
        line = _line_of(text, analysis.filters[name][0].index)
        near = get_close_matches(name, environment.filters, 1)
        hint = f"did you mean {near[0]!r}?" if near else "leave it out"
        raise BadDefinition(f"{where}: line {line}: there is no filter {name!r}; {hint}")
    asking = asking_of(template, text)
    paths = [
        NamedPath(
            tuple(str(part) for part in each.segments),
            _line_of(text, each.span.index),
            each.span.index not in asking.unsure,
        )
        for found in analysis.globals.values()
        for each in found
    ]
    named = tuple(sorted(paths, key=lambda each: each.line))
    return LiquidTemplate(where, template, named, asking, text)


def without_marks(values: Mapping[str, Any]) -> Clean:
    """The values without characters of private use: nobody makes a mark but this module.

    What says nothing is not known, so that `if` and `default` see it alike.
    """
    return Clean({key: _clean(each) for key, each in values.items()})


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return (value if value.isascii() else PRIVATE.sub("", value)) or None
    if isinstance(value, Mapping):
        return {key: _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    return value


def filled(text: str, values: tuple[str, ...]) -> str:
    """A text with its marks replaced by these values."""
    return MARK.sub(lambda mark: values[int(mark[1])], text)


def _line_of(text: str, start: int) -> int:
    return text.count("\n", 0, start) + 1


def _line(error: LiquidError) -> str:
    token = error.token
    if token is None or not getattr(token, "source", ""):
        return ""
    return f"line {_line_of(token.source, token.start_index)}: "


def _message(error: LiquidError) -> str:
    return str(error.message or error).splitlines()[0]


def _tag(error: LiquidError, environment: _Environment) -> str:
    """Which tags there are, where it named another."""
    if "unexpected tag" not in _message(error):
        return ""
    return f"; use {', '.join(sorted(environment.tags.keys() - _NO_WORDS))}"
