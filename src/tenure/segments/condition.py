"""What a text asks of accounts or people: `read_condition` reads, checks and keeps it."""

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.tokens import Token

from tenure.segments import refusals
from tenure.segments.bad_condition import BadCondition
from tenure.segments.checking import Checking
from tenure.segments.nearest import nearest
from tenure.segments.place import Place
from tenure.segments.tokens import DIALECT, tokens_of
from tenure.segments.tree import ColumnName, Node
from tenure.segments.vocabulary import ACCOUNT, Vocabulary


@dataclass(frozen=True, slots=True)
class Unseen:
    """An event that a condition names and nobody has sent yet; `near` are events like it."""

    event: str
    near: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that can be asked: every name known, every type right."""

    text: str
    over: str  # account | person
    tree: Node
    unseen: tuple[Unseen, ...] = ()

    @property
    def columns(self) -> tuple[ColumnName, ...]:
        """The columns that it names, each once, in order."""
        return tuple(dict.fromkeys(n.value for n in self.tree.walk() if n.op == "column"))

    @property
    def events(self) -> tuple[str, ...]:
        """The events that it counts, each once, in order."""
        named = {"did": lambda value: value[0], "last": lambda value: value}
        return tuple(dict.fromkeys(named[n.op](n.value) for n in self.tree.walk() if n.op in named))


def read_condition(
    text: str, over: str = ACCOUNT, *, vocabulary: Vocabulary | None = None
) -> Condition:
    """The condition that a text states. `vocabulary` is the installation's unless given.

    Raises BadCondition with message, place and, where one is known, what to write instead.
    """
    if vocabulary is None:
        from tenure.segments.known import vocabulary_of  # the installation's catalogue

        vocabulary = vocabulary_of(over)
    tokens = tokens_of(text, vocabulary.columns.keys() | vocabulary.account_columns.keys())
    tree = Checking(text, vocabulary).condition(_parsed(text, tokens))
    condition = Condition(text, vocabulary.over, tree)
    return Condition(text, vocabulary.over, tree, _unseen(condition, vocabulary))


def _parsed(text: str, tokens: list[Token]) -> exp.Expression:
    try:
        found = DIALECT.parser().parse_into(exp.Condition, tokens, text)
    except ParseError as error:
        raise _unreadable(text, tokens, error) from None
    except RecursionError:
        raise refusals.unreadable(Place(text, 0, len(text))) from None
    if len(found) != 1 or found[0] is None:
        raise refusals.unreadable(Place(text, 0, len(text)))
    return found[0]


def _unreadable(text: str, tokens: list[Token], error: ParseError) -> BadCondition:
    """Where the parser stopped. It counts lines and columns of a token's last character."""
    if error.errors:
        line, column = error.errors[0].get("line"), error.errors[0].get("col")
        for token in tokens:
            if (token.line, token.col) == (line, column):
                return refusals.unreadable(Place(text, token.start, token.end + 1))
    last = tokens[-1]
    return refusals.unreadable(Place(text, last.start, last.end + 1))


def _unseen(condition: Condition, vocabulary: Vocabulary) -> tuple[Unseen, ...]:
    seen = vocabulary.events
    if seen is None:
        return ()
    return tuple(
        Unseen(event, tuple(nearest(event, seen)))
        for event in condition.events
        if event not in seen
    )
