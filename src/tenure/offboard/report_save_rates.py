"""Save rates as others define them, worked out of our own visits, so that figures can be compared.

None of them has anybody who was left alone beside it: they say what people clicked, and for how
long, not what difference it made.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.utils.translation import gettext as _

from tenure.offboard.report_parts import TREATED, Passed, SaveRate
from tenure.proof.shares import Share, share_of

DEFLECTED_AFTER = timedelta(minutes=30)
SAVED_AFTER = timedelta(days=30)
DEFINITIVE_AFTER = timedelta(days=1)  # "a short time" is not said how long; a day here


def save_rates(passed: Iterable[Passed]) -> tuple[SaveRate, ...]:
    """All of them, of visits that have ended and were not held out; the flattering ones first."""
    ended = [each for each in passed if each.arm == TREATED and each.outcome]
    return (
        SaveRate(
            _("Everybody who did not cancel in the session"),
            "Churnkey",
            _("Accepted or closed the window, of all sessions."),
            _part(ended, [each for each in ended if not _cancelled_here(each)]),
            "https://docs.churnkey.co/cancel-flows/analytics/save-rate",
        ),
        _deflected(ended),
        SaveRate(
            _("Accepted an offer"),
            "LostChurn",
            _("Accepted, of all sessions, whatever came afterwards."),
            _part(ended, [each for each in ended if each.accepted]),
            "https://lostchurn-docs.pages.dev",
        ),
        SaveRate(
            _("Decision: accepted, of those who were offered something"),
            "Paddle",
            _("What they chose; Paddle calls it the decision, and may still see them cancel."),
            _offered(ended, [each for each in ended if each.accepted]),
            "https://developer.paddle.com/build/retain/configure-cancellation-flows-surveys",
        ),
        SaveRate(
            _("Resolution: accepted and not cancelled"),
            "Paddle",
            _("What came of it, of those who were offered something."),
            _offered(ended, [e for e in ended if e.accepted and e.outcome != "canceled"]),
            "https://developer.paddle.com/build/retain/configure-cancellation-flows-surveys",
        ),
        _definitive(ended),
        _saved(ended),
    )


def _part(of: Sequence[Passed], part: Sequence[Passed]) -> Share:
    return share_of(len(part), len(of))


def _offered(ended: Sequence[Passed], part: Sequence[Passed]) -> Share:
    offered = [each for each in ended if each.offers_shown]
    return share_of(sum(bool(each.offers_shown) for each in part), len(offered))


def _cancelled_here(visit: Passed) -> bool:
    """Whether this very session ended in a cancellation, and had accepted nothing before."""
    return visit.outcome == "canceled" and not visit.accepted


def _subscription(visit: Passed) -> tuple[str, str]:
    return visit.account_id, visit.subscription_id


def _deflected(ended: Sequence[Passed]) -> SaveRate:
    """One session for each subscription, not cancelled 30 minutes after it."""
    kept, of = _uncancelled(ended, DEFLECTED_AFTER)
    return SaveRate(
        _("Deflected: not cancelled 30 minutes later"),
        "Chargebee",
        _("One session for each subscription; whoever closed the window counts."),
        share_of(kept, of),
        "https://www.chargebee.com/docs/retention/reporting-terms-and-definitions.html",
    )


def _saved(ended: Sequence[Passed]) -> SaveRate:
    kept, of = _uncancelled(ended, SAVED_AFTER)
    return SaveRate(
        _("Saved: not cancelled 30 days later"),
        "Chargebee",
        _("One session for each subscription; who cancels on day 31 still counts."),
        share_of(kept, of),
        "https://www.chargebee.com/docs/retention/"
        "validating-saves-against-your-billing-system.html",
    )


def _uncancelled(ended: Sequence[Passed], after: timedelta) -> tuple[int, int]:
    """Of all subscriptions, those without a cancellation so long after their first session."""
    sessions: dict[tuple[str, str], list[Passed]] = defaultdict(list)
    for each in ended:
        sessions[_subscription(each)].append(each)
    kept = 0
    for own in sessions.values():
        until = min(each.opened_at for each in own) + after
        kept += not any(each.canceled_at and each.canceled_at <= until for each in own)
    return kept, len(sessions)


def _definitive(ended: Sequence[Passed]) -> SaveRate:
    """Sessions of one subscription within a day are one, and a cancellation in it is all of it."""
    sessions: dict[tuple[str, str], list[Passed]] = defaultdict(list)
    for each in sorted(ended, key=lambda each: (each.opened_at, each.visit_id)):
        sessions[_subscription(each)].append(each)
    accepted = of = 0
    for own in sessions.values():
        together: list[list[Passed]] = []
        for each in own:
            if together and each.opened_at - together[-1][-1].opened_at <= DEFINITIVE_AFTER:
                together[-1].append(each)
            else:
                together.append([each])
        of += len(together)
        accepted += sum(_is_definitive_save(group) for group in together)
    return SaveRate(
        _("Definitive sessions: accepted, and not cancelled within a day"),
        "Churn Buster",
        _("Who accepts and comes back to cancel counts once, as a cancellation."),
        share_of(accepted, of),
        "https://churnbuster.io/docs/cancel-flows-guide",
    )


def _is_definitive_save(sessions: Sequence[Passed]) -> bool:
    until = sessions[-1].opened_at + DEFINITIVE_AFTER
    cancelled = any(each.canceled_at and each.canceled_at <= until for each in sessions)
    return not cancelled and any(each.accepted for each in sessions)
