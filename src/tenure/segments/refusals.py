"""Why a condition is refused, in words that say what to write instead."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.segments.bad_condition import BadCondition, Position
from tenure.segments.nearest import nearest
from tenure.segments.place import Place
from tenure.segments.tokens import FUNCTIONS
from tenure.segments.tree import BOOLEAN, DATE, LIST, NUMBER, TEXT, Node
from tenure.segments.vocabulary import Vocabulary

_KINDS = {
    TEXT: gettext_lazy("a text"),
    NUMBER: gettext_lazy("a number"),
    DATE: gettext_lazy("a date"),
    BOOLEAN: gettext_lazy("a yes or no"),
    LIST: gettext_lazy("a list"),
}
_HOW_TO_WRITE = {
    TEXT: gettext_lazy("write a text in single quotes"),
    NUMBER: gettext_lazy("write a number, without quotes"),
    DATE: gettext_lazy("write a date, such as date '2026-01-31' or today"),
    BOOLEAN: gettext_lazy("write true or false"),
    LIST: gettext_lazy("ask has(the list, 'a text')"),
}
_HOW_TO_ASK = {
    TEXT: " = '...'",
    NUMBER: " > 0",
    DATE: " > date '2026-01-31'",
}


def _at(text: str, node: Node) -> tuple[str, Position]:
    start, end = node.span
    return text[start:end], Position.of(text, start, end)


def not_in_the_language(place: Place) -> BadCondition:
    return BadCondition(
        _("this cannot be part of a condition; ask for columns, did() and last(), compared"),
        place.position,
    )  # fmt: skip


def no_question(text: str, node: Node) -> BadCondition:
    """A value where a yes or no has to stand."""
    words, position = _at(text, node)
    if node.type == LIST:
        advice = str(_HOW_TO_WRITE[LIST])
        return BadCondition(
            _("`%(words)s` is a list and no question; %(advice)s")
            % {"words": words, "advice": advice},
            position,
        )
    suggestion = words + _HOW_TO_ASK[node.type]
    return BadCondition(
        _("`%(words)s` is %(kind)s and no question; compare it, as in %(example)s")
        % {"words": words, "kind": _KINDS[node.type], "example": suggestion},
        position,
    )


def no_such_column(
    name: str, place: Place, vocabulary: Vocabulary, beside: Node | None
) -> BadCondition:
    """A name that is none, with the nearest ones, or quotes where a text is compared."""
    if beside is not None and beside.op != "literal" and beside.type == TEXT:
        quoted = "'" + name.replace("'", "''") + "'"
        return BadCondition(
            _("no column `%(name)s`; if it is a text, write it in quotes: %(quoted)s")
            % {"name": name, "quoted": quoted},
            place.position,
            quoted,
        )
    # What is compared with a number is probably a number.
    alike = nearest(name, vocabulary.names_of_type(beside.type)) if beside else []
    near = alike or nearest(name, vocabulary.names())
    if near:
        return BadCondition(
            _("no column `%(name)s`; did you mean `%(near)s`?") % {"name": name, "near": near[0]},
            place.position,
            near[0],
        )
    return BadCondition(
        _("no column `%(name)s`; the list of columns says what there is") % {"name": name},
        place.position,
    )


def account_of_an_account(name: str, place: Place) -> BadCondition:
    return BadCondition(
        _("`account.` belongs to conditions over people; here write `%(name)s` alone")
        % {"name": name},
        place.position,
        name,
    )


def no_such_function(name: str, place: Place) -> BadCondition:
    near = nearest(name, FUNCTIONS)
    if near:
        return BadCondition(
            _("no function `%(name)s`; did you mean `%(near)s`?") % {"name": name, "near": near[0]},
            place.position,
        )
    return BadCondition(
        _("no function `%(name)s`; there are %(known)s")
        % {"name": name, "known": ", ".join(FUNCTIONS)},
        place.position,
    )


def wrong_call(form: str, place: Place) -> BadCondition:
    return BadCondition(_("write it as %(form)s") % {"form": form}, place.position)


def wrong_days(place: Place, most: int) -> BadCondition:
    return BadCondition(
        _("`%(words)s` is no number of days; write a whole number from 1 to %(most)s")
        % {"words": place.words, "most": most},
        place.position,
    )


def no_event(place: Place) -> BadCondition:
    name = place.words.strip('"').strip()
    is_name = bool(name) and not any(sign in name for sign in "'(),")
    return BadCondition(
        _("an event is named in single quotes, as in 'Report Exported'"),
        place.position,
        f"'{name}'" if is_name else "",
    )


def wrong_type(text: str, node: Node, wanted: str) -> BadCondition:
    words, position = _at(text, node)
    return BadCondition(
        _("`%(words)s` is %(kind)s, and here stands %(wanted)s; %(advice)s")
        % {
            "words": words, "kind": _KINDS[node.type], "wanted": _KINDS[wanted],
            "advice": _HOW_TO_WRITE[wanted],
        },
        position,
    )  # fmt: skip


def not_alike(text: str, left: Node, right: Node) -> BadCondition:
    """Two sides of different types; the side that is a value is the one to change."""
    wrong, other = (left, right) if left.op == "literal" else (right, left)
    words, position = _at(text, wrong)
    there, _place = _at(text, other)
    return BadCondition(
        _("`%(there)s` is %(kind)s and `%(words)s` is %(wrong)s; %(advice)s")
        % {
            "there": there, "kind": _KINDS[other.type], "words": words,
            "wrong": _KINDS[wrong.type], "advice": _HOW_TO_WRITE[other.type],
        },
        position,
        _as_type(wrong, other.type),
    )  # fmt: skip


def _as_type(wrong: Node, wanted: str) -> str:
    """The same value, written as the type that is wanted, where that is plain to see."""
    if wrong.op != "literal":
        return ""
    value = str(wrong.value)
    if wanted == TEXT and wrong.type == NUMBER:
        return f"'{value}'"
    if wanted == DATE and wrong.type == TEXT and len(value) == 10 and value[4] == value[7] == "-":
        return f"date '{value}'" if value.replace("-", "").isdecimal() else ""
    if wanted == NUMBER and wrong.type == TEXT and value.isascii() and value.isdecimal():
        return value
    if wanted == BOOLEAN and value.lower() in ("true", "false", "1", "0"):
        return "true" if value.lower() in ("true", "1") else "false"
    return ""


def no_arithmetic(text: str, op: str, node: Node) -> BadCondition:
    words, position = _at(text, node)
    return BadCondition(
        _("`%(words)s` is %(kind)s; %(op)s takes numbers, or a date and days")
        % {"words": words, "kind": _KINDS[node.type], "op": op},
        position,
    )


def too_much_arithmetic(place: Place, most: int) -> BadCondition:
    return BadCondition(
        _("this reckons too much; a condition has at most %(most)s of + - * /") % {"most": most},
        place.position,
    )


def no_order(text: str, node: Node, op: str) -> BadCondition:
    words, position = _at(text, node)
    return BadCondition(
        _("`%(words)s` is %(kind)s, which has no order; %(op)s cannot compare it, = can")
        % {"words": words, "kind": _KINDS[node.type], "op": op},
        position,
    )


def list_compared(node: Node, text: str) -> BadCondition:
    words, position = _at(text, node)
    return BadCondition(
        _("`%(words)s` is a list; ask has(%(words)s, 'a text') or length(%(words)s)")
        % {"words": words},
        position,
    )


def compared_with_null(place: Place) -> BadCondition:
    return BadCondition(
        _("nothing is ever equal to null, nor unequal; ask `is null` or `is not null`"),
        place.through("null").position,
    )


def chained(place: Place) -> BadCondition:
    return BadCondition(
        _("two comparisons in a row; put one in parentheses, or join them by `and`"),
        place.position,
    )


def pattern_wanted(text: str, node: Node) -> BadCondition:
    return BadCondition(
        _("like takes a text in quotes; there a percent sign stands for any letters, _ for one"),
        _at(text, node)[1],
    )


def literal_wanted(text: str, node: Node) -> BadCondition:
    words, position = _at(text, node)
    return BadCondition(
        _("`%(words)s` is no plain value; in (...) lists values, such as 'Pro', 'Team'")
        % {"words": words},
        position,
    )


def wrong_list(place: Place, most: int) -> BadCondition:
    return BadCondition(
        _("in takes a list of 1 to %(most)s values in parentheses, as in ('Pro', 'Team')")
        % {"most": most},
        place.position,
    )


def unreadable(place: Place) -> BadCondition:
    return BadCondition(
        _("here the condition cannot be read on; something is missing, or too much"),
        place.position,
    )
