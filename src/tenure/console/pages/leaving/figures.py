"""What the page about leaving says in figures, each with the link to what is behind it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.base.home import Home
from tenure.console import format as written
from tenure.console.pages.leaving.choose import STEPS, Choice
from tenure.console.pages.leaving.count import Figures
from tenure.console.pages.leaving.words import account_names, offer_titles
from tenure.offboard.report_parts import Claim, Report, Slice
from tenure.proof.shares import Share
from tenure.saves.models import Kind, SaveCheck, Status

DUE_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `query` opens the visits that add up to it."""

    words: str
    count: int
    query: str
    note: str = ""
    width: float = 0.0  # of its bar, in percent of all


def title_of(figures: Figures, *, is_all_time: bool) -> str:
    """The answer: what the flow keeps, or how far it is from telling."""
    report, over = figures.report, figures.over_at(30)
    counts, claim = report.counts, report.claim("paying_30")
    if not counts.visits:
        if is_all_time:
            return _("Nobody has come to the way out yet")
        return _("Nobody came to the way out in this time")
    if claim.lift.is_known or claim.lift.is_small:
        return claim.sentence
    if claim.more_visits:
        return _("Cannot tell yet what the cancel flow keeps: about %(count)s more visits") % {
            "count": written.number(claim.more_visits)
        }
    ended = ngettext(
        "%(part)s of %(n)s visit ended with an accepted offer",
        "%(part)s of %(n)s visits ended with an accepted offer",
        counts.visits,
    ) % {"part": written.number(counts.accepted), "n": written.number(counts.visits)}
    if not over:
        return ended
    return _("%(ended)s; %(kept)s of %(over)s are still paying after 30 days") % {
        "ended": ended,
        "kept": written.number(report.saved[30].part),
        "over": written.number(over),
    }


def funnel(figures: Figures, choice: Choice) -> list[Row]:
    """From opened to saved; who was held out stands beside."""
    counts = figures.report.counts
    rows = [
        Row(_("Opened"), counts.visits, choice.only(), _accounts(counts.accounts)),
        _step("held_out", counts.held_out, choice, _("left alone by chance, to compare with")),
        _step("shown", counts.shown, choice),
        _step("accepted", counts.accepted, choice),
        _step("confirmed", counts.confirmed, choice),
    ]
    for at_days, share in figures.report.saved.items():
        over = over_words(figures.over_at(at_days))
        rows.append(_step(f"saved_{at_days}", share.part, choice, over))
    rows += [
        _step("canceled", counts.canceled, choice),
        _step("abandoned", counts.abandoned, choice),
        _step("open", counts.under_way, choice),
        _step("returned", counts.returned, choice, _("a return, never a save")),
    ]
    most = max(counts.visits, 1)
    return [replace(each, width=round(100 * each.count / most, 2)) for each in rows]


def offers_of(figures: Figures, choice: Choice) -> list[dict[str, Any]]:
    """How often each was shown and accepted itself, and whom it has kept so far."""
    titles = offer_titles()
    taken = {each.offer: each for each in figures.taken}
    return [
        {
            "title": titles.get(each.key, each.key),
            "shown": each.counts.visits,
            "accepted": own.accepted if (own := taken.get(each.key)) else 0,
            "kept": own.kept if own else 0,
            "over": over_words(figures.over_at(30, each.key)),
            "is_over": bool(figures.over_at(30, each.key)),
            "query": choice.only(offer=each.key),
            "accepted_query": choice.only(took=each.key, step="accepted"),
            "kept_query": choice.only(took=each.key, step="saved_30"),
        }
        for each in slices_by(figures.report, "offer")
    ]


def save_standing(figures: Figures, choice: Choice) -> list[Row]:
    """How many saves stand where; `query` opens them in the list of saves."""
    return [
        Row(str(label), figures.standing[value], choice.only(status=value))
        for value, label in Status.choices
        if figures.standing.get(value)
    ]


def checks_due(first_on: date | None, before_on: date) -> tuple[list[dict[str, Any]], int]:
    """The next things that billing is asked of saves, the soonest first, and how many in all."""
    due = SaveCheck.objects.filter(
        seen_at=None, save_of__mode="live", save_of__kind=Kind.SAVE, save_of__superseded_by="",
        save_of__opened_on__lt=before_on,
    ).exclude(save_of__status__in=(Status.KEPT, Status.LOST))  # fmt: skip
    if first_on is not None:
        due = due.filter(save_of__opened_on__gte=first_on)
    rows = list(due.select_related("save_of").order_by("due_on", "at_days", "pk")[:DUE_SHOWN])
    names, titles = account_names(each.save_of.account_id for each in rows), offer_titles()
    return [
        {
            "check": each,
            "what": check_words(each),
            "account": names.get(each.save_of.account_id, each.save_of.account_id),
            "offer": titles.get(each.save_of.offer, each.save_of.offer),
        }
        for each in rows
    ], due.count()


def check_words(check: SaveCheck) -> str:
    """Which check it is."""
    if not check.at_days:
        return _("The next renewal")
    return _("After %(days)s days") % {"days": check.at_days}


def rates_of(report: Report) -> list[dict[str, Any]]:
    """Save rates as other vendors define them, of the same visits."""
    return [{"rate": each, "share": share_words(each.share)} for each in report.save_rates]


def alarm_of(report: Report) -> str:
    """What is wrong with the comparison, or nothing."""
    ratio = report.ratio
    if ratio is None or not ratio.is_alarm:
        return ""
    return _(
        "%(held)s accounts are held out where chance makes %(expected)s: believe none of these "
        "differences before that is explained."
    ) % {
        "held": written.number(ratio.counts["hold_out"]),
        "expected": written.number(round(ratio.expected["hold_out"])),
    }


def claims_of(report: Report) -> list[dict[str, Any]]:
    """Each difference with its sentence, and where its interval is drawn."""
    titles = {
        "paying_30": _("Still paying after 30 days"),
        "paying_180": _("Still paying after 180 days"),
        "margin_180": _("Margin of 180 days, an account"),
    }
    return [
        {
            "title": titles.get(each.name, each.name),
            "sentence": each.sentence,
            "drawn": _interval(each),
        }
        for each in report.claims
    ]


def _interval(claim: Claim) -> dict[str, float] | None:
    """In percent of the width, 0 in the middle; None where there is no interval."""
    lift = claim.lift
    if lift.value is None or lift.low is None or lift.high is None:
        return None
    most = 1.1 * max(abs(lift.low), abs(lift.high)) or 1.0
    low, value, high = (
        round(50 + 50 * each / most, 1) for each in (lift.low, lift.value, lift.high)
    )
    return {"low": low, "value": value, "width": round(high - low, 1)}


def over_words(count: int) -> str:
    """Of how many accepted offers it can be known by now."""
    if not count:
        return _("the time is over for nobody yet")
    words = ngettext(
        "of %(n)s accepted offer whose time is over",
        "of %(n)s accepted offers whose time is over",
        count,
    )
    return words % {"n": written.number(count)}


def share_words(share: Share) -> str:
    """A share with its interval, or that there is nobody yet."""
    if share.value is None:
        return _("nobody yet")
    return _("%(share)s of %(of)s (%(low)s to %(high)s)") % {
        "share": written.share(share.value),
        "of": written.number(share.of),
        "low": written.share(share.low),
        "high": written.share(share.high),
    }


def first_day(home: Home, report: Report) -> str:
    """The days that the figures are of."""
    last = date.fromordinal(report.before_on.toordinal() - 1)
    until = written.day(last, home.company.time_zone)
    if report.first_on is None:
        return _("Visits until %(last)s") % {"last": until}
    first = written.day(report.first_on, home.company.time_zone)
    return _("Visits from %(first)s to %(last)s") % {"first": first, "last": until}


def _step(step: str, count: int, choice: Choice, note: str = "") -> Row:
    return Row(str(STEPS[step][0]), count, choice.only(step=step), note)


def slices_by(report: Report, by: str) -> list[Slice]:
    """Its slices of one column, the largest first."""
    return [each for each in report.slices if each.by == by]


def _accounts(count: int) -> str:
    words = ngettext("%(n)s account", "%(n)s accounts", count)
    return words % {"n": written.number(count)}
