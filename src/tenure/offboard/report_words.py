"""What may be said of a difference, in one sentence. Nothing is claimed that is not known."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tenure.base.money import exponent
from tenure.proof.lift import LEAST_IN_ARM, Lift


def claim_words(
    name: str, lift: Lift, more_visits: int | None, not_over: int, currency: str
) -> str:
    """The sentence of a claim. Of what cannot be told it says how much is missing, if it can."""
    if lift.value is None or lift.low is None or lift.high is None:
        return _few(lift, not_over)
    low, high = _amount(name, lift.low, currency), _amount(name, lift.high, currency)
    if lift.is_known:
        by = _amount(name, abs(lift.value), currency)
        text = _MORE[name] if lift.value > 0 else _LESS[name]
        return _(text) % {"by": by, "low": low, "high": high}
    if lift.is_small:
        return _("No difference that would matter: between %(low)s and %(high)s.") % {
            "low": low,
            "high": high,
        }
    if more_visits is None:
        return _(
            "Cannot tell: between %(low)s and %(high)s, and more visits will not tell soon."
        ) % {
            "low": low,
            "high": high,
        }
    return _(
        "Cannot tell yet: about %(count)s more visits. Between %(low)s and %(high)s so far."
    ) % {
        "count": f"{more_visits:,}",
        "low": low,
        "high": high,
    }


def slice_words(by: str, lift: Lift | None, visits: int) -> str:
    """Why a slice says what it says, or nothing."""
    if by == "offer":
        return _("An offer has no hold-out of its own: no difference is claimed for it.")
    if lift is None or lift.value is None:
        return _("Too few in one arm to compare.")
    if lift.is_known:
        return _("Known, with all slices of this kind allowed for.")
    return _("Cannot tell yet.")


_MORE = {
    "paying_30": gettext_noop("%(by)s more are still paying after 30 days (%(low)s to %(high)s)."),
    "paying_180": gettext_noop(
        "%(by)s more are still paying after 180 days (%(low)s to %(high)s)."
    ),
    "margin_180": gettext_noop(
        "Each account leaves %(by)s more margin in 180 days (%(low)s to %(high)s)."
    ),
}
_LESS = {
    "paying_30": gettext_noop("%(by)s fewer are still paying after 30 days (%(low)s to %(high)s)."),
    "paying_180": gettext_noop(
        "%(by)s fewer are still paying after 180 days (%(low)s to %(high)s)."
    ),
    "margin_180": gettext_noop(
        "Each account leaves %(by)s less margin in 180 days (%(low)s to %(high)s)."
    ),
}


def _few(lift: Lift, not_over: int) -> str:
    least = min(lift.treated, lift.control)
    if not_over:
        return _(
            "Cannot tell yet: %(count)s accounts are in the smaller arm, and at least %(least)s "
            "are needed; of %(not_over)s the time is not over."
        ) % {"count": least, "least": LEAST_IN_ARM, "not_over": not_over}
    return _(
        "Cannot tell yet: %(count)s accounts are in the smaller arm, and at least %(least)s are "
        "needed."
    ) % {"count": least, "least": LEAST_IN_ARM}


def _amount(name: str, value: float, currency: str) -> str:
    if name.startswith("margin"):
        digits = exponent(currency)
        return f"{value / 10**digits:,.{digits}f} {currency}"
    return _("%(points)s points") % {"points": f"{100 * value:.1f}"}
