"""The tags that a text with values may have beside Liquid's own.

{{ value }}                                          marked, and never a hole
{% where "plan = 'Pro'" %} … {% elsewhere "…" %} … {% else %} … {% endwhere %}
{% block next_step %}                                what the reader is told there
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TextIO

import liquid
from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import (
    FilteredExpression,
    StringLiteral,
    parse_primitive,
)
from liquid.builtin.output import Output, OutputNode
from liquid.exceptions import LiquidSyntaxError, UndefinedError
from liquid.expression import Expression
from liquid.parser import get_parser
from liquid.stream import TokenStream
from liquid.stringify import to_liquid_string
from liquid.tag import Tag
from liquid.token import (
    TOKEN_EOF,
    TOKEN_EXPRESSION,
    TOKEN_STRING,
    TOKEN_TAG,
    TOKEN_WORD,
    Token,
)
from liquid.undefined import is_undefined

from tenure.kit.liquid_context import CLOSES, OPENS, Context, whole

WHERE, ELSEWHERE, ELSE, ENDWHERE = "where", "elsewhere", "else", "endwhere"
BLOCK = "block"


class MarkingNode(OutputNode):
    """A value. One that nobody knows is an error, and never an empty place."""

    def render_to_output(self, context: liquid.RenderContext, buffer: TextIO) -> int:
        found = self.expression.evaluate(context)
        value = "" if is_undefined(found) else to_liquid_string(found, autoescape=False)
        if not value and self._is_unknown(context):
            raise UndefinedError(f"{self.expression} is not known", token=self.token)
        said = context.marked_values() if isinstance(context, Context) else None
        if said is None:
            return buffer.write(value)
        said.append(whole(value, said))
        return buffer.write(f"{OPENS}{len(said) - 1}{CLOSES}")

    def _is_unknown(self, context: liquid.RenderContext) -> bool:
        """Whether nothing is written because nothing is known; a default says what else."""
        written = self.expression
        if has_default(written):
            return False
        first = written.left if isinstance(written, FilteredExpression) else written
        value = first.evaluate(context)
        return is_undefined(value) or value is None or value == ""


class MarkingOutput(Output):
    node_class = MarkingNode


def has_default(expression: Expression) -> bool:
    """Whether an expression says what stands there when its value is not known."""
    filters = getattr(expression, "filters", None) or []
    return any(each.name == "default" for each in filters)


@dataclass(frozen=True, slots=True)
class _Way:
    condition: str
    block: BlockNode


class WhereNode(Node):
    """The first of these texts whose condition holds for the reader."""

    __slots__ = ("otherwise", "ways")

    def __init__(self, token: Token, ways: list[_Way], otherwise: BlockNode | None) -> None:
        super().__init__(token)
        self.ways, self.otherwise = ways, otherwise
        self.blank = False

    def render_to_output(self, context: liquid.RenderContext, buffer: TextIO) -> int:
        reader = context.reader() if isinstance(context, Context) else None
        for way in self.ways:
            if reader is not None and reader.holds(way.condition) is True:
                return way.block.render(context, buffer)
        return self.otherwise.render(context, buffer) if self.otherwise else 0

    def children(
        self, static_context: liquid.RenderContext, *, include_partials: bool = True
    ) -> Iterable[Node]:
        yield from (way.block for way in self.ways)
        if self.otherwise:
            yield self.otherwise


class WhereTag(Tag):
    name, end = WHERE, ENDWHERE
    block = True

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        parse_block = get_parser(self.env).parse_block
        stops = frozenset({ELSEWHERE, ELSE, ENDWHERE, TOKEN_EOF})
        ways = [_Way(self._condition(stream, token), parse_block(stream, stops))]
        while stream.current.is_tag(ELSEWHERE):
            at = next(stream)
            ways.append(_Way(self._condition(stream, at), parse_block(stream, stops)))
        otherwise = None
        if stream.current.is_tag(ELSE):
            next(stream)
            otherwise = parse_block(stream, frozenset({ENDWHERE, TOKEN_EOF}))
        if not stream.current.is_tag(ENDWHERE):
            raise LiquidSyntaxError("this where is never ended; add {% endwhere %}", token=token)
        return WhereNode(token, ways, otherwise)

    def _condition(self, stream: TokenStream, at: Token) -> str:
        refusal = LiquidSyntaxError(
            "write the condition in quotes: {% where \"plan = 'Pro'\" %}", token=at
        )
        if stream.current.kind != TOKEN_EXPRESSION:
            raise refusal
        tokens = stream.into_inner(tag=at)
        said = parse_primitive(self.env, tokens)
        if not isinstance(said, StringLiteral) or tokens.current.kind != TOKEN_EOF:
            raise refusal
        return str(said.value)


class BlockTextNode(Node):
    """The block of that name, as it is for the reader; what nobody is told of is nothing."""

    __slots__ = ("name",)

    def __init__(self, token: Token, name: str) -> None:
        super().__init__(token)
        self.name = name
        self.blank = False

    def render_to_output(self, context: liquid.RenderContext, buffer: TextIO) -> int:
        reader = context.reader() if isinstance(context, Context) else None
        piece = reader.block(self.name) if reader is not None else None
        if piece is None:
            return 0
        text = _parsed(context.env, piece.text).render({**context.globals, **piece.values})
        form = context.form() if isinstance(context, Context) else None
        return buffer.write(text if piece.is_ready or form is None else form(text))


class BlockTag(Tag):
    """`{% block next_step %}`"""

    name = BLOCK
    block = False

    def parse(self, stream: TokenStream) -> Node:
        token = stream.eat(TOKEN_TAG)
        if stream.current.kind != TOKEN_EXPRESSION:
            raise LiquidSyntaxError("name the block: {% block next_step %}", token=token)
        tokens = stream.into_inner(tag=token, eat=False)
        name = next(tokens)
        if name.kind not in (TOKEN_WORD, TOKEN_STRING) or tokens.current.kind != TOKEN_EOF:
            raise LiquidSyntaxError("name one block: {% block next_step %}", token=token)
        return BlockTextNode(token, name.value)


@lru_cache(maxsize=512)
def _parsed(env: liquid.Environment, text: str) -> liquid.BoundTemplate:
    return env.from_string(text)
