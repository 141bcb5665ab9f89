"""The report as JSON has it, and as a table for people."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from tenure.base.money import exponent
from tenure.offboard.report_parts import Claim, Report
from tenure.proof.lift import Lift
from tenure.proof.shares import Share

_CLAIMS = {
    "paying_30": "still paying at 30 days",
    "paying_180": "still paying at 180 days",
    "margin_180": "margin over 180 days, an account",
}


def report_json(report: Report) -> dict[str, Any]:
    """All of it, with plain values. Days are ISO texts; null is what is not known."""
    return {
        "first_on": _day(report.first_on),
        "before_on": _day(report.before_on),
        "currency": report.currency,
        "gross_margin_share": report.gross_margin_share,
        "counts": asdict(report.counts),
        "saved": _saved(report.saved),
        "claims": [_claim(each) for each in report.claims],
        "ratio": None if report.ratio is None else asdict(report.ratio),
        "slices": [
            {
                "by": each.by,
                "key": each.key,
                "counts": asdict(each.counts),
                "saved": _saved(each.saved),
                "lift": None if each.lift is None else _lift(each.lift),
                "note": each.note,
            }
            for each in report.slices
        ],
        "save_rates": [{**asdict(each), "share": asdict(each.share)} for each in report.save_rates],
        "notes": list(report.notes),
    }


def report_lines(report: Report) -> Iterator[str]:
    """Line by line, for a terminal."""
    counts = report.counts
    yield _("Leaving from %(first)s until before %(before)s") % {
        "first": _day(report.first_on) or _("the first visit"),
        "before": _day(report.before_on),
    }
    yield ""
    for name, value in (
        (_("visits"), counts.visits),
        (_("accounts"), counts.accounts),
        (_("people"), counts.people),
        (_("held out"), counts.held_out),
        (_("shown an offer"), counts.shown),
        (_("accepted"), counts.accepted),
        (_("accepted, and done in billing"), counts.confirmed),
        (_("canceled"), counts.canceled),
        (_("abandoned"), counts.abandoned),
        (_("came back while leaving"), counts.returned),
    ):
        yield f"  {name:<32} {value:>8,}"
    for at_days, share in report.saved.items():
        name = _("saved at %(days)s days") % {"days": at_days}
        yield f"  {name:<32} {share.part:>8,}  {_of(share)}"
    digits = exponent(report.currency)
    cost = f"{counts.cost_minor / 10**digits:,.{digits}f} {report.currency}"
    conceded = _("conceded")
    yield f"  {conceded:<32} {cost:>12}"
    yield ""
    yield _("What difference it made, beside those who were left alone")
    for claim in report.claims:
        yield f"  {_CLAIMS[claim.name]:<34} {claim.sentence}"
    yield from _ratio_lines(report)
    yield ""
    yield _("Save rates as others define them, of the same visits")
    for rate in report.save_rates:
        yield f"  {rate.of:<14} {_of(rate.share):<30} {rate.name}"
    yield from _slice_lines(report)
    yield from report.notes


def _ratio_lines(report: Report) -> Iterator[str]:
    if report.ratio is not None and report.ratio.is_alarm:
        yield ""
        yield _(
            "Alarm: %(held)s accounts are held out where chance makes %(expected)s; "
            "believe none of these differences before that is explained."
        ) % {
            "held": report.ratio.counts["hold_out"],
            "expected": round(report.ratio.expected["hold_out"]),
        }


def _slice_lines(report: Report) -> Iterator[str]:
    by = ""
    for each in report.slices:
        if each.by != by:
            by = each.by
            yield ""
            yield _("By %(column)s") % {"column": by}
        saved = each.saved[max(each.saved)]
        yield (
            f"  {each.key:<28} {each.counts.visits:>6,} {_('visits')}  "
            f"{each.counts.accepted:>5,} {_('accepted')}  {_of(saved):<26} {each.note}"
        )


def _saved(saved: Any) -> dict[str, Any]:
    return {str(at_days): asdict(share) for at_days, share in saved.items()}


def _claim(claim: Claim) -> dict[str, Any]:
    in_all = claim.in_all
    return {
        "name": claim.name,
        "unit": claim.unit,
        **_lift(claim.lift),
        "in_all": None
        if in_all is None
        else dict(zip(("value", "low", "high"), in_all, strict=True)),
        "more_visits_needed": claim.more_visits,
        "accounts_not_over": claim.not_over,
        "sentence": claim.sentence,
    }


def _lift(lift: Lift) -> dict[str, Any]:
    said = asdict(lift)
    said["accounts_treated"], said["accounts_held_out"] = said.pop("treated"), said.pop("control")
    said["held_out_mean"] = said.pop("control_mean")
    said["more_accounts_needed"] = said.pop("more_needed")
    return said


def _of(share: Share) -> str:
    if share.value is None or share.low is None or share.high is None:
        return _("nobody yet")
    span = f"{100 * share.low:.0f}–{100 * share.high:.0f}"
    of = _("of %(count)s") % {"count": f"{share.of:,}"}
    return f"{100 * share.value:.1f} % ({span}) {of}"


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
