"""Tags that whoever fills a text answers: `{% testimonial feature: "reports" %}`.

    template = read_liquid(text, where, {"testimonial": {"feature", "language"}})
    template.marked({**values, TELLERS: {"testimonial": lambda asked: Told("...", "<p>...</p>")}})

Which tags there are is said where a text is read, and what they come to where it is filled, so
that a text knows nothing of what it shows. A tag that nobody answers comes to nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import TextIO

from liquid import RenderContext, Tag, Token, TokenStream
from liquid.ast import Node
from liquid.builtin.expressions import KeywordArgument
from liquid.exceptions import LiquidSyntaxError
from liquid.expression import Expression
from liquid.token import TOKEN_EXPRESSION, TOKEN_TAG

TELLERS = "told by name"  # a name that no template can write


class Told(str):
    """What a tag comes to: itself as plain text, and the HTML that stands for it in a mail.

    Its HTML is taken as it is: who makes one escapes what is in it.
    """

    __slots__ = ("html",)
    html: str

    def __new__(cls, text: str, html: str) -> "Told":
        made = super().__new__(cls, text)
        made.html = html
        return made


Teller = Callable[[Mapping[str, object]], Told | None]
Tags = Mapping[str, frozenset[str]]  # name of a tag: what may be asked of it


def tag_named(
    name: str, asked: frozenset[str], mark: Callable[[RenderContext, Told], str]
) -> type[Tag]:
    """A tag for Liquid. `mark` is what is written in the place of what it comes to."""

    class _Node(Node):
        __slots__ = ("arguments",)
        tag = name

        def __init__(self, token: Token, arguments: list[KeywordArgument]) -> None:
            super().__init__(token)
            self.arguments = arguments
            self.blank = False

        def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
            tellers = context.globals.get(TELLERS)
            teller = tellers.get(name) if isinstance(tellers, Mapping) else None
            said = {each.name: each.value.evaluate(context) for each in self.arguments}
            told = teller(said) if teller is not None else None
            return buffer.write(mark(context, told)) if told else 0

        def expressions(self) -> Iterable[Expression]:  # what a text names, for `analyze`
            return [each.value for each in self.arguments]

    class _Tag(Tag):
        block = False
        node_class = _Node

        def parse(self, stream: TokenStream) -> Node:
            stream.expect(TOKEN_TAG)
            token = stream.current
            if stream.peek.kind != TOKEN_EXPRESSION:  # it asks for nothing in particular
                return self.node_class(token, [])
            stream.next()
            tokens = stream.into_inner(tag=token, eat=False)
            arguments = KeywordArgument.parse(self.env, tokens)
            for each in arguments:
                if each.name not in asked:
                    raise LiquidSyntaxError(_unknown(name, each.name, asked), token=token)
            return self.node_class(token, arguments)

    _Tag.name = name
    return _Tag


def _unknown(tag: str, said: str, asked: frozenset[str]) -> str:
    near = get_close_matches(said, asked, 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"use {', '.join(sorted(asked))}"
    return f"{tag} knows no {said!r}; {hint}"
