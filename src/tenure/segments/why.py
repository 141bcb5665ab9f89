"""Why somebody is in a segment, or not: each part of the condition with its value for them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from sqlglot import exp

from tenure.base.errors import NotFound
from tenure.segments import as_sql
from tenure.segments.asking import Reads, as_file
from tenure.segments.condition import Condition
from tenure.segments.tree import CONNECTIVES, TEXT, Node
from tenure.segments.written import NAMED, value_written, written


@dataclass(frozen=True, slots=True)
class Value:
    """What one name stands for: `days_since_seen` is 21."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class Reason:
    """One question of the condition. `holds` is None where a null leaves it unknown.

    `is_negated` says that a `not` stands around it: it then helps when it does not hold.
    """

    text: str
    holds: bool | None
    is_negated: bool
    values: tuple[Value, ...]
    with_values: str  # the question with the values in place of the names: `21 > 14`
    wanted: str = ""  # of a plain `stage = 'fading'`, the value that is asked for

    @property
    def helps(self) -> bool:
        """Whether it speaks for being in the segment."""
        return self.holds is not None and self.holds != self.is_negated

    def as_row(self) -> dict[str, object]:
        """What the API and tables tell of it."""
        return {
            "question": self.text,
            "holds": self.holds,
            "is_negated": self.is_negated,
            "values": {value.name: value.value for value in self.values},
            "sentence": self.sentence(),
        }

    def sentence(self) -> str:
        """`days_since_seen is 21, and 21 > 14 holds`, in the reader's language."""
        if self.wanted and self.holds is not None:
            [said] = self.values
            words = {"name": said.name, "value": value_written(said.value), "wanted": self.wanted}
            if self.holds:
                return _("%(name)s is %(value)s, as asked") % words
            return _("%(name)s is %(value)s, not %(wanted)s") % words
        told = ", ".join(
            _("%(name)s is %(value)s") % {"name": v.name, "value": value_written(v.value)}
            for v in self.values
        )
        if self.holds is None:
            found = _("whether %(question)s is unknown") % {"question": self.with_values}
        elif self.holds:
            found = _("%(question)s holds") % {"question": self.with_values}
        else:
            found = _("%(question)s does not hold") % {"question": self.with_values}
        if not told:
            return found
        return _("%(values)s, and %(found)s") % {"values": told, "found": found}


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why one subject fulfils a condition. Somebody is in a segment where `holds` is True.

    `account_id` is the account of a person that was asked, where the condition asks for any.
    """

    subject_id: str
    holds: bool | None
    reasons: tuple[Reason, ...]
    account_id: str = ""


def why(reader: Reads, condition: Condition, subject_id: str) -> Reasons:
    """The reasons, in the order of the text. Raises NotFound for nobody of that id.

    Of the accounts of a person, the first for which the condition holds is told, else the first.
    """
    questions = list(_questions(condition.tree))
    names = list(dict.fromkeys(name for question, _neg in questions for name in _names(question)))
    asked = [condition.tree, *(question for question, _neg in questions), *names]
    give = [as_sql.subject(condition)]
    if as_sql.asks_accounts(condition):
        give.append(exp.alias_(exp.column("account_id", table=as_sql.OWNER), "account_id"))
    query, asking = as_sql.select(
        condition, give, asked=asked, subject_id=subject_id, is_filtered=False
    )
    sql, params = as_file(condition, query, asking)
    rows = reader.rows(sql, **params)
    if not rows:
        raise NotFound(f"there is no {condition.over} {subject_id!r}")
    row = min(rows, key=lambda row: (row["asked_0"] is not True, str(row.get("account_id"))))
    told = {node: row[f"asked_{n}"] for n, node in enumerate(asked)}
    values = {name: told[name] for name in names}
    reasons = tuple(_reason(q, is_negated, told[q], values) for q, is_negated in questions)
    return Reasons(subject_id, _truth(row["asked_0"]), reasons, str(row.get("account_id") or ""))


def _reason(
    question: Node, is_negated: bool, holds: object, values: dict[Node, object]
) -> Reason:  # fmt: skip
    told = tuple(Value(written(name), values[name]) for name in _names(question))
    is_plain = question.op == "=" and question.parts[0].op == "column"
    is_plain = is_plain and question.parts[1].op == "literal" and question.parts[1].type == TEXT
    wanted = written(question.parts[1]) if is_plain else ""
    return Reason(
        written(question), _truth(holds), is_negated, told, written(question, values), wanted
    )  # fmt: skip


def _truth(value: object) -> bool | None:
    return None if value is None else bool(value)


def _questions(node: Node, is_negated: bool = False) -> Iterator[tuple[Node, bool]]:
    """The smallest questions, and whether an odd number of `not` stands around each."""
    if node.op in CONNECTIVES:
        for part in node.parts:
            yield from _questions(part, is_negated != (node.op == "not"))
    else:
        yield node, is_negated


def _names(question: Node) -> list[Node]:
    return list(dict.fromkeys(node for node in question.walk() if node.op in NAMED))
