"""A fix and what came of it as plain values: one shape for commands, the API and exports."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tenure.proof.rates import Rate
from tenure.proof.shares import Share
from tenure.reasons.fix_models import Fix
from tenure.reasons.fixes import Effect
from tenure.reasons.fixes_at_risk import Tally
from tenure.reasons.fixes_lists import LeftForIt, StillHere
from tenure.reasons.fixes_mended import Mended

NO_PROOF = (
    "before and after, accounts of one age compared; not a proof by hold-out: "
    "whatever else changed is in it"
)
LIST = (
    "fix", "title", "answers", "standing", "shipped_on", "days", "left_before", "left_after",
    "expected", "ratio", "ratio_low", "ratio_high", "verdict", "needs_account_months",
    "using_share",
)  # fmt: skip
LEFT = ("account_id", "decided_at", "how", "is_before", "mrr_minor", "currency", "because", "words")
HERE = ("account_id", "named_at", "how", "uses_since_on", "words")
MENDED = ("fix", "title", "answers", "because", "is_mended", "shipped_on", "verdict", "using",
          "using_of")  # fmt: skip


def answers_of(fix: Fix) -> str:
    """What it answers, as codes: `step:first_project`, `missing_feature/gantt`."""
    if fix.is_of_step:
        return f"step:{fix.step}"
    narrow = (
        fix.detail or (fix.theme and f"theme:{fix.theme}") or (fix.rival and f"rival:{fix.rival}")
    )
    return "/".join(each for each in (fix.code, narrow) if each)


def fix_row(fix: Fix, told: Effect) -> dict[str, Any]:
    """One line of a list."""
    ratio, adoption = told.ratio, told.adoption
    share = adoption.concerned if adoption.concerned.of else adoption.all
    return {
        "fix": fix.key,
        "title": fix.title,
        "answers": answers_of(fix),
        "standing": fix.standing,
        "shipped_on": fix.shipped_on,
        "days": told.window.days if told.window else None,
        "left_before": told.before.events if told.window else None,
        "left_after": told.after.events if told.window else None,
        "expected": ratio.expected if ratio else None,
        "ratio": ratio.value if ratio else None,
        "ratio_low": ratio.low if ratio else None,
        "ratio_high": ratio.high if ratio else None,
        "verdict": told.verdict,
        "needs_account_months": told.needs_months,
        "using_share": share.value if adoption.is_seen else None,
    }


def fix_json(fix: Fix, told: Effect) -> dict[str, Any]:
    """All that is known of one fix. Rates are leavings in an account-month at risk."""
    return {
        "fix": fix.key,
        "title": fix.title,
        "answers": answers_of(fix),
        "reason": fix.code,
        "detail": fix.detail,
        "theme": fix.theme,
        "rival": fix.rival,
        "step": fix.step,
        "standing": fix.standing,
        "planned_on": _day(fix.planned_on),
        "shipped_on": _day(fix.shipped_on),
        "withdrawn_on": _day(fix.withdrawn_on),
        "link": fix.link,
        "notes": fix.notes,
        "owner": fix.owner.get_username() if fix.owner else None,
        **_leaving_json(told),
        "adoption": {
            "events": list(told.adoption.events),
            "concerned": _share(told.adoption.concerned),
            "all": _share(told.adoption.all),
            "weeks": [
                {"until_on": _day(each.until_on), "concerned": each.concerned, "all": each.all}
                for each in told.adoption.weeks
            ],
        },
        "cohorts": [
            {
                "began_on": _day(each.began_on),
                "before": _tally(each.before),
                "after": _tally(each.after),
                "accounts": each.accounts,
                "using": each.using,
            }
            for each in told.cohorts
        ],
        "verdict": told.verdict,
        "needs_account_months": told.needs_months,
        "needs_days": told.needs_days,
        "note": NO_PROOF,
    }  # fmt: skip


def left_row(each: LeftForIt, because: str) -> dict[str, Any]:
    """One account that left for it; `because` is how far its reason is mended."""
    return {
        "account_id": each.account_id,
        "decided_at": each.decided_at,
        "how": each.how,
        "is_before": each.is_before,
        "mrr_minor": each.mrr_minor,
        "currency": each.currency or None,
        "because": because,
        "words": each.words or None,
    }


def here_row(each: StillHere) -> dict[str, Any]:
    """One account that is here and had named it."""
    return {
        "account_id": each.account_id,
        "named_at": each.named_at,
        "how": each.how,
        "uses_since_on": each.uses_since_on,
        "words": each.words or None,
    }


def mended_row(each: Mended) -> dict[str, Any]:
    """One fix, asked of a reason or an account."""
    return {
        "fix": each.fix.key,
        "title": each.fix.title,
        "answers": answers_of(each.fix),
        "because": each.because,
        "is_mended": each.is_mended,
        "shipped_on": each.shipped_on,
        "verdict": each.verdict,
        "using": each.adoption.concerned.part if each.adoption.is_seen else None,
        "using_of": each.adoption.concerned.of if each.adoption.is_seen else None,
    }


def as_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its days and instants as texts."""
    return {
        key: value.isoformat() if hasattr(value, "isoformat") else value
        for key, value in row.items()
    }


def _leaving_json(told: Effect) -> dict[str, Any]:
    """Before and after, and how many get stuck."""
    window, stuck, ratio = told.window, told.stuck, told.ratio
    return {
        "window": window
        and {
            "days": window.days,
            "before_from": _day(window.first_on),
            "after_from": _day(window.shipped_on),
            "after_to": _day(window.before_on),
            "is_look": window.is_look,
        },
        "before": {**_rate(told.before), "said": told.said_before},
        "after": {**_rate(told.after), "said": told.said_after},
        "after_using": _rate(told.users),
        "after_not_using": _rate(told.others),
        "ratio": ratio
        and {
            "value": ratio.value, "low": ratio.low, "high": ratio.high, "expected": ratio.expected,
        },
        "stuck": stuck
        and {
            "days_given": stuck.days_given,
            "window_days": stuck.window_days,
            "before": _share(stuck.before),
            "after": _share(stuck.after),
            "difference": stuck.difference and list(stuck.difference),
            "more_needed": stuck.more_needed,
        },
    }  # fmt: skip


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "leavings": rate.events,
        "account_months": round(rate.time, 2),
        "rate": rate.value,
        "low": rate.low,
        "high": rate.high,
    }


def _share(share: Share) -> dict[str, Any]:
    return {
        "part": share.part,
        "of": share.of,
        "share": share.value,
        "low": share.low,
        "high": share.high,
    }


def _tally(each: Tally) -> dict[str, Any]:
    return {"leavings": each.leavings, "account_months": round(each.account_months, 2)}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
