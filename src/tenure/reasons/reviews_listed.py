"""Which leavings are to be reviewed, which were, and what they come to in sums."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import median

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from tenure.reasons.models import LeavingReview
from tenure.reasons.review_models import Known, Overcome

CANNOT_TELL = "cannot_tell"  # in links and on the command line: what stands as an empty text
STATES = ("to_review", "reviewed", "all", "withdrawn")
KNOWN = (*Known.values, CANNOT_TELL)
OVERCOME = (*Overcome.values, CANNOT_TELL)


@dataclass(frozen=True, slots=True)
class ReviewChoice:
    """Which reviews are asked for; days are those of the decision, the last one included."""

    state: str = "all"
    known: str = ""
    overcome: str = ""
    reason: str = ""
    attention: str = ""  # acted | seen | unseen | no_warning | before_us
    account_id: str = ""
    first_on: date | None = None
    last_on: date | None = None


def chosen_reviews(choice: ReviewChoice) -> QuerySet[LeavingReview]:
    """The reviews that fit, with `counts_known` and `counts_overcome`: the person's
    word, else what was prepared. The latest decision first.
    """
    found = LeavingReview.objects.annotate(
        counts_known=_held("person_known", "known"),
        counts_overcome=_held("person_overcome", "overcome"),
    )
    found = found.filter(withdrawn_at__isnull=choice.state != "withdrawn")
    if choice.state == "to_review":
        found = found.filter(reviewed_at=None)
    elif choice.state == "reviewed":
        found = found.exclude(reviewed_at=None)
    if choice.known:
        found = found.filter(counts_known=_value(choice.known))
    if choice.overcome:
        found = found.filter(counts_overcome=_value(choice.overcome))
    if choice.reason:
        found = found.filter(reason=_value(choice.reason))
    if choice.attention:
        found = found.filter(known_because=choice.attention)
    if choice.account_id:
        found = found.filter(account_id=choice.account_id)
    if choice.first_on:
        found = found.filter(decided_on__gte=choice.first_on)
    if choice.last_on:
        found = found.filter(decided_on__lte=choice.last_on)
    return found.order_by("-decided_at", "id")


def _held(person: str, machine: str) -> Coalesce:
    return Coalesce(NullIf(F(person), Value("")), F(machine))


def _value(code: str) -> str:
    return "" if code == CANNOT_TELL else code


@dataclass(frozen=True, slots=True)
class Sums:
    """What the chosen leavings come to. Whole accounts; money by currency, in minor units."""

    leavings: int
    reviewed: int
    known: Mapping[str, int] = field(default_factory=dict)
    overcome: Mapping[str, int] = field(default_factory=dict)
    because: Mapping[str, int] = field(default_factory=dict)  # known_because, as prepared
    warned: int = 0
    lead_days_median: float | None = None
    mrr_minor: Mapping[str, int] = field(default_factory=dict)
    returned: int = 0

    @property
    def could_have_been(self) -> int:
        """Leavings that could have been overcome, in part at least."""
        return self.overcome.get(Overcome.YES, 0) + self.overcome.get(Overcome.PARTLY, 0)

    @property
    def nobody_acted(self) -> int:
        """There was a warning, and nobody is known to have done anything."""
        return sum(self.because.get(each, 0) for each in ("seen", "unseen"))

    @property
    def acted(self) -> int:
        """There was a warning, and one of us did something."""
        return self.because.get("acted", 0)


def sums_of(found: QuerySet[LeavingReview]) -> Sums:
    """The sums of these reviews, read in one pass."""
    known: Counter[str] = Counter()
    overcome: Counter[str] = Counter()
    because: Counter[str] = Counter()
    mrr: dict[str, int] = defaultdict(int)
    leads: list[int] = []
    reviewed = returned = leavings = 0
    rows = found.order_by().values_list(
        "counts_known", "counts_overcome", "known_because", "lead_days", "mrr", "reviewed_at",
        "returned_on",
    )  # fmt: skip
    for is_known, could, why, lead, paid, reviewed_at, returned_on in rows.iterator(2_000):
        leavings += 1
        known[is_known or CANNOT_TELL] += 1
        overcome[could or CANNOT_TELL] += 1
        because[why] += 1
        reviewed += reviewed_at is not None
        returned += returned_on is not None
        if lead is not None:
            leads.append(lead)
        for currency, minor in paid.items():
            mrr[currency] += minor
    return Sums(
        leavings=leavings,
        reviewed=reviewed,
        known=dict(known),
        overcome=dict(overcome),
        because=dict(because),
        warned=len(leads),
        lead_days_median=median(leads) if leads else None,
        mrr_minor=dict(sorted(mrr.items())),
        returned=returned,
    )
