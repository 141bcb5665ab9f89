"""A year of leaving with known truth: everybody who comes, in both arms, and what the report says.

Each account lives twice from its visit on, treated and left alone, with the same luck; the arm that
chance gave it is what the report is told. So the true lift of these very accounts is known exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from tenure.demo.afterwards import HALF_YEAR_DAYS, Life, gone, stays
from tenure.demo.answering import leaves
from tenure.demo.leavers import MONTH_DAYS, MONTHS, Leaver, draw_leavers
from tenure.demo.offering import Offering, fernhill_offering
from tenure.demo.passing import Passer, Passing
from tenure.measure.retained import DAYS_A_MONTH
from tenure.offboard.report_parts import AT_DAYS, HORIZON_DAYS, TREATED, Passed, Watched
from tenure.offers.choosing import SEASON, ShownOffer
from tenure.offers.learned import NOTHING, Belief, Learned
from tenure.offers.learning import lessons
from tenure.offers.results import Paid, Result, retained, staying_shares
from tenure.proof.assignment import Arm, assign
from tenure.saves.due import rests_until

EXPERIMENT = "cancel_flow"
STARTS_ON = date(2025, 1, 1)
CHECK_DAYS = (30, 90, 180)


@dataclass(frozen=True, slots=True)
class Lived:
    """One account in one arm: its visits, and its half year afterwards."""

    visits: tuple[Passing, ...]
    life: Life
    leaves: bool  # at this decision; later ones may end it too

    @property
    def accepted(self) -> Passing | None:
        return next((each for each in self.visits if each.accepted), None)


@dataclass(frozen=True, slots=True)
class Both:
    """An account in both arms, and the one that chance gave it."""

    leaver: Leaver
    arm: Arm
    treated: Lived
    alone: Lived

    @property
    def lived(self) -> Lived:
        return self.treated if self.arm.name == TREATED else self.alone

    @property
    def is_sleeping_dog(self) -> bool:
        return self.treated.leaves and not self.alone.leaves


@dataclass
class Year:
    """All of it. `starts_on` is day 0."""

    accounts: list[Both] = field(default_factory=list)
    learned: Learned = NOTHING
    gross_margin_share: float = 0.8
    starts_on: date = STARTS_ON

    def true_lift(self, name: str) -> float:
        """What the flow truly did to these accounts, on average: paying_30 and so on."""
        differences = [
            self._outcome(name, each, each.treated) - self._outcome(name, each, each.alone)
            for each in self.accounts
        ]
        return sum(differences) / len(differences)

    def treated_margin(self, from_day: int = 0) -> float:
        """Margin that an account leaves when treated, of those who came from that day on."""
        found = [
            self._outcome("margin_180", each, each.treated)
            for each in self.accounts
            if each.leaver.day >= from_day
        ]
        return sum(found) / len(found)

    def _outcome(self, name: str, both: Both, lived: Lived) -> float:
        kind, days = name.split("_")
        if kind == "paying":
            return float(lived.life.mrr_minor(int(days)) > 0)
        margin = watched_of(both, lived, HORIZON_DAYS + 1).margin_minor(self.gross_margin_share)
        assert margin is not None
        return margin


def live_a_year(
    seed: int,
    *,
    accounts: int = 900,
    effect: float = 1.0,
    learns: bool = True,
    hold_out_shares: Sequence[float] = (),
    offering: Offering | None = None,
) -> Year:
    """The year of that seed. `hold_out_shares` are those of each month; the flow's without any.

    Offers are chosen by the rules at first, then by what was learned, anew each month, from what
    billing had shown by then; with `learns` false by the rules for ever.
    """
    offering = offering or fernhill_offering()
    passer = Passer(offering, STARTS_ON, effect > 0)
    year = Year(gross_margin_share=offering.book.budget.gross_margin_share)
    month = 0
    for leaver in draw_leavers(seed, accounts=accounts, effect=effect):
        while leaver.day >= MONTH_DAYS * (month + 1):
            month += 1
            if learns:
                seen = _results(year.accounts, MONTH_DAYS * month, year.gross_margin_share)
                passer.learned = _learned(seen)
        share = offering.flow.hold_out_share
        if hold_out_shares:
            share = hold_out_shares[min(month, MONTHS - 1, len(hold_out_shares) - 1)]
        arm = assign(EXPERIMENT, leaver.account_id, share, f"seed {seed}")
        year.accounts.append(live_both(passer, leaver, arm))
    year.learned = passer.learned
    return year


def live_both(passer: Passer, leaver: Leaver, arm: Arm) -> Both:
    """Both lives of one account; `arm` is the one that chance gave it."""
    share = arm.hold_out_share
    treated = _live(passer, leaver, Arm("treated", 1 - share))
    return Both(leaver, arm, treated, _live(passer, leaver, Arm("hold_out", share)))


def _live(passer: Passer, leaver: Leaver, arm: Arm) -> Lived:
    """Their visits in that arm, and what follows."""
    first = passer.visit(leaver, arm)
    visits = [first]
    if first.outcome == "abandoned" and leaver.leaves_alone and not first.passage.offers_seen:
        # They closed the window on the first screen, and come back.
        visits.append(passer.visit(leaver, arm, days_later=1 + int(4 * leaver.draws[20])))
    last = visits[-1]
    today = passer.year_starts_on + timedelta(leaver.day)
    if last.outcome == "canceled":
        return Lived(tuple(visits), gone(leaver), True)
    if last.accepted is not None and leaves(leaver, last.passage):
        days = (last.at.date() - today).days + 1 + int(9 * leaver.draws[21])
        again = passer.visit(leaver, arm, days_later=days, is_repeat=True)
        return Lived((*visits, again), gone(leaver, last.accepted), True)
    return Lived(tuple(visits), stays(leaver, last.accepted, today), False)


def watched_of(both: Both, lived: Lived, days_over: int) -> Watched:
    """The account as the report reads it when so many days are over since its visit."""
    life = lived.life
    paying = {
        at_days: life.mrr_minor(at_days) > 0 if at_days < days_over else None for at_days in AT_DAYS
    }
    is_over = days_over > HORIZON_DAYS
    return Watched(
        account_id=both.leaver.account_id,
        arm=both.arm.name,
        hold_out_share=both.arm.hold_out_share,
        paying=paying,
        revenue_minor=life.minor_days(HORIZON_DAYS) / DAYS_A_MONTH if is_over else None,
        stake_minor=both.leaver.mrr_minor * HORIZON_DAYS / DAYS_A_MONTH if is_over else None,
        forgone_minor=life.forgone_minor,
        paid_minor=life.paid_minor,
        groups={"reason": (both.leaver.reason,)},
    )


def rows_on(year: Year, day: int) -> tuple[list[Passed], list[Watched]]:
    """What the report reads on that day of the simulation: of visits that were made before it."""
    today = year.starts_on + timedelta(day)
    passed = [
        row for each in year.accounts if each.leaver.day < day for row in _passed(each, day, today)
    ]
    return passed, watched_on(year, day)


def watched_on(year: Year, day: int) -> list[Watched]:
    """The accounts that came before that day, as the report reads them on it."""
    return [
        watched_of(each, each.lived, day - each.leaver.day)
        for each in year.accounts
        if each.leaver.day < day
    ]


def _passed(both: Both, day: int, today: date) -> Iterable[Passed]:
    visits = [each for each in both.lived.visits if each.at.date() < today]
    cancelled = next((each for each in visits if each.outcome == "canceled"), None)
    for visit in visits:
        # Who cancels after having accepted has cancelled; who closed the window came again.
        is_cancelled = visit.outcome == "canceled" or (visit.accepted and cancelled)
        came = day - (today - visit.at.date()).days  # on which day of the simulation
        yield Passed(
            visit_id=visit.visit_id,
            account_id=both.leaver.account_id,
            opened_at=visit.at,
            arm=both.arm.name,
            hold_out_share=both.arm.hold_out_share,
            subscription_id=visit.passage.ask.subscription,
            outcome="canceled" if is_cancelled else visit.outcome,
            accepted=visit.accepted is not None,
            billing="done" if visit.outcome != "abandoned" else "",
            canceled_at=cancelled.at if is_cancelled and cancelled else None,
            offers_shown=visit.passage.offers_seen,
            offer=visit.accepted.name if visit.accepted else "",
            cost_minor=visit.accepted.cost_minor if visit.accepted else 0,
            kept=_kept(both, visit.accepted, came, day),
            groups={"reason": (visit.passage.reason,)} if visit.passage.reason else {},
        )


def _kept(both: Both, accepted: ShownOffer | None, came: int, day: int) -> dict[int, bool | None]:
    """Whether an accepted offer has them pay so many days after this visit; a pause that was agreed
    is none of it."""
    if accepted is None:
        return {days: None if came + days >= day else False for days in AT_DAYS}
    rests = rests_until(accepted.kind, accepted.terms)
    paused = (rests - both.lived.visits[0].at.date()).days if rests else 0
    found: dict[int, bool | None] = {}
    for at_days in AT_DAYS:
        on = came + at_days - both.leaver.day
        found[at_days] = (
            None if came + at_days >= day else (on >= paused and both.lived.life.mrr_minor(on) > 0)
        )
    return found


def _learned(seen: Sequence[Result]) -> Learned:
    """As `offers.learned` reads them back."""
    found = lessons(seen)
    beliefs: dict[tuple[str, str, str], Belief] = {
        (each.version, each.reason, each.follow_up): each.belief for each in found if each.version
    }
    return Learned(beliefs, found[0].belief) if found else NOTHING


def _results(accounts: Iterable[Both], day: int, gross_margin_share: float) -> list[Result]:
    """What each offer that stood first came to, as far as billing shows on that day."""
    led = [each for each in accounts if each.arm.name == TREATED and _lead(each) is not None]
    paid = {
        each.leaver.account_id: [
            Paid(at, mrr > 0, mrr / each.leaver.mrr_minor)
            for at in CHECK_DAYS
            if each.leaver.day + at < day
            for mrr in (each.lived.life.mrr_minor(at),)
        ]
        for each in led
    }
    staying = staying_shares(paid.values())
    found = []
    for each in led:
        shown = _lead(each)
        share, weight = retained(paid[each.leaver.account_id], gross_margin_share, staying)
        if weight == 0 or shown is None:
            continue
        stake = each.leaver.mrr_minor * gross_margin_share * HALF_YEAR_DAYS / MONTH_DAYS
        share = min(max(share - each.lived.life.paid_minor / stake, -1.0), 1.5)
        version = str(shown.terms["version"])
        has = each.lived.accepted is not None
        said = each.leaver.reason, each.leaver.follow_up
        first = _rules_first(each)
        found.append(Result(shown.name, version, said[0], share, weight, has, said[1], first))
    return found


def _rules_first(both: Both) -> str:
    """The version that the rules had first."""
    choice = next(visit.choice for visit in both.lived.visits if visit.choice)
    return next((each.version for each in choice.considered if each.rank == 0), "")


def _lead(both: Both) -> ShownOffer | None:
    """The offer that stood first by choice; who was led by a rule teaches nothing."""
    choices = [visit.choice for visit in both.lived.visits if visit.choice]
    if not choices or not choices[0].shown or choices[0].how == SEASON:
        return None
    return choices[0].shown[0]
