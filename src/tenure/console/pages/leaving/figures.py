"""What the page about leaving says in figures, each with the link to what is behind it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.base.home import Home
from tenure.console import format as written
from tenure.console.pages.leaving.choose import NOT_SAID, STEPS, Choice
from tenure.console.pages.leaving.words import account_names, offer_titles, reason_titles
from tenure.offboard.report_parts import AT_DAYS, Report, Slice
from tenure.proof.shares import Share
from tenure.saves.commitments_listed import ordered
from tenure.saves.earnings import earned_by
from tenure.saves.models import Kind, Save, SaveCheck, Side, Standing, Status

Over = Counter[tuple[str, int]]
SAVES_SUMMED = 5_000
DUE_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `query` opens the visits that add up to it."""

    words: str
    count: int
    query: str | None
    note: str = ""


def title_of(report: Report, over: Over, *, is_all_time: bool) -> str:
    """The answer: what the flow keeps, or how far it is from telling."""
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
    if not over["", 30]:
        return ended
    return _("%(ended)s; %(kept)s of %(over)s are still paying after 30 days") % {
        "ended": ended,
        "kept": written.number(report.saved[30].part),
        "over": written.number(over["", 30]),
    }


def over_of(first_on: date | None, before_on: date) -> Over:
    """Of how many accepted offers the time is over, by offer and days, and by "" for all."""
    found: Over = Counter()
    checks = SaveCheck.objects.filter(
        save_of__mode="live", save_of__kind=Kind.SAVE, save_of__opened_on__lt=before_on,
        at_days__in=AT_DAYS, is_paying__isnull=False,
    )  # fmt: skip
    if first_on is not None:
        checks = checks.filter(save_of__opened_on__gte=first_on)
    for offer, at_days in checks.values_list("save_of__offer", "at_days").iterator(2_000):
        found["", at_days] += 1
        found[offer, at_days] += 1
    return found


def funnel(report: Report, over: Over, choice: Choice) -> list[Row]:
    """From opened to saved; who was held out stands beside."""
    counts = report.counts
    rows = [
        Row(_("Opened"), counts.visits, choice.only(), _accounts(counts.accounts)),
        _step("held_out", counts.held_out, choice, _("left alone by chance, to compare with")),
        _step("shown", counts.shown, choice),
        _step("accepted", counts.accepted, choice),
        _step("confirmed", counts.confirmed, choice),
    ]
    for at_days, share in report.saved.items():
        words = _("Saved at %(days)s days") % {"days": at_days}
        rows.append(Row(words, share.part, None, over_words(over["", at_days])))
    rows += [
        _step("canceled", counts.canceled, choice),
        _step("abandoned", counts.abandoned, choice),
        _step("open", counts.under_way, choice),
        _step("returned", counts.returned, choice, _("a return, never a save")),
    ]
    return rows


def offers_of(report: Report, over: Over, choice: Choice) -> list[dict[str, Any]]:
    """How often each was shown and accepted, and whom it has kept so far."""
    titles = offer_titles()
    return [
        {
            "title": titles.get(each.key, each.key),
            "shown": each.counts.visits,
            "accepted": each.counts.accepted,
            "kept": _kept_words(each, over[each.key, 30]),
            "query": choice.only(offer=each.key),
        }
        for each in _slices(report, "offer")
    ]


def reasons_of(report: Report, choice: Choice) -> list[dict[str, Any]]:
    """What they said, and what came of it; who said nothing is a row too."""
    titles, rows = reason_titles(), _slices(report, "reason")
    found = [
        {
            "title": titles.get(each.key, each.key),
            "visits": each.counts.visits,
            "accepted": each.counts.accepted,
            "canceled": each.counts.canceled,
            "query": choice.only(reason=each.key),
        }
        for each in rows
    ]
    silent = report.counts.visits - sum(each.counts.visits for each in rows)
    if silent:
        found.append(
            {
                "title": _("Gave no reason"),
                "visits": silent,
                "accepted": report.counts.accepted - sum(each.counts.accepted for each in rows),
                "canceled": report.counts.canceled - sum(each.counts.canceled for each in rows),
                "query": choice.only(reason=NOT_SAID),
            }
        )
    return found


def save_standing(saves: Sequence[Save]) -> list[tuple[str, int]]:
    """How many saves stand where."""
    counts = Counter(each.status for each in saves)
    return [(str(label), counts[value]) for value, label in Status.choices if counts[value]]


def saves_of(first_on: date | None, before_on: date) -> list[Save]:
    """The saves of the days, the latest first."""
    found = Save.objects.filter(mode="live", kind=Kind.SAVE, superseded_by="")
    if first_on is not None:
        found = found.filter(opened_on__gte=first_on)
    return list(found.filter(opened_on__lt=before_on).order_by("-opened_at")[:SAVES_SUMMED])


def checks_due(first_on: date | None, before_on: date) -> list[dict[str, Any]]:
    """The next things that billing is asked of each save, the soonest first."""
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
    ]


def check_words(check: SaveCheck) -> str:
    """Which check it is."""
    if not check.at_days:
        return _("The next renewal")
    return _("After %(days)s days") % {"days": check.at_days}


def commitments_due() -> list[dict[str, Any]]:
    """What is open or broken, ours that are broken first."""
    rows = list(ordered().select_related("save_of")[:DUE_SHOWN])
    names = account_names(each.account_id for each in rows)
    return [
        {
            "one": each,
            "account": names.get(each.account_id, each.account_id),
            "side": each.get_side_display(),
            "standing": each.get_standing_display(),
            "is_alarm": each.side == Side.US and each.standing == Standing.BROKEN,
        }
        for each in rows
    ]


def money_of(saves: Sequence[Save]) -> list[dict[str, Any]]:
    """What was conceded and what came in since, by currency; never added across them."""
    sums: dict[str, Counter[str]] = {}
    for save, earned in zip(saves, earned_by(saves), strict=True):
        into = sums.setdefault(save.currency, Counter())
        into["conceded"] += save.cost_minor
        into["paid"] += earned.paid_minor
        into["forgone"] += earned.forgone_minor
        into["margin"] += earned.margin_minor
    return [{"currency": currency, **sums[currency]} for currency in sorted(sums)]


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


def claims_of(report: Report) -> list[dict[str, str]]:
    """Each difference with its sentence."""
    titles = {
        "paying_30": _("Still paying after 30 days"),
        "paying_180": _("Still paying after 180 days"),
        "margin_180": _("Margin of 180 days, an account"),
    }
    return [
        {"title": titles.get(each.name, each.name), "sentence": each.sentence}
        for each in report.claims
    ]


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


def _kept_words(each: Slice, over: int) -> str:
    if not over:
        return over_words(over)
    return f"{written.number(each.saved[30].part)} {over_words(over)}"


def _slices(report: Report, by: str) -> list[Slice]:
    return [each for each in report.slices if each.by == by]


def _accounts(count: int) -> str:
    words = ngettext("%(n)s account", "%(n)s accounts", count)
    return words % {"n": written.number(count)}
