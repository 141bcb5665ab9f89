"""Every leaving with where the account stood when it decided: plan, stage, segments, how long it
had paid, and what is known of it. So reasons can be counted by each.

Plan, stage and segments are those of the day of the decision. Country and industry are what the
card has now: they hardly change, and no earlier word on them is kept for everybody.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.base.home import Home
from tenure.card.models import AccountCard
from tenure.kit.sql_file import load
from tenure.lake.reading import reading
from tenure.reasons.inferring_subjects import RELATION, Subject, as_relation
from tenure.reasons.leavings_with_reasons import LeavingReasons, leavings_and_words
from tenure.segments.models import SegmentMember
from tenure.segments.vocabulary import ACCOUNT

BY = ("plan", "stage", "segment", "paid_for", "country", "industry")
OF_CARD = ("country", "industry")
STAGES = "stage_"
# Under how many days of paying, and what that is called. The rest is `longer`.
PAID_FOR = ((90, "3_months"), (365, "year"), (730, "2_years"))
PAID_LONGER = "longer"
_AT_ONCE = 500


@dataclass(slots=True)
class PlacedLeaving:
    """One decision to leave. A leaving may be in several segments, and in none; `""` among the
    groups of any other column says that nobody knows.
    """

    leaving: LeavingReasons
    decided_on: date
    plan: str = ""
    stage: str = ""
    segments: tuple[str, ...] = ()
    paying_since_on: date | None = None
    known: Mapping[str, str] = field(default_factory=dict)  # of the card

    @property
    def account_id(self) -> str:
        return self.leaving.account_id

    @property
    def month(self) -> date:
        return self.decided_on.replace(day=1)

    @property
    def paid_for(self) -> str:
        """How long it had paid, as a code of PAID_FOR."""
        if self.paying_since_on is None:
            return ""
        days = (self.decided_on - self.paying_since_on).days
        return next((code for below, code in PAID_FOR if days < below), PAID_LONGER)

    def groups(self, by: str) -> tuple[str, ...]:
        """The groups that it counts in."""
        if by == "segment":
            return self.segments
        return (str(getattr(self, by)) if by not in OF_CARD else self.known.get(by, ""),)


def placed_leavings(home: Home, first_at: datetime, before_at: datetime) -> list[PlacedLeaving]:
    """Every decision to leave in that time, in order, with what each paid."""
    leavings = leavings_and_words(first_at, before_at)
    zone = ZoneInfo(home.company.time_zone)
    placed = [PlacedLeaving(each, each.decided_at.astimezone(zone).date()) for each in leavings]
    if placed:
        _add_from_lake(home, placed)
        _add_segments(placed)
        _add_from_cards(placed)
    return placed


def said_of(each: LeavingReasons) -> str:
    """The code that counts as stated: what they said last of themselves; empty for nothing."""
    said = each.survey or each.stated
    return said.code if said else ""


def _add_from_lake(home: Home, placed: Sequence[PlacedLeaving]) -> None:
    subjects = [Subject(each.account_id, each.leaving.decided_at) for each in placed]
    with reading(home, threads=1) as reader:
        reader.register(RELATION, as_relation(subjects))
        for row in reader.rows(load("tenure.reasons", "subject_place")):
            each = placed[int(str(row["subject"]))]
            each.plan = str(row["plan"])
            each.paying_since_on = row["paying_since_on"]  # type: ignore[assignment]
        paid: dict[int, dict[str, int]] = defaultdict(dict)
        for row in reader.rows(load("tenure.reasons", "subject_mrr")):
            paid[int(str(row["subject"]))][str(row["currency"])] = int(str(row["mrr_minor"]))
    for at, each in enumerate(placed):
        each.leaving.mrr_minor = paid.get(at, {})


def _add_segments(placed: Sequence[PlacedLeaving]) -> None:
    """Those that it was in when it decided, or a day before: deciding itself moves it."""
    stays: dict[str, list[SegmentMember]] = defaultdict(list)
    accounts = sorted({each.account_id for each in placed})
    for part in _parts(accounts):
        for stay in SegmentMember.objects.filter(over=ACCOUNT, subject_id__in=part):
            stays[stay.subject_id].append(stay)
    for each in placed:
        at = each.leaving.decided_at
        before = at - timedelta(days=1)
        held = [
            stay
            for stay in stays.get(each.account_id, ())
            if stay.entered_at <= at and (stay.left_at is None or stay.left_at > before)
        ]
        # Of two stages within that day the earlier is the one that it left from.
        staged = [stay for stay in held if stay.segment.startswith(STAGES)]
        first = min(staged, key=lambda stay: (stay.entered_at, stay.pk), default=None)
        each.stage = first.segment.removeprefix(STAGES) if first else ""
        others = {stay.segment for stay in held} - {stay.segment for stay in staged}
        each.segments = tuple(sorted(others))


def _add_from_cards(placed: Sequence[PlacedLeaving]) -> None:
    known: dict[str, Mapping[str, object]] = {}
    accounts = sorted({each.account_id for each in placed})
    for part in _parts(accounts):
        known |= dict(AccountCard.objects.filter(pk__in=part).values_list("pk", "values"))
    for each in placed:
        values = known.get(each.account_id, {})
        each.known = {name: str(values.get(name) or "") for name in OF_CARD}


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
