"""What a condition finds while it is written, or what is wrong with it."""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.console import format as written
from tenure.console.pages.product.editor import DiffLine, diff_lines
from tenure.console.pages.segments.subjects import Subject, subjects
from tenure.segments.asking import Look
from tenure.segments.bad_condition import BadCondition
from tenure.segments.condition import read_condition
from tenure.segments.definition import Declared, text_of, warning
from tenure.segments.models import SegmentMember
from tenure.segments.published import look_at, member_ids
from tenure.segments.vocabulary import ACCOUNT


class Drafted(Protocol):
    """What the form holds."""

    name: str
    title: str
    over: str
    where: str
    description: str

    def query(self, **changes: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, where, and the text around it; `fixed` is the text with the suggestion."""

    message: str
    line: int
    column: int
    start: int
    length: int
    before: str
    wrong: str
    after: str
    suggestion: str
    fixed: str
    fixed_query: str


@dataclass(frozen=True, slots=True)
class Change:
    """Who would come into and go out of a segment with this condition."""

    come: int
    go: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Nothing is set while nothing is written."""

    mistake: Mistake | None = None
    look: Look | None = None
    count_words: str = ""
    mrr_words: str = ""
    sample: tuple[Subject, ...] = ()
    warnings: tuple[str, ...] = ()
    change: Change | None = None
    diff: tuple[DiffLine, ...] = ()


def answer_to(draft: Drafted, held_text: str) -> Answer:
    """The answer to a draft; `held_text` is the version in force, empty for a new segment."""
    if not draft.where.strip():
        return Answer()
    try:
        condition = read_condition(draft.where, draft.over)
    except BadCondition as error:
        return Answer(mistake=_mistake(draft, error))
    home = settings.TENURE_HOME
    look = look_at(home, condition)
    change, diff = None, ()
    if held_text:
        now = set(
            SegmentMember.objects.filter(segment=draft.name, left_at=None).values_list(
                "subject_id", flat=True
            )
        )
        then = set(member_ids(home, condition))
        change = Change(len(then - now), len(now - then))
        declared = Declared(draft.title, draft.over, draft.where.strip(), draft.description)
        diff = tuple(diff_lines(held_text, text_of(declared)))
    return Answer(
        look=look,
        count_words=_count_words(draft.over, look.count),
        mrr_words=_mrr_words(look),
        sample=tuple(subjects(draft.over, look.sample)),
        warnings=tuple(warning(unseen) for unseen in condition.unseen),
        change=change,
        diff=diff,
    )


def _mistake(draft: Drafted, error: BadCondition) -> Mistake:
    place, text = error.position, draft.where
    end = min(len(text), place.start + place.length)
    fixed = text[: place.start] + error.suggestion + text[end:] if error.suggestion else ""
    return Mistake(
        message=error.message,
        line=place.line,
        column=place.column,
        start=place.start,
        length=place.length,
        before=text[: place.start],
        wrong=text[place.start : end] or " ",
        after=text[end:],
        suggestion=error.suggestion,
        fixed=fixed,
        fixed_query=draft.query(where=fixed) if fixed else "",
    )


def _count_words(over: str, count: int) -> str:
    n = written.number(count)
    if over == ACCOUNT:
        return ngettext("%(n)s account", "%(n)s accounts", count) % {"n": n}
    return ngettext("%(n)s person", "%(n)s people", count) % {"n": n}


def _mrr_words(look: Look) -> str:
    default = settings.TENURE_HOME.company.currency
    sums = sorted(look.mrr_minor.items(), key=lambda pair: -pair[1])
    amounts = [written.money(total, currency or default) for currency, total in sums[:3]]
    return _("%(amounts)s MRR") % {"amounts": " + ".join(amounts)} if amounts else ""
