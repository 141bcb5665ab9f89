"""What may be said of a play, in one sentence. Nothing is claimed that is not known."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tenure.base.money import exponent
from tenure.plays.lift_parts import GOAL, PlayClaim
from tenure.proof.lift import LEAST_IN_ARM, Lift

CLAIMS: dict[str, str | Promise] = {
    GOAL: gettext_lazy("Goal reached in its window"),
    "mrr_30": gettext_lazy("MRR 30 days after entry"),
    "mrr_90": gettext_lazy("MRR 90 days after entry"),
    "mrr_180": gettext_lazy("MRR 180 days after entry"),
}
WAY_CLAIMS: dict[str, str | Promise] = {
    GOAL: gettext_lazy("Goal reached in its window"),
    "mrr_30": gettext_lazy("MRR 30 days after the split"),
    "mrr_90": gettext_lazy("MRR 90 days after the split"),
    "mrr_180": gettext_lazy("MRR 180 days after the split"),
}


def claim_words(claim: PlayClaim, currency: str) -> str:
    """The sentence of a claim. Of what cannot be told it says how much is missing, if it can."""
    lift = claim.lift
    if lift.value is None or lift.low is None or lift.high is None:
        return _few(lift, claim.not_over)
    said = {
        "by": amount_words(claim, abs(lift.value), currency),
        "low": amount_words(claim, lift.low, currency),
        "high": amount_words(claim, lift.high, currency),
    }
    if lift.is_known:
        return _known(claim, said)
    if lift.is_small:
        return _("No difference that would matter: between %(low)s and %(high)s.") % said
    if lift.more_needed is None:
        return (
            _("Cannot tell: between %(low)s and %(high)s, and more accounts will not tell soon.")
            % said
        )
    return ngettext(
        "Cannot tell yet: needs about %(count)s more account. Between %(low)s and %(high)s so far.",
        "Cannot tell yet: needs about %(count)s more accounts. Between %(low)s and %(high)s so "
        "far.",
        lift.more_needed,
    ) % {**said, "count": f"{lift.more_needed:,}"}


def amount_words(claim: PlayClaim, value: float, currency: str) -> str:
    """A difference in its unit: points, or money a month."""
    if claim.unit == "share":
        return _("%(points)s points") % {"points": _signed(f"{100 * value:.1f}")}
    digits = exponent(currency)
    return _signed(f"{value / 10**digits:,.{digits}f} {currency}")


def _signed(text: str) -> str:
    """With a minus sign, which is as wide as a figure."""
    return text.replace("-", "\N{MINUS SIGN}")


def _known(claim: PlayClaim, said: dict[str, str]) -> str:
    is_more = (claim.lift.value or 0) > 0
    if claim.name == GOAL:
        if is_more:
            return _("%(by)s more reach the goal (%(low)s to %(high)s).") % said
        return _("%(by)s fewer reach the goal (%(low)s to %(high)s).") % said
    said = {**said, "days": claim.name.removeprefix("mrr_")}
    if is_more:
        return (
            _("Each account pays %(by)s a month more after %(days)s days (%(low)s to %(high)s).")
            % said
        )
    return (
        _("Each account pays %(by)s a month less after %(days)s days (%(low)s to %(high)s).") % said
    )


def _few(lift: Lift, not_over: int) -> str:
    least = min(lift.treated, lift.control)
    said = {"count": least, "least": LEAST_IN_ARM, "not_over": not_over}
    if not_over:
        return (
            _(
                "Cannot tell yet: %(count)s accounts are in the smaller arm, and at least "
                "%(least)s are needed; of %(not_over)s the time is not over."
            )
            % said
        )
    return (
        _(
            "Cannot tell yet: %(count)s accounts are in the smaller arm, and at least %(least)s "
            "are needed."
        )
        % said
    )
