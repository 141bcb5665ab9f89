"""From sqlglot's tree to ours: every node known, every name in the catalogue, every type right."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from sqlglot import exp

from tenure.segments import literals, refusals
from tenure.segments.place import Place
from tenure.segments.tree import (
    ARITHMETIC,
    BOOLEAN,
    COMPARISONS,
    DATE,
    LIST,
    NUMBER,
    TEXT,
    Node,
)
from tenure.segments.vocabulary import ACCOUNT, PERSON, Vocabulary

# Sixteen factors of nineteen digits leave what a double can hold.
ARITHMETIC_MOST = 12
VALUES_MOST = 200
_OPS: dict[type[exp.Expression], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/",
    exp.Like: "like", exp.ILike: "ilike",
}  # fmt: skip
_CALLS: dict[type[exp.Expression], str] = {
    exp.Lower: "lower", exp.Abs: "abs", exp.Coalesce: "coalesce", exp.Length: "length",
    exp.Last: "last",
}  # fmt: skip
_CHAINS = (*COMPARISONS, "like", "ilike", "between", "in", "is_null", "is_true", "is_false")


class Checking:
    """Reads one condition. Every method gives a Node, or raises BadCondition at its place."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self._arithmetic = 0

    def condition(self, found: exp.Expression) -> Node:
        """A yes-or-no question; a bare number or text is none."""
        node = self.node(found)
        if node.type != BOOLEAN:
            raise refusals.no_question(self.text, node)
        return node

    def node(self, found: exp.Expression, beside: Node | None = None) -> Node:
        """Any part of a condition. `beside` is what it is compared with, for better advice."""
        if isinstance(found, exp.Paren):
            self._only(found, "this")
            return self.node(found.this, beside)
        if isinstance(found, exp.Column):
            return self._column(found, beside)
        read = _READERS.get(type(found))
        if read is None and isinstance(found, exp.Func):
            raise refusals.no_such_function(found.sql_name().lower(), self.place(found))
        if read is None:
            raise refusals.not_in_the_language(self.place(found))
        return read(self, found)

    def place(self, *found: exp.Expression) -> Place:
        return Place.of(self.text, found)

    def _only(self, found: exp.Expression, *keys: str) -> None:
        """Nothing may hang on a node that its reader does not read."""
        for key, value in found.args.items():
            if value and key not in keys:
                raise refusals.not_in_the_language(self.place(found))

    # --- values

    def _literal(self, found: exp.Literal) -> Node:
        self._only(found, "this", "is_string")
        place = self.place(found)
        if found.is_string:
            return Node("literal", TEXT, value=found.this, span=place.span)
        return literals.number(found.this, place)

    def _boolean(self, found: exp.Boolean) -> Node:
        return Node("literal", BOOLEAN, value=bool(found.this), span=self.place(found).span)

    def _date(self, found: exp.Cast) -> Node:
        """`date '2026-01-01'`, which sqlglot reads as a cast; other casts do not get here."""
        is_date = found.to.is_type(exp.DataType.Type.DATE)
        if not is_date or not isinstance(found.this, exp.Literal) or not found.this.is_string:
            raise refusals.not_in_the_language(self.place(found))
        return literals.date_of(found.this.this, self.place(found))

    def _column(self, found: exp.Column, beside: Node | None) -> Node:
        self._only(found, "this", "table")
        if not isinstance(found.this, exp.Identifier):
            raise refusals.not_in_the_language(self.place(found))
        name, of, place = found.name, found.table, self.place(found)
        if name.lower() == "today" and not of:
            return Node("today", DATE, span=place.span)
        if of.lower() not in ("", ACCOUNT):
            raise refusals.no_such_column(f"{of}.{name}", place, self.vocabulary, beside)
        if of and self.vocabulary.over != PERSON:
            raise refusals.account_of_an_account(name, place)
        # A name in double quotes is a name as well; "Pro" for 'Pro' is told when it is none.
        known = self.vocabulary.named(name.lower(), of.lower())
        if known is None:
            written = f"{of}.{name}" if of else name
            raise refusals.no_such_column(written, place, self.vocabulary, beside)
        column, type_ = known
        return Node("column", type_, value=column, span=place.span)

    # --- arithmetic

    def _arithmetic_of(self, found: exp.Binary) -> Node:
        self._only(found, "this", "expression")
        op, place = _OPS[type(found)], self.place(found)
        self._arithmetic += 1
        if self._arithmetic > ARITHMETIC_MOST:
            raise refusals.too_much_arithmetic(place, ARITHMETIC_MOST)
        left = self.node(found.this)
        if isinstance(found.expression, exp.Interval):
            at = Place(self.text, left.span[1], place.end).next_interval()
            return self._shift(op, left, literals.interval(found.expression, at), at)
        right = self.node(found.expression, left)
        if left.type == DATE and op in "+-":
            if right.type == DATE and op == "-":
                return Node("days", NUMBER, (left, right), span=place.span)
            if right.op == "literal" and isinstance(right.value, int) and right.type == NUMBER:
                return self._shift(op, left, (right.value, "day"), place)
        for side in (left, right):
            if side.type != NUMBER:
                raise refusals.no_arithmetic(self.text, op, side)
        return Node(op, NUMBER, (left, right), span=place.span)

    def _shift(self, op: str, of: Node, by: tuple[int, str], place: Place) -> Node:
        if of.type != DATE or op not in "+-":
            raise refusals.no_arithmetic(self.text, op, of)
        count, unit = by
        literals.check_reach(count, unit, place)
        return Node("shift", DATE, (of,), (count if op == "+" else -count, unit), place.span)

    def _negative(self, found: exp.Neg) -> Node:
        self._only(found, "this")
        inner = self.node(found.this)
        if inner.type != NUMBER:
            raise refusals.no_arithmetic(self.text, "-", inner)
        span = (self.text.rfind("-", 0, inner.span[0]), inner.span[1])
        if inner.op == "literal":
            return Node("literal", NUMBER, value=-inner.value, span=span)
        return Node("negative", NUMBER, (inner,), span=span)

    # --- functions

    def _call(self, found: exp.Expression) -> Node:
        self._only(found, "this", "expressions")
        if isinstance(found, exp.Anonymous):
            name, given = str(found.this).lower(), list(found.expressions)
        else:
            name = _CALLS[type(found)]
            given = [each for each in (found.this, *(found.args.get("expressions") or ())) if each]
        place = self.place(found)
        call = _FUNCTIONS.get(name)
        if call is None:
            raise refusals.no_such_function(name, place)
        return call(self, given, place)

    def _did(self, given: list[exp.Expression], place: Place) -> Node:
        if len(given) != 2:
            raise refusals.wrong_call(_("did('an event', 30): its name, and days"), place)
        event = self._event(given[0])
        days = self.node(given[1])
        is_whole = days.op == "literal" and isinstance(days.value, int) and days.type == NUMBER
        if not is_whole or not 1 <= days.value <= literals.DAYS_MOST:
            raise refusals.wrong_days(Place(self.text, *days.span), literals.DAYS_MOST)
        return Node("did", NUMBER, value=(event, days.value), span=place.span)

    def _last(self, given: list[exp.Expression], place: Place) -> Node:
        if len(given) != 1:
            raise refusals.wrong_call(_("last('an event'): its name"), place)
        return Node("last", NUMBER, value=self._event(given[0]), span=place.span)

    def _event(self, found: exp.Expression) -> str:
        if isinstance(found, exp.Literal) and found.is_string and found.this.strip():
            return found.this
        raise refusals.no_event(self.place(found))

    def _has(self, given: list[exp.Expression], place: Place) -> Node:
        if len(given) != 2:
            raise refusals.wrong_call(_("has(a list, 'a text')"), place)
        values, wanted = self.node(given[0]), self.node(given[1])
        if values.type != LIST:
            raise refusals.wrong_type(self.text, values, LIST)
        if wanted.op != "literal" or wanted.type != TEXT:
            raise refusals.wrong_type(self.text, wanted, TEXT)
        return Node("has", BOOLEAN, (values, wanted), span=place.span)

    def _of_one(self, name: str, takes: str, gives: str) -> Callable[..., Node]:
        def call(given: list[exp.Expression], place: Place) -> Node:
            if len(given) != 1:
                raise refusals.wrong_call(f"{name}(...)", place)
            inner = self.node(given[0])
            if inner.type != takes:
                raise refusals.wrong_type(self.text, inner, takes)
            return Node(name, gives, (inner,), span=place.span)

        return call

    def _coalesce(self, given: list[exp.Expression], place: Place) -> Node:
        if len(given) != 2:
            raise refusals.wrong_call(_("coalesce(what may be null, what to take then)"), place)
        first = self.node(given[0])
        second = self.node(given[1], first)
        self._alike(first, second)
        if first.type == LIST:
            raise refusals.wrong_type(self.text, first, TEXT)
        return Node("coalesce", first.type, (first, second), span=place.span)

    # --- questions

    def _comparison(self, found: exp.Binary) -> Node:
        self._only(found, "this", "expression")
        op, place = _OPS[type(found)], self.place(found)
        left, right = self._sides(found)
        if LIST in (left.type, right.type):
            raise refusals.list_compared(left if left.type == LIST else right, self.text)
        self._alike(left, right)
        if left.type == BOOLEAN and op not in ("=", "<>"):
            raise refusals.no_order(self.text, left, op)
        return Node(op, BOOLEAN, (left, right), span=place.span)

    def _sides(self, found: exp.Binary) -> tuple[Node, Node]:
        for side in (found.this, found.expression):
            if isinstance(side, exp.Null):
                raise refusals.compared_with_null(self.place(found))
            if type(side) in _READERS and _is_chained(side):
                raise refusals.chained(self.place(found))
        # A name that is not known is advised by what it is compared with: that is read first.
        if isinstance(found.this, exp.Column) and not self._is_known(found.this):
            right = self.node(found.expression)
            return self.node(found.this, right), right
        left = self.node(found.this)
        return left, self.node(found.expression, left)

    def _is_known(self, found: exp.Column) -> bool:
        return self.vocabulary.named(found.name.lower(), found.table.lower()) is not None

    def _alike(self, left: Node, right: Node) -> None:
        if left.type != right.type:
            raise refusals.not_alike(self.text, left, right)

    def _like(self, found: exp.Binary) -> Node:
        self._only(found, "this", "expression", "negate")
        self._unchained(found.this)
        left, right = self.node(found.this), self.node(found.expression)
        for side in (left, right):
            if side.type != TEXT:
                raise refusals.wrong_type(self.text, side, TEXT)
        if right.op != "literal":
            raise refusals.pattern_wanted(self.text, right)
        span = self.place(found).span
        like = Node(_OPS[type(found)], BOOLEAN, (left, right), span=span)
        return Node("not", BOOLEAN, (like,), span=span) if found.args.get("negate") else like

    def _between(self, found: exp.Between) -> Node:
        self._only(found, "this", "low", "high")
        if found.args.get("symmetric"):
            raise refusals.not_in_the_language(self.place(found))
        self._unchained(found.this)
        low = self.node(found.args["low"])
        middle = self.node(found.this, low)
        high = self.node(found.args["high"], middle)
        for bound in (low, high):
            self._alike(middle, bound)
        if middle.type in (BOOLEAN, LIST):
            raise refusals.no_order(self.text, middle, "between")
        return Node("between", BOOLEAN, (middle, low, high), span=self.place(found).span)

    def _in(self, found: exp.In) -> Node:
        self._only(found, "this", "expressions")
        self._unchained(found.this)
        of, given = self.node(found.this), found.expressions
        if not given or len(given) > VALUES_MOST:
            raise refusals.wrong_list(self.place(found), VALUES_MOST)
        if of.type == LIST:
            raise refusals.list_compared(of, self.text)
        values = []
        for each in given:
            if isinstance(each, exp.Null):
                raise refusals.compared_with_null(self.place(found))
            value = self.node(each, of)
            if value.op != "literal":
                raise refusals.literal_wanted(self.text, value)
            self._alike(of, value)
            values.append(value)
        return Node("in", BOOLEAN, (of, *values), span=self.place(found).span)

    def _is(self, found: exp.Is) -> Node:
        self._only(found, "this", "expression")
        self._unchained(found.this)
        of, place = self.node(found.this), self.place(found)
        if isinstance(found.expression, exp.Null):
            return Node("is_null", BOOLEAN, (of,), span=place.span)
        if not isinstance(found.expression, exp.Boolean):
            raise refusals.not_in_the_language(place)
        if of.type != BOOLEAN:
            raise refusals.wrong_type(self.text, of, BOOLEAN)
        op = "is_true" if found.expression.this else "is_false"
        return Node(op, BOOLEAN, (of,), span=place.span)

    def _unchained(self, found: exp.Expression) -> None:
        if _is_chained(found):
            raise refusals.chained(self.place(found))

    def _not(self, found: exp.Not) -> Node:
        self._only(found, "this")
        return Node("not", BOOLEAN, (self.condition(found.this),), span=self.place(found).span)

    def _connected(self, found: exp.Connector) -> Node:
        """All that one `and` or `or` holds together, without calling itself for each."""
        kind, op = type(found), "and" if isinstance(found, exp.And) else "or"
        waiting, parts = [found], []
        while waiting:
            each = waiting.pop()
            if type(each) is kind:
                self._only(each, "this", "expression")
                waiting += [each.expression, each.this]
            else:
                parts.append(self.condition(each))
        span = (min(part.span[0] for part in parts), max(part.span[1] for part in parts))
        return Node(op, BOOLEAN, tuple(parts), span=span)

    def _null(self, found: exp.Null) -> Node:
        raise refusals.compared_with_null(self.place(found))


def _is_chained(found: exp.Expression) -> bool:
    """Whether this is itself a comparison, and not in parentheses."""
    inner = found.this if isinstance(found, exp.Not) else found
    return isinstance(inner, exp.Predicate | exp.Not) and _op_of(inner) in _CHAINS


def _op_of(found: exp.Expression) -> str:
    named = {exp.Between: "between", exp.In: "in", exp.Is: "is_null"}
    return _OPS.get(type(found)) or named.get(type(found), "")


_FUNCTIONS: dict[str, Callable[[Checking, list[exp.Expression], Place], Node]] = {
    "did": Checking._did,
    "last": Checking._last,
    "has": Checking._has,
    "coalesce": Checking._coalesce,
    "lower": lambda self, given, place: self._of_one("lower", TEXT, TEXT)(given, place),
    "abs": lambda self, given, place: self._of_one("abs", NUMBER, NUMBER)(given, place),
    "length": lambda self, given, place: self._of_one("length", LIST, NUMBER)(given, place),
}
_READERS: dict[type[exp.Expression], Callable[[Checking, exp.Expression], Node]] = {
    exp.Literal: Checking._literal,
    exp.Boolean: Checking._boolean,
    exp.Null: Checking._null,
    exp.Cast: Checking._date,
    exp.Neg: Checking._negative,
    exp.Anonymous: Checking._call,
    exp.Between: Checking._between,
    exp.In: Checking._in,
    exp.Is: Checking._is,
    exp.Not: Checking._not,
    exp.And: Checking._connected,
    exp.Or: Checking._connected,
    exp.Like: Checking._like,
    exp.ILike: Checking._like,
    **dict.fromkeys(_CALLS, Checking._call),
    **{kind: Checking._comparison for kind, op in _OPS.items() if op in COMPARISONS},
    **{kind: Checking._arithmetic_of for kind, op in _OPS.items() if op in ARITHMETIC},
}
