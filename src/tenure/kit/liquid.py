"""Liquid for texts that an operator writes: a small, bounded part of it, checked before it is used.

    template = read_liquid("Hello {{ person.first_name | default: 'there' }}", "plays/a/01.en.md")
    template.paths                                  # what it names, with the line of each
    template.plain({"person": {...}})               # Hello Ann
    template.marked({"person": {...}})              # Hello <mark 0>, and ("Ann",)

`marked` leaves a mark where a value belongs, so that whatever turns the text into something else,
Markdown into HTML say, never reads what a customer typed. Marks are of Unicode's private use.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, TextIO

import liquid
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import LiquidError, ResourceLimitError, UndefinedError
from liquid.stringify import to_liquid_string
from liquid.undefined import StrictDefaultUndefined

from tenure.base.errors import BadDefinition, InvalidInput
from tenure.kit.telling import Tags, Told, tag_named

OPENS, CLOSES = "\ue000", "\ue001"
MARK = re.compile(f"{OPENS}(\\d+){CLOSES}")
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_TAGS = frozenset(
    {
        "content", "output", "illegal", "#", "comment",
        "assign", "capture", "if", "unless", "case", "for", "break", "continue",
    }
)  # fmt: skip
_SAID = "said by the values"
TEXT_MOST = 200_000


class TemplateFailed(InvalidInput):
    """A template that could not be filled: a value is missing, or it grew beyond all bounds."""

    code = "template_failed"


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with marks, and the values that belong where they are."""

    text: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A value that a template names: `person.first_name`, and on which line."""

    path: tuple[str, ...]
    line: int

    def __str__(self) -> str:
        return ".".join(self.path)


class _MarkingNode(OutputNode):
    def render_to_output(self, context: liquid.RenderContext, buffer: TextIO) -> int:
        value = to_liquid_string(self.expression.evaluate(context), autoescape=False)
        said = context.marked_values() if isinstance(context, _Context) else None
        if said is None:
            return buffer.write(value)
        said.append(_whole(value, said))
        return buffer.write(f"{OPENS}{len(said) - 1}{CLOSES}")


def _whole(value: str, said: list[str]) -> str:
    """What was captured has marks; a filter may have written beside them, or in them."""
    known = MARK.sub(lambda mark: said[n] if (n := int(mark[1])) < len(said) else "", value)
    return _PRIVATE.sub("", known)


class _Context(liquid.RenderContext):
    """Values that are marked are gathered under a name that no template can write."""

    def marked_values(self) -> list[str] | None:
        found = self.globals.get(_SAID)
        return found if isinstance(found, list) else None


class _Template(liquid.BoundTemplate):
    context_class = _Context


class _Output(Output):
    node_class = _MarkingNode


class _Environment(liquid.Environment):
    context_depth_limit = 10
    loop_iteration_limit = 2_000
    local_namespace_limit = 100_000
    output_stream_limit = 500_000
    template_class = _Template


@lru_cache(maxsize=16)
def _environment(told: Iterable[tuple[str, frozenset[str]]] = ()) -> _Environment:
    made = _Environment(undefined=StrictDefaultUndefined, strict_filters=True)
    for name in made.tags.keys() - _TAGS:
        del made.tags[name]
    made.add_tag(_Output)
    for name, asked in told:
        made.add_tag(tag_named(name, asked, _told_mark))
    return made


def _told_mark(context: liquid.RenderContext, told: Told) -> str:
    """A mark with nothing beside it: what is told is a paragraph of its own."""
    said = context.marked_values() if isinstance(context, _Context) else None
    if said is None:
        return str(told)
    said.append(Told(_PRIVATE.sub("", told), _PRIVATE.sub("", told.html)))
    return f"\n\n{OPENS}{len(said) - 1}{CLOSES}\n\n"


@dataclass(frozen=True, slots=True)
class LiquidTemplate:
    """A text that was read. `where` is how messages name it."""

    where: str
    template: liquid.BoundTemplate
    paths: tuple[NamedPath, ...]

    def plain(self, values: Mapping[str, object]) -> str:
        """The text with its values. Raises TemplateFailed."""
        return self._filled(values)

    def marked(self, values: Mapping[str, object]) -> Marked:
        """The text with a mark for each value. Raises TemplateFailed."""
        said: list[str] = []
        text = self._filled({**_without_marks(values), _SAID: said})
        return Marked(text, tuple(said))

    def _filled(self, values: Mapping[str, object]) -> str:
        try:
            return self.template.render(values)
        except ResourceLimitError as error:
            raise TemplateFailed(
                f"{self.where}: this grows beyond all bounds: {_message(error)}"
            ) from None
        except UndefinedError as error:
            raise TemplateFailed(
                f"{self.where}: {_line(error)}{_message(error)}; "
                "write what else to say: {{ ... | default: '...' }}"
            ) from None
        except LiquidError as error:
            raise TemplateFailed(f"{self.where}: {_line(error)}{_message(error)}") from None


def read_liquid(text: str, where: str, tags: Tags | None = None) -> LiquidTemplate:
    """The template that a text is; `tags` are those that whoever fills it answers (`telling.py`).

    Raises BadDefinition with the line of a mistake.
    """
    known = _environment(tuple(sorted((tags or {}).items(), key=lambda each: each[0])))
    if len(text) > TEXT_MOST:
        raise BadDefinition(f"{where}: this is {len(text)} characters; keep to {TEXT_MOST}")
    if _PRIVATE.search(text):
        raise BadDefinition(f"{where}: it has a character of private use; leave that out")
    try:
        template = known.from_string(text)
        analysis = template.analyze()
    except RecursionError:
        raise BadDefinition(f"{where}: this is nested too deeply; write it flatter") from None
    except LiquidError as error:
        raise BadDefinition(f"{where}: {_line(error)}{_message(error)}") from None
    for name in sorted(analysis.filters.keys() - known.filters.keys()):
        line = _line_of(text, analysis.filters[name][0].index)
        near = get_close_matches(name, known.filters, 1)
        hint = f"did you mean {near[0]!r}?" if near else "leave it out"
        raise BadDefinition(f"{where}: line {line}: there is no filter {name!r}; {hint}")
    paths = [
        NamedPath(tuple(str(part) for part in each.segments), _line_of(text, each.span.index))
        for found in analysis.globals.values()
        for each in found
    ]
    return LiquidTemplate(where, template, tuple(sorted(paths, key=lambda each: each.line)))


def _without_marks(value: Any) -> Any:
    """The values without characters of private use: nobody makes a mark but this module."""
    if isinstance(value, str):
        return _PRIVATE.sub("", value)
    if isinstance(value, Mapping):
        return {key: _without_marks(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_marks(each) for each in value]
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
