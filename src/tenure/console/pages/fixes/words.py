"""Words of the pages about fixes: what a fix answers, and what may be said of its effect."""

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from tenure.card.product import product
from tenure.console import format as written
from tenure.console.pages.leaving.words import reason_titles
from tenure.proof.rates import Rate
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes import (
    FELL,
    LOOKS,
    NO_HISTORY,
    NONE_ALIKE,
    NONE_BEFORE,
    PLANNED,
    ROSE,
    TOO_EARLY,
    UNCLEAR,
    Effect,
)
from tenure.reasons.fixes_stuck import StuckShares
from tenure.reasons.models import Theme
from tenure.reasons.taxonomy import taxonomy, words_in

Words = str | Promise
STANDINGS: dict[str, tuple[Words, str]] = {
    "planned": (pgettext_lazy("a fix", "Planned"), "free"),
    "shipped": (pgettext_lazy("a fix", "Shipped"), "new"),
    "withdrawn": (pgettext_lazy("a fix", "Withdrawn"), "contraction"),
}
HOW: dict[str, Words] = {
    "said": gettext_lazy("They said so"),
    "seen": gettext_lazy("Inferred from what was seen"),
    "stuck": gettext_lazy("Stood before the step"),
    "stated": gettext_lazy("On the way out"),
    "followed_up": gettext_lazy("Asked on the way out"),
    "survey": gettext_lazy("In the exit survey"),
    "interview": gettext_lazy("In an interview"),
}
MENDED: dict[str, Words] = {
    "mended": gettext_lazy("Mended: used, and fewer leave for it"),
    "need_met": gettext_lazy("The very thing that they named is there, and used"),
    "unclear": gettext_lazy("Shipped and used; whether fewer leave cannot be told yet"),
    "not_adopted": gettext_lazy("Shipped, and hardly used"),
    "adoption_unseen": gettext_lazy("Shipped; nothing says whether it is used"),
    "still_leaving": gettext_lazy("Not mended: more leave for it than before"),
    "planned": gettext_lazy("Not shipped yet"),
    "withdrawn": gettext_lazy("Withdrawn"),
    "left_since": gettext_lazy("Left although it had shipped"),
}


def answers(fix: Fix) -> str:
    """What it answers, in the reader's language."""
    if fix.is_of_step:
        return _("Step: %(step)s") % {"step": step_titles().get(fix.step, fix.step)}
    title = reason_titles().get(fix.code, fix.code)
    narrow = _narrow(fix)
    if not title:
        return narrow
    return _("%(reason)s: %(narrow)s") % {"reason": title, "narrow": narrow} if narrow else title


def step_titles() -> dict[str, str]:
    """Of each step to first value."""
    return {each.name: each.title for each in product().first_value.steps}


def headline(told: list[tuple[Fix, Effect]]) -> str:
    """The title of the list: what is known of what was shipped."""
    shipped = [effect for fix, effect in told if fix.standing == "shipped"]
    if not shipped:
        return _("Nothing has shipped against leaving yet")
    first = ngettext("%(n)s fix shipped", "%(n)s fixes shipped", len(shipped)) % {
        "n": written.number(len(shipped))
    }
    fell = sum(each.verdict == FELL for each in shipped)
    if not fell:
        return _("%(first)s; of none is it known that fewer leave") % {"first": first}
    second = ngettext(
        "after %(n)s, fewer leave for what it answers",
        "after %(n)s, fewer leave for what they answer",
        fell,
    ) % {"n": written.number(fell)}
    return _("%(first)s; %(second)s") % {"first": first, "second": second}


def verdict(told: Effect) -> str:
    """What may be said of its effect on leaving, in one sentence."""
    known = _VERDICTS.get(told.verdict)
    if told.verdict == TOO_EARLY and told.needs_days and told.needs_days > 0:
        return ngettext(
            "Too early: the first look is in %(n)s day.",
            "Too early: the first look is in %(n)s days.",
            told.needs_days,
        ) % {"n": written.number(told.needs_days)}
    if told.verdict in (FELL, ROSE) and told.ratio and told.ratio.expected is not None:
        return str(known) % {
            "after": written.number(told.after.events),
            "expected": written.number(told.ratio.expected, 1),
        }
    if told.verdict == UNCLEAR:
        return unclear(told)
    return str(known or "")


def unclear(told: Effect) -> str:
    """That it cannot be told, and how much more it takes."""
    if told.needs_months is None:
        return _("Cannot tell yet.")
    values = {"n": written.number(told.needs_months)}
    if told.needs_days is None or told.window is None:
        return _("Cannot tell yet: needs about %(n)s more account-months.") % values
    if told.window.days + told.needs_days > LOOKS[-1]:
        return (
            _("Cannot tell: it would take about %(n)s more account-months, more than a year's.")
            % values
        )
    return _("Cannot tell yet: needs about %(n)s more account-months, some %(days)s days.") % {
        **values, "days": written.number(told.needs_days),
    }  # fmt: skip


def stuck_verdict(stuck: StuckShares) -> str:
    """What may be said of how many get stuck at the step."""
    if stuck.is_known and stuck.difference is not None:
        points = written.points(abs(stuck.difference[0]))
        if stuck.difference[0] < 0:
            return _("Fewer get stuck, by %(points)s.") % {"points": points}
        return _("More get stuck, by %(points)s.") % {"points": points}
    if stuck.more_needed is None:
        return _("Cannot tell yet.")
    return ngettext(
        "Cannot tell yet: needs about %(n)s more account that comes to it.",
        "Cannot tell yet: needs about %(n)s more accounts that come to it.",
        stuck.more_needed,
    ) % {"n": written.number(stuck.more_needed)}


def rate_words(rate: Rate) -> tuple[str, str]:
    """Leavings in 100 account-months, and the interval; a dash without time at risk."""
    if rate.value is None or rate.low is None or rate.high is None:
        return "–", ""
    return written.number(rate.value * 100, 2), _("%(low)s to %(high)s") % {
        "low": written.number(rate.low * 100, 2),
        "high": written.number(rate.high * 100, 2),
    }


def _narrow(fix: Fix) -> str:
    if fix.detail:
        option = taxonomy().reason(fix.code).option(fix.detail)
        return words_in(option.title, get_language() or "en") if option else fix.detail
    if fix.theme:
        label = Theme.objects.filter(key=fix.theme).values_list("label", flat=True).first()
        return _("theme “%(label)s”") % {"label": label or fix.theme}
    return fix.rival


_VERDICTS: dict[str, Words] = {
    PLANNED: gettext_lazy("It has not shipped yet."),
    TOO_EARLY: gettext_lazy("Too early to look."),
    NO_HISTORY: gettext_lazy("There is no equal time before it shipped to compare with."),
    NONE_BEFORE: gettext_lazy("Nobody had left for it before: there is nothing to fall."),
    NONE_ALIKE: gettext_lazy(
        "Cannot tell: since it shipped there were no accounts of the ages that had left for it."
    ),
    FELL: gettext_lazy(
        "Fewer leave for it: %(after)s where %(expected)s were to be expected as before."
    ),
    ROSE: gettext_lazy(
        "More leave for it: %(after)s where %(expected)s were to be expected as before."
    ),
}
