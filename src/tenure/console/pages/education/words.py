"""What a lesson did, and where accounts go, in sentences."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from tenure.console import format as written
from tenure.content.effects import Compared
from tenure.content.next_lesson import BEGUN, FORECAST, OPEN, STAGE, UNUSED
from tenure.content.stages import Forecast
from tenure.proof.lift import Lift

KINDS: dict[str, str | Promise] = {
    "page": gettext_lazy("Page"),
    "video": gettext_lazy("Video"),
    "course": gettext_lazy("Course"),
    "webinar": gettext_lazy("Webinar"),
}
STAGES: dict[str, str | Promise] = {
    "new": pgettext_lazy("stage", "new"),
    "active": pgettext_lazy("stage", "active"),
    "fading": pgettext_lazy("stage", "fading"),
    "lapsed": pgettext_lazy("stage", "lapsed"),
    "leaving": pgettext_lazy("stage", "leaving"),
    "left": pgettext_lazy("stage", "left"),
}
BECAUSE: dict[str, str | Promise] = {
    STAGE: gettext_lazy("for the stage that it is in"),
    FORECAST: gettext_lazy("for the stage that it is likely to come to"),
    UNUSED: gettext_lazy("it pays for this and has not used it"),
    BEGUN: gettext_lazy("it was begun"),
    OPEN: gettext_lazy("for everybody"),
}


def verdict(told: Compared) -> str:
    """What can be said of those who took it beside those like them."""
    if told.difference is None:
        return _cannot_tell(told.missing)
    value, low, high = told.difference
    said = _("%(value)s points, %(low)s to %(high)s") % {
        "value": _points(value), "low": _points(low), "high": _points(high),
    }  # fmt: skip
    if told.is_seen:
        return said
    return _("No difference seen: %(said)s") % {"said": said}


def lift_verdict(lift: Lift) -> str:
    """What the hold-out of a play says."""
    if lift.value is None or lift.low is None or lift.high is None or not lift.is_known:
        return _cannot_tell(lift.more_needed or 0)
    return _("%(value)s points, %(low)s to %(high)s") % {
        "value": _points(lift.value), "low": _points(lift.low), "high": _points(lift.high),
    }  # fmt: skip


def forecast_words(told: Forecast) -> str:
    """Where accounts of a stage were thirty days later."""
    if not told.to:
        return _cannot_tell(told.missing)
    return _("%(part)s of %(of)s were %(stage)s thirty days later") % {
        "part": written.number(told.share.part),
        "of": written.number(told.share.of),
        "stage": STAGES[told.to],
    }


def _cannot_tell(missing: int) -> str:
    if not missing:
        return _("Cannot tell yet")
    words = ngettext(
        "Cannot tell yet: about %(n)s more account is needed",
        "Cannot tell yet: about %(n)s more accounts are needed",
        missing,
    )
    return words % {"n": written.number(missing)}


def _points(value: float) -> str:
    return written.number(value * 100, 1, sign=True)
