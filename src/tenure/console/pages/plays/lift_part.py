"""What difference a play makes, as its page shows it: claims, ways of its splits, weeks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise

from tenure.base.home import Home
from tenure.console.charts.play_weeks import play_goal_chart, play_volume_chart
from tenure.console.pages.list_link import query_of
from tenure.plays.lift_kept import report_kept
from tenure.plays.lift_parts import PlayClaim, PlayLift, SplitLift, Week
from tenure.plays.lift_words import CLAIMS, WAY_CLAIMS, claim_words
from tenure.plays.parts import Play


def lift_part(home: Home, play: Play, now: datetime) -> dict[str, Any]:
    """All that the page says of it; `told` is None where nobody came in, or it is being counted."""
    kept = report_kept(home, now)
    plays = kept.report.plays if kept.report else ()
    told = next((each for each in plays if each.play == play.name), None)
    weeks = told.weeks if told else ()
    links = [_week_link(play, week) for week in weeks]
    has_goals = any(week.treated.over or week.held_out.over for week in weeks)
    return {
        "kept": kept,
        "told": told,
        "claims": claims_told(told) if told else [],
        "splits": [_split(each, told.currency) for each in told.splits] if told else [],
        "weeks": list(zip(weeks, links, strict=True))[::-1],  # the last one first
        "volume_chart": play_volume_chart(weeks, links) if weeks else None,
        "goal_chart": play_goal_chart(weeks) if has_goals else None,
    }


def claims_told(told: PlayLift) -> list[dict[str, Any]]:
    """Each claim of a play with its words and figures."""
    return _claims(told.claims, told.currency, CLAIMS)


def _claims(
    claims: tuple[PlayClaim, ...], currency: str, titles: Mapping[str, str | Promise]
) -> list[dict[str, Any]]:
    return [
        {
            "claim": claim,
            "title": titles[claim.name],
            "said": claim_words(claim, currency),
            "is_money": claim.unit == "minor",
        }
        for claim in claims
    ]


def _split(split: SplitLift, currency: str) -> dict[str, Any]:
    return {
        "split": split,
        "arms": [(arm, _claims(arm.claims, currency, WAY_CLAIMS)) for arm in split.arms],
        "alarm": bool(split.ratio and split.ratio.is_alarm),
    }


def _week_link(play: Play, week: Week) -> str:
    """The week in the calendar, where each day leads to its messages."""
    return f"{reverse('calendar')}?{query_of({'play': play.name, 'from': week.first_on})}"
