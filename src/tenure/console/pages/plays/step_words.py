"""What a step does, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tenure.plays.parts import (
    Act,
    Branch,
    Call,
    Entry,
    GoalCheck,
    Message,
    Play,
    SetTrait,
    Split,
    Wait,
    Work,
)

ICONS = {
    Message: "message-square", Call: "plug", Work: "square-check", SetTrait: "user", Wait: "clock",
    Branch: "list-filter", Split: "list-filter", GoalCheck: "circle-dot",
}  # fmt: skip
ENDS: dict[str, str | Promise] = {
    "finished": gettext_lazy("Went through to its end"),
    "goal": gettext_lazy("Reached the goal"),
    "exit": gettext_lazy("Left by an exit"),
    "no_date": gettext_lazy("The date that was waited for is gone"),
    "step_gone": gettext_lazy("Its step is gone since an edit"),
    "merged": gettext_lazy("Was merged into one who is in it"),
}


def entry_words(entry: Entry) -> str:
    """What brings somebody in."""
    if entry.kind == "segment":
        return _("Enters the segment %(name)s") % {"name": entry.segment}
    if entry.kind == "event":
        return _("Does “%(name)s”") % {"name": _either(entry.events)}
    if entry.kind == "signal":
        return _("The signal %(name)s") % {"name": entry.signal}
    if entry.kind == "date":
        said = {"date": entry.date, "hours": abs(entry.hours)}
        if entry.hours < 0:
            return _("%(hours)s hours before %(date)s") % said
        return _("%(hours)s hours after %(date)s") % said
    return _("By hand")


def _either(events: tuple[str, ...]) -> str:
    """Events of which any will do."""
    return " / ".join(events)


def goal_words(play: Play) -> str:
    """What it is for; empty where there is no goal."""
    if play.goal is None:
        return ""
    what = _either(play.goal.events) or play.goal.where
    return ngettext(
        "%(what)s within %(days)s day", "%(what)s within %(days)s days", play.goal.within_days
    ) % {"what": what, "days": play.goal.within_days}


def act_words(act: Act, language: str = "en") -> str:
    """What a step does, in a few words."""
    if isinstance(act, Message):
        if act.channel == "mail":
            return _("Mail %(name)s") % {"name": act.template}
        return _("In the product: %(name)s") % {"name": act.template}
    if isinstance(act, Work):
        return _("Task: %(title)s") % {
            "title": act.title.get(language) or next(iter(act.title.values()), "")
        }
    if isinstance(act, SetTrait):
        return _("Sets %(trait)s to %(value)s") % {"trait": act.trait, "value": act.value}
    if isinstance(act, Wait):
        return _wait_words(act)
    if isinstance(act, Split):
        return _("Split by chance")
    if isinstance(act, GoalCheck):
        return _("Is the goal reached?")
    if isinstance(act, Branch):
        return _("Which condition holds?")
    if not isinstance(act, Call):
        return _("A step")
    words = _("Slack: %(name)s") if act.text else _("Webhook %(name)s")
    return words % {"name": act.to}


def _wait_words(wait: Wait) -> str:
    if wait.event:
        if not wait.at_most_days:
            return _("Waits for “%(event)s”") % {"event": wait.event}
        return ngettext(
            "Waits for “%(event)s”, %(days)s day at most",
            "Waits for “%(event)s”, %(days)s days at most",
            wait.at_most_days,
        ) % {"event": wait.event, "days": wait.at_most_days}
    if wait.date:
        said = {"date": wait.date, "hours": abs(wait.date_hours)}
        if wait.date_hours < 0:
            return _("Waits until %(hours)s hours before %(date)s") % said
        return _("Waits until %(hours)s hours after %(date)s") % said
    parts = []
    if wait.days:
        parts.append(ngettext("%(n)s day", "%(n)s days", wait.days) % {"n": wait.days})
    if wait.hours:
        parts.append(ngettext("%(n)s hour", "%(n)s hours", wait.hours) % {"n": wait.hours})
    if wait.until is not None:
        parts.append(_("until %(time)s") % {"time": f"{wait.until:%H:%M}"})
    return _("Waits %(how)s") % {"how": " ".join(parts)}
