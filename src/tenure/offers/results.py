"""What came of each visit in which an offer stood first: the margin that was retained in 180 days,
net of what it cost, as a share of what was at stake. By intention to treat: everybody counts to
whom it was shown, whatever they did then. What billing showed at the checks of `saves` decides;
that somebody accepted does not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tenure.offers.models import Concession, OfferShown
from tenure.saves.models import Kind, SaveCheck

# From check to check, and the part of the 180 days that each speaks for.
SPANS: tuple[tuple[int, float], ...] = ((30, 30 / 180), (90, 60 / 180), (180, 90 / 180))
HORIZON_MONTHS = 6
LEAST_SHARE, MOST_SHARE = -1.0, 1.5  # one account that grew threefold says nothing of an offer
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Paid:
    """One check that was answered: whether they pay, and which share of what they paid before."""

    at_days: int
    is_paying: bool
    price_share: float


@dataclass(frozen=True, slots=True)
class Result:
    """One visit. `share` counts what is known and, for the days to come, what `staying` expects;
    `weight` is how much of the 180 days is known.
    """

    offer: str
    version: str
    reason: str
    share: float
    weight: float
    has_accepted: bool
    follow_up: str = ""
    rules_first: str = ""  # the version that the rules had first; of old choices it is not known


def results(gross_margin_share: float) -> list[Result]:
    """Every live visit of which a check was answered, in no order."""
    followed = _followed()
    led = _led(list(followed))
    staying = staying_shares(visit.paid for visit in followed.values())
    paid_minor = _paid_out(list(led))
    found = []
    for visit_id, shown in led.items():
        visit = followed[visit_id]
        share, weight = retained(visit.paid, gross_margin_share, staying)
        if weight == 0.0:
            continue
        stake_minor = visit.before_minor * gross_margin_share * HORIZON_MONTHS
        if stake_minor > 0:
            share -= paid_minor.get(visit_id, 0) / stake_minor
        found.append(
            Result(
                shown.offer,
                shown.version,
                shown.reason,
                min(max(share, LEAST_SHARE), MOST_SHARE),
                weight,
                visit_id in paid_minor,
                shown.follow_up,
                shown.rules_first,
            )
        )
    return found


def retained(
    paid: Iterable[Paid], gross_margin_share: float, staying: Mapping[int, float]
) -> tuple[float, float]:
    """The share of the margin that was kept over 180 days, and how much of them is known.

    A price cut comes off the margin alone: serving costs as much as before. Of the days to come
    an account that still pays keeps what those before it did (`staying`, by day of the check).
    """
    known = {each.at_days: each for each in paid}
    total, weight, rate = 0.0, 0.0, None
    for at_days, part in SPANS:
        check = known.get(at_days)
        if check is not None:
            rate = _margin(check, gross_margin_share)
            weight += part
        elif rate is None:
            break
        else:
            rate *= staying.get(at_days, 1.0)
        total += part * rate
    return total, weight


def staying_shares(followed: Iterable[Iterable[Paid]]) -> dict[int, float]:
    """Of those who paid at one check, the part that paid at the next; by the day of the later.

    One who stays and one who goes are added, so that nothing is certain of few.
    """
    stayed: dict[int, int] = defaultdict(lambda: 1)
    seen: dict[int, int] = defaultdict(lambda: 2)
    for paid in followed:
        known = {each.at_days: each.is_paying for each in paid}
        for (before, _), (at_days, _) in zip(SPANS, SPANS[1:], strict=False):
            if known.get(before) and at_days in known:
                seen[at_days] += 1
                stayed[at_days] += known[at_days]
    return {at_days: stayed[at_days] / seen[at_days] for at_days, _ in SPANS[1:]}


def _margin(check: Paid, gross_margin_share: float) -> float:
    if not check.is_paying:
        return 0.0
    if gross_margin_share <= 0:
        return 0.0
    return (check.price_share - (1 - gross_margin_share)) / gross_margin_share


@dataclass(slots=True)
class _Followed:
    """A visit as `saves` follows it. A save stands above the same visit followed otherwise."""

    before_minor: int
    is_save: bool
    paid: list[Paid] = field(default_factory=list)


def _followed() -> dict[str, _Followed]:
    """By visit: the checks that were answered, and what was paid before."""
    at = [at_days for at_days, _ in SPANS]
    checks = SaveCheck.objects.filter(at_days__in=at, save_of__mode="live").exclude(is_paying=None)
    rows = checks.order_by("save_of", "at_days").values_list(
        "save_of__visit_id",
        "save_of__kind",
        "save_of__mrr_before_minor",
        "at_days",
        "is_paying",
        "price_minor",
    )
    found: dict[str, _Followed] = {}
    for visit_id, kind, before_minor, at_days, is_paying, price_minor in rows.iterator(5000):
        is_save = kind == Kind.SAVE
        visit = found.get(visit_id)
        if visit is None or (is_save and not visit.is_save):
            visit = found[visit_id] = _Followed(before_minor, is_save)
        if is_save == visit.is_save:
            share = _price_share(price_minor, before_minor)
            visit.paid.append(Paid(at_days, is_paying, share))
    return found


def _price_share(price_minor: int | None, before_minor: int) -> float:
    """Of what was paid before; of a trial, where nothing was, staying is all there is."""
    return 1.0 if before_minor <= 0 or price_minor is None else price_minor / before_minor


@dataclass(frozen=True, slots=True)
class _Led:
    """The offer that stood first, and what they had said."""

    offer: str
    version: str
    reason: str
    follow_up: str
    rules_first: str
    how: str


def _led(visit_ids: list[str]) -> dict[str, _Led]:
    """The offer that stood first in each of these visits, of its last choice. Who was offered to
    sleep because they are seasonal was not chosen by chance, and says nothing of others.
    """
    first: dict[str, _Led] = {}
    for start in range(0, len(visit_ids), _AT_ONCE):
        part = visit_ids[start : start + _AT_ONCE]
        rows = OfferShown.objects.filter(mode="live", place=0, visit_id__in=part)
        for visit_id, *led in rows.order_by("shown_at", "pk").values_list(
            "visit_id", "offer", "version", "reason", "follow_up", "rules_first", "how"
        ):
            first[visit_id] = _Led(*led)
    return {visit_id: led for visit_id, led in first.items() if led.how != "season"}


def _paid_out(visit_ids: list[str]) -> dict[str, int]:
    """What was paid out for each accepted offer; price that was forgone shows in the checks."""
    paid: dict[str, int] = {}
    for start in range(0, len(visit_ids), _AT_ONCE):
        part = visit_ids[start : start + _AT_ONCE]
        rows = Concession.objects.filter(visit_id__in=part, mode="live")
        for visit_id, cost, forgone in rows.values_list("visit_id", "cost_minor", "forgone_minor"):
            paid[visit_id] = cost - forgone
    return paid
