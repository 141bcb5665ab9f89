"""What the page about reasons counts: each figure with the link to the leavings behind it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tenure.console.charts.reason_months import ReasonCell, reason_months_chart
from tenure.console.charts.theme import Spec
from tenure.console.pages.leaving.words import reason_titles
from tenure.console.pages.reasons import words
from tenure.console.pages.reasons.choose import UNKNOWN, Choice
from tenure.reasons.leavings_counted import code_in, next_job_of, reasons_by
from tenure.reasons.leavings_placed import PlacedLeaving
from tenure.reasons.leavings_with_reasons import ReasonRow, by_reason
from tenure.reasons.recording import FOLLOWED_UP, INFERRED, STATED
from tenure.reasons.taxonomy import Taxonomy
from tenure.reasons.taxonomy_parts import AVOIDABLE, CIRCUMSTANCE, OTHER, OUTCOME

GROUPS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """A count, and the query that opens what adds up to it."""

    count: int
    query: str


@dataclass(slots=True)
class Line:
    """One reason, or all of one root. `code` is empty for a sum."""

    title: str
    code: str
    avoidable: str
    stated: Cell
    followed_up: Cell
    inferred: Cell
    agree: Cell | None
    mrr_stated: str
    mrr_inferred: str
    lines: list["Line"] = field(default_factory=list)


def by_root(
    rows: Sequence[ReasonRow], placed: Sequence[PlacedLeaving], choice: Choice, known: Taxonomy
) -> list[Line]:
    """The three roots with the reasons below each; a root without any leaving is left out."""
    found = []
    titles = reason_titles()
    for root in (OUTCOME, CIRCUMSTANCE, OTHER):
        own = [row for row in rows if row.root == root]
        if not own:
            continue
        sums = Line(
            title=str(words.ROOTS[root]),
            code="",
            avoidable="",
            stated=_cell(sum(row.stated for row in own), choice, STATED, root=root),
            followed_up=_cell(sum(row.followed_up for row in own), choice, FOLLOWED_UP, root=root),
            inferred=_cell(sum(row.inferred for row in own), choice, INFERRED, root=root),
            agree=None,
            mrr_stated=words.money(summed(row.mrr_stated_minor for row in own)),
            mrr_inferred=words.money(summed(row.mrr_inferred_minor for row in own)),
        )
        sums.lines = [_line(row, choice, titles) for row in own]
        found.append(sums)
    return found


def _line(row: ReasonRow, choice: Choice, titles: Mapping[str, str]) -> Line:
    return Line(
        title=titles.get(row.code, row.code),
        code=row.code,
        avoidable=str(words.AVOIDABLE[row.avoidable]),
        stated=_cell(row.stated, choice, STATED, reason=row.code),
        followed_up=_cell(row.followed_up, choice, FOLLOWED_UP, reason=row.code),
        inferred=_cell(row.inferred, choice, INFERRED, reason=row.code),
        agree=_cell(row.agree, choice, STATED, reason=row.code, said="agrees"),
        mrr_stated=words.money(row.mrr_stated_minor),
        mrr_inferred=words.money(row.mrr_inferred_minor),
    )


def rows_of(placed: Iterable[PlacedLeaving], known: Taxonomy) -> list[ReasonRow]:
    """A row for each reason, as `tenure reasons` has it."""
    return by_reason([each.leaving for each in placed], known)


def avoidable_of(placed: Sequence[PlacedLeaving], choice: Choice, known: Taxonomy) -> list[Any]:
    """How many could have been avoided, by what they said and by what was seen, with their MRR."""
    found = []
    for each in AVOIDABLE:
        line: dict[str, Any] = {"title": words.AVOIDABLE[each]}
        for source in (STATED, INFERRED):
            own = [
                one
                for one in placed
                if (code := code_in(one.leaving, source)) and known.reason(code).avoidable == each
            ]
            line[source] = _cell(len(own), choice, source, avoidable=each)
            line[f"mrr_{source}"] = words.money(summed(one.leaving.mrr_minor for one in own))
        if line[STATED].count or line[INFERRED].count:
            found.append(line)
    return found


def over_time(placed: Sequence[PlacedLeaving], choice: Choice, known: Taxonomy) -> Spec | None:
    """The chart of the reasons of the chosen source, by month; None where there is none."""
    counts = reasons_by(placed, choice.source, lambda each: (each.month,))
    if not counts:
        return None
    titles, behind = reason_titles(), reverse("reasons-behind")
    cells = [
        ReasonCell(
            month,
            titles.get(code, code),
            count,
            f"{behind}?{choice.only(source=choice.source, reason=code, month=month)}",
        )
        for (code, month), count in sorted(counts.items(), key=lambda each: each[0][1])
    ]
    ordered = in_order((code for code, _month in counts.elements()), known)
    return reason_months_chart(cells, [titles.get(each, each) for each in ordered], months(choice))


def months(choice: Choice) -> list[Any]:
    """Every month that is shown."""
    return list(choice.months)


def in_order(codes: Iterable[str], known: Taxonomy) -> list[str]:
    """The reasons by root, and within it the most frequent first."""
    counts = Counter(codes)
    roots = (OUTCOME, CIRCUMSTANCE, OTHER)
    return sorted(
        counts, key=lambda code: (roots.index(known.reason(code).root), -counts[code], code)
    )


@dataclass(frozen=True, slots=True)
class Matrix:
    """Reasons down, groups across. `left_out` are groups that found no room."""

    groups: list[tuple[str, Cell, str]]
    rows: list[tuple[str, list[Cell]]]
    left_out: int


def by_group(placed: Sequence[PlacedLeaving], choice: Choice, known: Taxonomy) -> Matrix:
    """The chosen source by the chosen column; the largest groups, unknown ones last."""
    own = [each for each in placed if code_in(each.leaving, choice.source)]
    sizes = Counter(group for each in own for group in each.groups(choice.by))
    ordered = sorted(sizes, key=lambda group: (not group, -sizes[group], group))
    shown = ordered[:GROUPS_SHOWN]
    counts = reasons_by(own, choice.source, lambda each: each.groups(choice.by))
    names, titles = words.group_titles(choice.by), reason_titles()
    asked = {"by": choice.by, "source": choice.source}
    mrr: dict[str, list[Mapping[str, int]]] = defaultdict(list)
    for each in own:
        for group in each.groups(choice.by):
            mrr[group].append(each.leaving.mrr_minor)
    heads = [
        (
            names.get(group, group) or _("Not known then"),
            Cell(sizes[group], choice.only(**asked, group=group or UNKNOWN)),
            words.money(summed(mrr[group])),
        )
        for group in shown
    ]
    rows = [
        (
            titles.get(code, code),
            [
                Cell(
                    counts[code, group],
                    choice.only(**asked, reason=code, group=group or UNKNOWN),
                )
                for group in shown
            ],
        )
        for code in in_order((code_in(each.leaving, choice.source) for each in own), known)
        if any(counts[code, group] for group in shown)
    ]
    return Matrix(heads, rows, len(ordered) - len(shown))


def next_jobs(placed: Sequence[PlacedLeaving], choice: Choice) -> list[dict[str, Any]]:
    """What does the job now, as they told it and as earlier texts told it; rivals below theirs."""
    titles = words.job_titles()
    found: dict[str, dict[str, Any]] = {}
    told = {
        source: Counter(next_job_of(each.leaving, source) for each in placed)
        for source in (STATED, INFERRED)
    }
    jobs = {job for counts in told.values() for job, _rival in counts if job}
    for job in sorted(jobs, key=lambda job: (-_of_job(told[STATED], job), job)):
        found[job] = {
            "title": titles.get(job, job),
            **{
                source: _cell(_of_job(counts, job), choice, source, job=job)
                for source, counts in told.items()
            },
            "rivals": [],
        }
    rivals = {(job, rival) for counts in told.values() for job, rival in counts if rival}
    for job, rival in sorted(
        rivals, key=lambda each: (-told[STATED][each] - told[INFERRED][each], each)
    ):
        found[job]["rivals"].append(
            {
                "name": rival,
                **{
                    source: _cell(counts[job, rival], choice, source, job=job, rival=rival)
                    for source, counts in told.items()
                },
            }
        )
    return list(found.values())


def _of_job(counts: Counter[tuple[str, str]], job: str) -> int:
    return sum(count for (each, _rival), count in counts.items() if each == job)


def _cell(count: int, choice: Choice, source: str, **said: object) -> Cell:
    return Cell(count, choice.only(source=source, **said))


def summed(amounts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Each currency by itself."""
    sums: Counter[str] = Counter()
    for each in amounts:
        for currency, minor in each.items():
            sums[currency] += minor
    return dict(sums)
