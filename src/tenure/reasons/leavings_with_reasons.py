"""Every leaving with what was said of it and what was inferred, side by side; and their sums.

What was stated, what a follow-up found and what is inferred stay three things. Where the first and
the last contradict each other, both are shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tenure.base.home import Home
from tenure.kit.sql_file import load
from tenure.lake.reading import reading
from tenure.reasons.inferring_subjects import RELATION, Subject, as_relation
from tenure.reasons.models import ReasonRecord
from tenure.reasons.recording import FOLLOWED_UP, GIVEN, INFERRED, INTERVIEW, STATED, SURVEY
from tenure.reasons.taxonomy import Taxonomy, taxonomy
from tenure.reasons.taxonomy_parts import OTHER

SAID_BEFORE_DAYS, SAID_AFTER_DAYS = 30, 90  # of the decision: what is said then is said of it


@dataclass(slots=True)
class LeavingReasons:
    """One decision to leave. `mrr_minor` is by currency, on the day before."""

    account_id: str
    decided_at: datetime
    stated: ReasonRecord | None = None
    followed_up: ReasonRecord | None = None
    survey: ReasonRecord | None = None
    interview: ReasonRecord | None = None
    inferred: list[ReasonRecord] = field(default_factory=list)  # the likeliest first
    mrr_minor: Mapping[str, int] = field(default_factory=dict)

    @property
    def said(self) -> ReasonRecord | None:
        """What they said last in most detail: interview, survey, follow-up, statement."""
        return self.interview or self.survey or self.followed_up or self.stated

    @property
    def contradiction(self) -> ReasonRecord | None:
        """What is inferred, where it is another reason than any that they gave, and not weak."""
        said = {each.code for each in (self.stated, self.followed_up, self.survey, self.interview)
                if each}  # fmt: skip
        first = self.inferred[0] if self.inferred else None
        if not said - {OTHER} or first is None or first.is_weak or first.code in said:
            return None
        likely = {each.code for each in self.inferred[:2] if not each.is_weak}
        return None if likely & said else first


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One reason over many leavings; MRR of those that stated it, and of those inferred."""

    code: str
    root: str
    avoidable: str
    stated: int
    followed_up: int
    inferred: int  # as the likeliest
    agree: int  # stated, and inferred as one of the first two
    mrr_stated_minor: Mapping[str, int]
    mrr_inferred_minor: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Quality:
    """How far the reasons can be trusted."""

    leavings: int
    said_something: int
    volunteered: int  # of those of whom it is known: nobody demanded an answer
    demanded: int
    contradicted: int  # by what was seen
    inferred_strong: int
    nothing_seen: int

    @property
    def volunteered_share(self) -> float | None:
        known = self.volunteered + self.demanded
        return self.volunteered / known if known else None


def leavings_with_reasons(
    home: Home, first_at: datetime, before_at: datetime, *, account_id: str = ""
) -> list[LeavingReasons]:
    """Every decision to leave in that time, in order: each of them has an inferred reason."""
    leavings = leavings_and_words(first_at, before_at, account_id=account_id)
    _add_mrr(home, leavings)
    return leavings


def leavings_and_words(
    first_at: datetime, before_at: datetime, *, account_id: str = "", with_evidence: bool = True
) -> list[LeavingReasons]:
    """The same without what they paid: from state alone. Evidence is read later without
    `with_evidence`, record by record.
    """
    held = ReasonRecord.objects.filter(
        mode="live", superseded_by="", said_at__gte=first_at, said_at__lt=before_at,
        source=INFERRED,
    )  # fmt: skip
    if account_id:
        held = held.filter(account_id=account_id)
    if not with_evidence:
        held = held.defer("evidence", "taxonomy_digest")
    found: dict[tuple[str, datetime], LeavingReasons] = {}
    for record in held.order_by("said_at", "account_id", "rank", "-confidence"):
        key = record.account_id, record.said_at
        found.setdefault(key, LeavingReasons(*key)).inferred.append(record)
    leavings = list(found.values())
    _add_said(leavings)
    return leavings


def words_of(decided: Iterable[tuple[str, datetime]]) -> list[LeavingReasons]:
    """What was said of these decisions (account and time) and inferred, in their order; from state
    alone. Other decisions of the same accounts are looked at too: each word belongs to one.
    """
    asked = {key: LeavingReasons(*key) for key in decided}
    found = dict(asked)
    held = ReasonRecord.objects.filter(
        mode="live", superseded_by="", source=INFERRED,
        account_id__in={account_id for account_id, _ in asked},
    )  # fmt: skip
    for record in held.order_by("rank", "-confidence"):
        key = record.account_id, record.said_at
        found.setdefault(key, LeavingReasons(*key)).inferred.append(record)
    _add_said(list(found.values()))
    return list(asked.values())


def by_reason(leavings: Iterable[LeavingReasons], known: Taxonomy | None = None) -> list[ReasonRow]:
    """A row for each reason that was stated or inferred, the most frequent first."""
    known = known or taxonomy()
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    mrr: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in leavings:
        said = each.survey or each.stated
        if said:
            counts[said.code][STATED] += 1
            _sum(mrr[said.code, STATED], each.mrr_minor)
            counts[said.code]["agree"] += said.code in {one.code for one in each.inferred[:2]}
        if each.followed_up:
            counts[each.followed_up.code][FOLLOWED_UP] += 1
        if each.inferred:
            counts[each.inferred[0].code][INFERRED] += 1
            _sum(mrr[each.inferred[0].code, INFERRED], each.mrr_minor)
    rows = [
        ReasonRow(
            code,
            known.reason(code).root,
            known.reason(code).avoidable,
            of[STATED],
            of[FOLLOWED_UP],
            of[INFERRED],
            of["agree"],
            dict(mrr[code, STATED]),
            dict(mrr[code, INFERRED]),
        )
        for code, of in counts.items()
    ]
    return sorted(rows, key=lambda row: (-row.inferred, -row.stated, row.code))


def quality(leavings: Iterable[LeavingReasons]) -> Quality:
    """How many said anything, freely, and how often what was seen says otherwise."""
    listed = list(leavings)
    said = [each.said for each in listed if each.said]
    first = [each.inferred[0] for each in listed if each.inferred]
    return Quality(
        leavings=len(listed),
        said_something=len(said),
        volunteered=sum(each.is_volunteered is True for each in said),
        demanded=sum(each.is_volunteered is False for each in said),
        contradicted=sum(each.contradiction is not None for each in listed),
        inferred_strong=sum(not each.is_weak and (each.confidence or 0) >= 0.5 for each in first),
        nothing_seen=sum(not each.detail for each in first),
    )


def _add_said(leavings: list[LeavingReasons]) -> None:
    """Each statement belongs to the decision that it was made nearest to."""
    by_account: dict[str, list[LeavingReasons]] = defaultdict(list)
    for each in leavings:
        by_account[each.account_id].append(each)
    said = ReasonRecord.objects.filter(
        mode="live", superseded_by="", source__in=(*GIVEN, FOLLOWED_UP)
    )
    if len(by_account) <= 500:
        said = said.filter(account_id__in=list(by_account))
    for record in said.order_by("said_at", "id").iterator(2_000):
        near = _nearest(by_account.get(record.account_id, []), record.said_at)
        if near is None:
            continue
        names = {STATED: "stated", FOLLOWED_UP: "followed_up", SURVEY: "survey",
                 INTERVIEW: "interview"}  # fmt: skip
        setattr(near, names[record.source], record)


def _nearest(leavings: list[LeavingReasons], at: datetime) -> LeavingReasons | None:
    fits = [
        each
        for each in leavings
        if each.decided_at - timedelta(days=SAID_BEFORE_DAYS)
        <= at
        <= each.decided_at + timedelta(days=SAID_AFTER_DAYS)
    ]
    return min(fits, key=lambda each: abs(each.decided_at - at), default=None)


def _add_mrr(home: Home, leavings: list[LeavingReasons]) -> None:
    if not leavings:
        return
    subjects = [Subject(each.account_id, each.decided_at) for each in leavings]
    with reading(home) as reader:
        reader.register(RELATION, as_relation(subjects))
        for row in reader.rows(load("tenure.reasons", "subject_mrr")):
            each = leavings[int(str(row["subject"]))]
            each.mrr_minor = {**each.mrr_minor, str(row["currency"]): int(str(row["mrr_minor"]))}


def _sum(into: dict[str, int], more: Mapping[str, int]) -> None:
    for currency, minor in more.items():
        into[currency] += minor
