"""What a condition says of a row, worked out by hand: a tokenizer, a parser and three truths.

Shares nothing with `tenure.segments`: no sqlglot, no SQL, no code. It reads the language as
docs/segments.md describes it, so it is a second opinion and not a second copy.

    holds(text, subject, accounts, uses, today, zone) -> True | False | None
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|'(?P<text>(?:[^']|'')*)'"
    r"|(?P<word>[A-Za-z_][A-Za-z_0-9]*)|\"(?P<quoted>[^\"]+)\""
    r"|(?P<sign><>|!=|<=|>=|[=<>+\-*/(),.]))",
    re.DOTALL,
)
_MIRROR = {"!=": "<>"}
_COMPARE = {"=", "<>", "!=", "<", "<=", ">", ">="}


class World:
    """What there is to know about one subject (and one account of theirs, for people)."""

    def __init__(self, subject: Mapping, account: Mapping, uses: Sequence, today: date, zone: str):
        self.subject, self.account, self.uses = subject, account, uses
        self.today, self.zone = today, ZoneInfo(zone)

    def column(self, name: str, of_account: bool):
        value = (self.account if of_account else self.subject).get(name)
        return value.astimezone(self.zone).date() if isinstance(value, datetime) else value


def holds(text, subject, accounts, uses, today, zone, floats=frozenset()):
    """True, False or None: by the words of the text, for the subject with any of its accounts.

    `uses` are (event, day, count) of the subject. `floats` names the columns that hold fractions.
    """
    tree = _Parser(text).all()
    answers = [
        _truth(tree, World(subject, account, uses, today, zone), floats)
        for account in (accounts or [{}])
    ]
    return True if True in answers else answers[0]


# --- reading


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens, at = [], 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            assert match, f"unreadable at {text[at:]!r}"
            kind = match.lastgroup
            self.tokens.append((kind, match[kind]))
            at = match.end()
        self.tokens.append(("end", ""))
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        kind, token = self.tokens[min(self.at + ahead, len(self.tokens) - 1)]
        return token.lower() if kind in ("word", "sign") else f"<{kind}>"

    def take(self, *wanted: str) -> bool:
        if self.peek() in wanted:
            self.at += 1
            return True
        return False

    def must(self, wanted: str) -> None:
        assert self.take(wanted), f"{wanted} wanted at {self.tokens[self.at :]}"

    def value(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][1]

    def all(self):
        tree = self.either()
        assert self.peek() == "<end>"
        return tree

    def either(self):
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return ("or", *parts) if len(parts) > 1 else parts[0]

    def both(self):
        parts = [self.negation()]
        while self.take("and"):
            parts.append(self.negation())
        return ("and", *parts) if len(parts) > 1 else parts[0]

    def negation(self):
        return ("not", self.negation()) if self.take("not") else self.question()

    def question(self):
        left = self.sum()
        if self.peek() in _COMPARE:
            sign = self.value()
            return ("compare", _MIRROR.get(sign, sign), left, self.sum())
        if self.take("is"):
            is_not = self.take("not")
            asked = ("is", self.value().lower(), left)
            return ("not", asked) if is_not else asked
        is_not = self.take("not")
        asked = self.further(left)
        return ("not", asked) if is_not else asked

    def further(self, left):
        if self.take("between"):
            low = self.sum()
            self.must("and")
            return ("between", left, low, self.sum())
        if self.take("in"):
            self.must("(")
            values = [self.sum()]
            while self.take(","):
                values.append(self.sum())
            self.must(")")
            return ("in", left, *values)
        for word in ("like", "ilike"):
            if self.take(word):
                return (word, left, self.sum())
        return left

    def sum(self):
        left = self.product()
        while self.peek() in ("+", "-"):
            left = (self.value(), left, self.product())
        return left

    def product(self):
        left = self.signed()
        while self.peek() in ("*", "/"):
            left = (self.value(), left, self.signed())
        return left

    def signed(self):
        if self.take("-"):
            inner = self.signed()
            return ("value", -inner[1]) if inner[0] == "value" else ("minus", inner)
        return self.simple()

    def simple(self):
        if self.take("("):
            inner = self.either()
            self.must(")")
            return inner
        kind, token = self.tokens[self.at]
        if kind == "number":
            self.at += 1
            return ("value", int(token) if token.isdecimal() else float(token))
        if kind == "text":
            self.at += 1
            return ("value", token.replace("''", "'"))
        return self.named()

    def named(self):
        word = self.value().lower()
        if word in ("true", "false"):
            return ("value", word == "true")
        if word == "today" and self.peek() not in (".", "("):
            return ("today",)
        if word == "date" and self.peek() == "<text>":
            return ("value", date.fromisoformat(self.value()))
        if word == "interval":
            return self.interval()
        if self.take("("):
            given = [] if self.peek() == ")" else [self.either()]
            while self.take(","):
                given.append(self.either())
            self.must(")")
            return (f"{word}()", *given)
        if self.take("."):
            return ("column", self.value().lower(), word == "account")
        return ("column", word, False)

    def interval(self):
        words = self.value().split()
        if len(words) == 1:
            words.append(self.value())
        return ("interval", int(words[0]), words[1].lower().removesuffix("s"))


# --- working out


def _truth(tree, world, floats):
    """True, False or None, by Kleene's three-valued tables."""
    op = tree[0]
    if op == "and":
        found = [_truth(part, world, floats) for part in tree[1:]]
        return False if False in found else None if None in found else True
    if op == "or":
        found = [_truth(part, world, floats) for part in tree[1:]]
        return True if True in found else None if None in found else False
    if op == "not":
        found = _truth(tree[1], world, floats)
        return None if found is None else not found
    return _value(tree, world, floats)


def _value(tree, world, floats):
    op, *parts = tree
    if op == "value":
        return parts[0]
    if op == "today":
        return world.today
    if op == "column":
        return world.column(*parts)
    if op in ("and", "or", "not"):
        return _truth(tree, world, floats)
    if op in _QUESTIONS:
        return _QUESTIONS[op](parts, world, floats)
    if op.endswith("()"):
        return _called(op[:-2], parts, world, floats)
    return _reckoned_whole(tree, world, floats)


def _compared(parts, world, floats):
    sign, *sides = parts
    left, right = _common(sides, world, floats)
    return _order(sign, left, right)


def _order(sign, left, right):
    """Texts are ordered by code point, as Python has it and as UTF-8 keeps it."""
    if left is None or right is None:
        return None
    if sign in ("=", "<>"):
        return (left == right) == (sign == "=")
    less = left < right or (sign in ("<=", ">=") and left == right)
    return less if sign in ("<", "<=") else left > right or (sign == ">=" and left == right)


def _asked(parts, world, floats):
    word, inner = parts
    found = _value(inner, world, floats)
    if word == "null":
        return found is None
    return found is (word == "true")


def _between(parts, world, floats):
    of, low, high = _common(parts, world, floats)
    both = [_order(">=", of, low), _order("<=", of, high)]
    return False if False in both else None if None in both else True


def _in(parts, world, floats):
    of, *values = _common(parts, world, floats)
    return None if of is None else of in values


def _like(parts, world, floats):
    of, pattern = (_value(part, world, floats) for part in parts)
    if of is None:
        return None
    form = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern)
    return re.fullmatch(form, of, re.DOTALL) is not None


def _ilike(parts, world, floats):
    of = _value(parts[0], world, floats)
    return None if of is None else _like([("value", _low(of)), ("value", _low(parts[1][1]))], world, floats)  # fmt: skip # noqa: E501


_QUESTIONS = {
    "compare": _compared, "is": _asked, "between": _between, "in": _in,
    "like": _like, "ilike": _ilike,
}  # fmt: skip


def _common(parts, world, floats):
    """The values, all fractions if any of them can be one."""
    values = [_value(part, world, floats) for part in parts]
    if any(_is_float(part, floats) for part in parts):
        return [None if value is None else float(value) for value in values]
    return values


def _is_float(tree, floats) -> bool:
    op, *parts = tree
    if op == "value":
        return isinstance(parts[0], float)
    if op == "column":
        return parts[0] in floats
    if op == "coalesce()":
        return any(_is_float(part, floats) for part in parts)
    return op == "abs()" or (op in ("+", "-", "*", "/", "minus") and not _is_about_days(tree))


def _is_about_days(tree) -> bool:
    """Whether `-` and `+` here are of dates, told by what stands on their left."""
    if tree[0] in ("+", "-"):
        return _is_date(tree[1])
    return False


def _is_date(tree) -> bool:
    op, *parts = tree
    if op == "value":
        return isinstance(parts[0], date)
    if op == "column":
        return parts[0].endswith(("_on", "_at"))
    if op in ("+", "-"):
        right_is_span = parts[1][0] == "interval" or parts[1][0] == "value"
        return _is_date(parts[0]) and right_is_span and not _is_date(parts[1])
    return op == "today" or (op == "coalesce()" and _is_date(parts[0]))


def _called(name, parts, world, floats):
    if name == "did":
        event, days = parts[0][1], parts[1][1]
        since = world.today - timedelta(days=days)
        return sum(n for what, day, n in world.uses if what == event and since < day <= world.today)
    if name == "last":
        days = [day for what, day, _ in world.uses if what == parts[0][1] and day <= world.today]
        return (world.today - max(days)).days if days else None
    if name == "coalesce":
        first, second = _common(parts, world, floats)
        return second if first is None else first
    first = _value(parts[0], world, floats)
    if first is None:
        return None
    if name == "has":
        return parts[1][1] in first
    return {"lower": _low, "abs": lambda v: abs(float(v)), "length": len}[name](first)


def _low(text: str) -> str:
    """Each letter by itself, as simple case mapping has it; Python knows endings of words, too."""
    return "".join(letter.lower()[0] for letter in text)


def _reckoned_whole(tree, world, floats):
    op, *parts = tree
    if op in ("+", "-") and _is_date(parts[0]):
        return _moved(op, parts, world, floats)
    found = _reckoned(tree, world, floats)
    return found if found is not None and math.isfinite(found) else None


def _moved(op, parts, world, floats):
    day, by = _value(parts[0], world, floats), parts[1]
    if by[0] == "interval":
        return None if day is None else _shifted(day, by[1] if op == "+" else -by[1], by[2])
    other = _value(by, world, floats)
    if day is None or other is None:
        return None
    if isinstance(other, date):
        return (day - other).days
    return day + timedelta(days=other if op == "+" else -other)


def _shifted(day: date, count: int, unit: str) -> date:
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def _reckoned(tree, world, floats):
    """A fraction, possibly endless: whether it is a number is asked of the whole alone."""
    op, *parts = tree
    is_sum = op in ("+", "-", "*", "/", "minus") and not _is_about_days(tree)
    if not is_sum:
        value = _value(tree, world, floats)
        return None if value is None else float(value)
    values = [_reckoned(part, world, floats) for part in parts]
    if None in values:
        return None
    if op == "minus":
        return -values[0]
    left, right = values
    if op == "/":
        return None if right == 0 else left / right
    return {"+": left + right, "-": left - right, "*": left * right}[op]
