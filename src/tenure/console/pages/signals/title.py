"""The title of the inbox: its answer."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.console import format as written
from tenure.console.pages.signals.choose import Choice


def inbox_title(choice: Choice, signals: int, now: int, leaving: int) -> str:
    """What needs someone, of what is chosen: `now` is how many are urgent, `leaving` how many
    accounts think of leaving.
    """
    number = {"n": written.number(signals)}
    match choice.state:
        case "snoozed":
            return (
                ngettext("%(n)s signal is put off", "%(n)s signals are put off", signals) % number
            )
        case "done":
            return (
                ngettext("%(n)s signal was dealt with", "%(n)s signals were dealt with", signals)
                % number
            )
        case "resolved":
            return (
                ngettext(
                    "%(n)s signal resolved itself", "%(n)s signals resolved themselves", signals
                )
                % number
            )
        case "all":
            return ngettext("%(n)s signal in all", "%(n)s signals in all", signals) % number
    if not signals:
        return _("Nothing fits") if choice.is_narrowed else _("Nothing needs anyone now")
    first = _first(signals, now)
    if not leaving:
        return first
    second = ngettext(
        "%(n)s customer thinks of leaving", "%(n)s customers think of leaving", leaving
    ) % {"n": written.number(leaving)}
    return _("%(first)s; %(second)s") % {"first": first, "second": second}


def _first(signals: int, now: int) -> str:
    if now:
        text = ngettext("%(n)s signal needs someone now", "%(n)s signals need someone now", now)
        return text % {"n": written.number(now)}
    text = ngettext(
        "%(n)s signal is open, none of them urgent",
        "%(n)s signals are open, none of them urgent",
        signals,
    )
    return text % {"n": written.number(signals)}
