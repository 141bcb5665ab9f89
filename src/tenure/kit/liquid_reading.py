"""What a template asks of its reader, and which of its values may turn out to be missing."""

from dataclasses import dataclass

import liquid
from liquid.ast import ConditionalBlockNode, Node
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.expression import Expression

from tenure.kit.liquid_tags import BlockTextNode, WhereNode, has_default


@dataclass(frozen=True, slots=True)
class AskedCondition:
    condition: str
    line: int


@dataclass(frozen=True, slots=True)
class NamedBlock:
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Asking:
    """Conditions and blocks, in order.

    `unsure` are the places of values that are written with no word on what to do without them.
    """

    conditions: tuple[AskedCondition, ...] = ()
    blocks: tuple[NamedBlock, ...] = ()
    unsure: frozenset[int] = frozenset()


def asking_of(template: liquid.BoundTemplate, text: str) -> Asking:
    """What a template asks, with the line of each."""
    found = _Walk(liquid.RenderContext(template), text)
    for node in template.nodes:
        found.visit(node, frozenset())
    return Asking(tuple(found.conditions), tuple(found.blocks), frozenset(found.unsure))


class _Walk:
    def __init__(self, context: liquid.RenderContext, text: str) -> None:
        self.context, self.text = context, text
        self.conditions: list[AskedCondition] = []
        self.blocks: list[NamedBlock] = []
        self.unsure: list[int] = []

    def visit(self, node: Node, guarded: frozenset[str]) -> None:
        line = self.text.count("\n", 0, node.token.start_index) + 1
        if isinstance(node, WhereNode):
            self.conditions += [AskedCondition(way.condition, line) for way in node.ways]
        elif isinstance(node, BlockTextNode):
            self.blocks.append(NamedBlock(node.name, line))
        elif isinstance(node, OutputNode | AssignNode):
            self._written(node.expression, guarded)
        asked = self._asked(node)
        for child in node.children(self.context):
            is_else = isinstance(node, IfNode) and child is node.default
            self.visit(child, guarded if is_else else guarded | asked)

    def _asked(self, node: Node) -> frozenset[str]:
        """The values that a condition asks for: whoever asks knows that they may be missing."""
        if not isinstance(node, IfNode | UnlessNode | ConditionalBlockNode):
            return frozenset()
        return frozenset(str(path) for each in node.expressions() for path in paths_in(each))

    def _written(self, expression: Expression, guarded: frozenset[str]) -> None:
        if has_default(expression):
            return
        # Of a choice between two, one is written; of a filter's arguments, none.
        first = expression.left if isinstance(expression, FilteredExpression) else expression
        for path in paths_in(first):
            if str(path) not in guarded:
                self.unsure.append(path.token.start_index)


def paths_in(expression: Expression) -> list[Path]:
    """Every value that an expression names."""
    found = [expression] if isinstance(expression, Path) else []
    for child in expression.children():
        found += paths_in(child)
    return found
