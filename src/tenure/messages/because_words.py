"""The planner's words as sentences: why a message waits, was withheld, or went."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.messages.models import Message, Status, SuppressedFor

_KNOWN_LATER = (Status.FAILED, Status.UNKNOWN, Status.BOUNCED, Status.COMPLAINED)
_GOES_OR_WAITS = ("released", "quiet_hours", "fatigue", "account_fatigue", "play_off", "stopped")


def because_sentence(because: Mapping[str, Any]) -> str:
    """The reason in the reader's language; empty where none was noted."""
    code = str(because.get("code", ""))
    if code == "quiet_hours" and because.get("until"):
        return _("It is a quiet hour on their clock (%(zone)s); it may go at %(until)s") % {
            "zone": because["zone"],
            "until": _wall(because["until"], because["zone"]),
        }
    if code in ("fatigue", "account_fatigue"):
        return _fatigue(because)
    if code == "too_late":
        waited = because_name(str(because.get("waited_for", "")))
        if waited:
            return _("It was of no use any more; until then it waited: %(reason)s") % {
                "reason": waited
            }
        return _("It was of no use any more")
    if code in ("switched_off", "not_asked_for"):
        words = (
            _("They switched the topic “%(topic)s” off")
            if code == "switched_off"
            else _("The topic “%(topic)s” goes only to who asked for it, and they did not")
        )
        return words % {"topic": because.get("topic", "")}
    if code == "stopped":
        words = ngettext(
            "The step was stopped: it did more than %(most)s in %(hours)s hour, and its replay at "
            "most %(replayed)s",
            "The step was stopped: it did more than %(most)s in %(hours)s hours, and its replay at "
            "most %(replayed)s",
            int(because.get("hours", 1)),
        )
        return words % {name: because.get(name, "") for name in ("most", "hours", "replayed")}
    if code == "released" and "allowance" in because:
        words = _(
            "Nothing spoke against it: %(spent)s of %(allowance)s points were spent that week"
        )
        return words % {name: because[name] for name in ("spent", "allowance")}
    if code == "address":
        return address_sentence(str(because.get("kind", "")))
    return because_name(code)


def address_sentence(kind: str) -> str:
    """Why nothing is sent to an address, by the sort of its suppression."""
    if kind not in SuppressedFor.values:  # noted before the sort was
        return because_name("address")
    return _("Nothing is sent to this address (%(reason)s)") % {"reason": SuppressedFor(kind).label}


def because_name(code: str) -> str:
    """A reason in a few words; the code itself where it has none."""
    names = {
        "released": _("Nothing spoke against it"),
        "control": _("It would have gone; their account is left alone by chance"),
        "quiet_hours": _("quiet hours"),
        "fatigue": _("too much that week"),
        "account_fatigue": _("too much for their account that week"),
        "too_late": _("too late"),
        "switched_off": _("switched off"),
        "not_asked_for": _("not asked for"),
        "not_to_be_asked": _("They said that they do not want to be asked again"),
        "address": _("Nothing is sent to this address: it is suppressed"),
        "no_address": _("No mail address of theirs is known"),
        "nobody": _("Nobody of the account has this role"),
        "template": _("Its words could not be written"),
        "value_missing": _("A value that it names was missing"),
        "play_off": _("The play is switched off"),
        "stopped": _("its step was stopped"),
        "same_words": _("The same words went to them already, or wait since before"),
        "step_gone": _("Its step was taken out of the play"),
        "exit": _("They had left the play by then"),
        "goal": _("They had reached what it is for by then"),
    }
    return names.get(code, code)


def stands_sentence(message: Message) -> str:
    """Where a message stands and why, in one sentence."""
    label = str(Status(message.status).label)
    why = because_sentence(message.because)
    if not why or _came_after_planning(message):
        why = message.why or why
    return f"{label}: {why}" if why else label


def _came_after_planning(message: Message) -> bool:
    """Whether the planner's last word is not why it stands so: a sender, a provider, or whoever
    withheld it while it waited knows better."""
    if message.status == Status.SUPPRESSED:
        return message.because.get("code", "") in _GOES_OR_WAITS
    return message.status in _KNOWN_LATER


def _fatigue(because: Mapping[str, Any]) -> str:
    words = _room(because)
    if because.get("code") == "account_fatigue":
        return _("%(words)s. Counted is what all people of their account get") % {"words": words}
    if "whole" in because:
        said = _(
            "%(words)s. Their week holds %(allowance)s instead of %(whole)s points, because they "
            "let several messages go by"
        )
        figures = {name: because[name] for name in ("allowance", "whole")}
        return said % {"words": words, **figures}
    return words


def _room(because: Mapping[str, Any]) -> str:
    figures = {name: because.get(name, "") for name in ("points", "spent", "allowance")}
    until = because.get("until")
    if until is None:
        words = _(
            "It costs %(points)s points, and %(spent)s of %(allowance)s are spent or kept for what "
            "matters more; nothing is left before it is of no use"
        )
        return words % figures
    words = _(
        "It costs %(points)s points, and %(spent)s of %(allowance)s are spent or kept for what "
        "matters more; it may go at %(until)s on their clock (%(zone)s)"
    )
    zone = str(because.get("zone", "UTC"))
    return words % {**figures, "zone": zone, "until": _wall(until, zone)}


def _wall(moment: str, zone: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
