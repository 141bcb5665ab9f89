"""Which accounts deserve effort, in the order in which the team should take them up.

The order is value × chance; the line is drawn where the hours of a week end. Cases whose ladder is
under way take their hours first.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from tenure.reasons.models import LadderRung, SaidNo, WorthVerdict
from tenure.reasons.review_models import Occasion, Worth
from tenure.reasons.worth_file import WorthRules

STATES = ("open", "under_way", "over")


@dataclass(frozen=True, slots=True)
class WorthChoice:
    """Which cases are asked for. Empty asks for any verdict, occasion, reason."""

    state: str = "open"
    code: str = ""
    occasion: str = ""
    reason: str = ""
    owner_id: int | None = None
    account_id: str = ""


def chosen_cases(choice: WorthChoice) -> QuerySet[WorthVerdict]:
    """The cases that fit, the most worth first. `counts` is the verdict that counts: the person's,
    else the judged one; `is_climbing` that a rung of its ladder is open.
    """
    standing = LadderRung.objects.filter(verdict=OuterRef("pk"), outcome="")
    found = WorthVerdict.objects.annotate(
        counts=Coalesce(NullIf(F("person_code"), Value("")), F("code")),
        is_climbing=Exists(standing),
    )
    if choice.state == "over":
        found = found.exclude(closed_at=None)
    else:
        found = found.filter(closed_at=None)
        if choice.state == "under_way":
            found = found.filter(is_climbing=True)
    if choice.code:
        found = found.filter(counts=choice.code)
    if choice.occasion:
        found = found.filter(occasion=choice.occasion)
    if choice.reason:
        found = found.filter(reason=choice.reason)
    if choice.owner_id is not None:
        found = found.filter(owner_id=choice.owner_id)
    if choice.account_id:
        found = found.filter(account_id=choice.account_id)
    if choice.state == "over":
        return found.order_by("-closed_at", "id")
    return found.order_by("-expected_minor", "id")


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the team can take up: of the cases of a week, those under way and those free."""

    a_week: int
    under_way: int
    hours_a_week: float
    hours_a_case: float

    @property
    def free(self) -> int:
        return max(0, self.a_week - self.under_way)


def capacity(rules: WorthRules) -> Capacity:
    """How many cases fit into this week beside those that are under way."""
    standing = LadderRung.objects.filter(outcome="", verdict__closed_at=None)
    under_way = standing.values("verdict_id").distinct().count()
    return Capacity(rules.cases_a_week, under_way, rules.hours_a_week, rules.hours_a_case)


def waiting() -> QuerySet[WorthVerdict]:
    """Cases worth it whose ladder was not begun, in their order."""
    climbed = LadderRung.objects.filter(verdict=OuterRef("pk"))
    found = chosen_cases(WorthChoice(code=Worth.YES))
    return found.filter(~Exists(climbed))


def this_week(rules: WorthRules) -> list[int]:
    """The keys of the cases that are to be taken up now: as many as fit into the week."""
    return list(waiting().values_list("pk", flat=True)[: capacity(rules).free])


@dataclass(frozen=True, slots=True)
class WorthSums:
    """Open cases by what counts and by occasion; and how many said no."""

    by_code: Mapping[str, int] = field(default_factory=dict)
    by_occasion: Mapping[str, int] = field(default_factory=dict)
    margin_minor: Mapping[str, int] = field(default_factory=dict)  # of those worth it, by currency
    said_no: int = 0


def worth_sums() -> WorthSums:
    """What the open cases come to."""
    codes: Counter[str] = Counter()
    occasions: Counter[str] = Counter()
    margins: Counter[str] = Counter()
    rows = chosen_cases(WorthChoice()).values_list("counts", "occasion", "currency", "margin_minor")
    for code, occasion, currency, margin in rows.iterator(2_000):
        codes[code] += 1
        if code == Worth.YES:
            occasions[occasion] += 1
            margins[currency] += margin
    return WorthSums(
        by_code={code: codes[code] for code in Worth.values if codes[code]},
        by_occasion={each: occasions[each] for each in Occasion.values if occasions[each]},
        margin_minor={each: minor for each, minor in sorted(margins.items()) if each},
        said_no=SaidNo.objects.count(),
    )


def case_of(account_id: str) -> WorthVerdict | None:
    """The case of an account: the one that is open, else the last one."""
    held = WorthVerdict.objects.filter(account_id=account_id)
    is_open = Q(closed_at=None)
    return (
        held.filter(is_open).order_by("-id").first()
        or held.exclude(is_open).order_by("-closed_at", "-id").first()
    )
