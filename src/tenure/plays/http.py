"""Plays over the JSON API: which there are, what a replay found, what difference they made."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from tenure.base.clock import system_clock
from tenure.base.errors import InvalidInput, Unavailable
from tenure.plays.in_force import play_named, unreadable_plays
from tenure.plays.lift_counting import lift_of_play
from tenure.plays.lift_json import lift_json, report_json
from tenure.plays.lift_kept import BEING_COUNTED, Written, report_kept
from tenure.plays.lift_sums import Counted
from tenure.plays.listing import PlayLine, play_lines

router = Router(tags=["plays"])
_CURRENCY = re.compile("[A-Z]{3}")


@router.get("/plays", response=dict[str, Any])
def plays_list(request: HttpRequest) -> dict[str, Any]:
    """The plays in force: on or off, in which version, who came in, and what is wrong with each."""
    return {
        "plays": [_line(each) for each in play_lines(system_clock())],
        "unreadable": unreadable_plays(),
    }


@router.get("/plays/report", response=dict[str, Any])
def report_of_plays(request: HttpRequest, currency: str = "") -> dict[str, Any]:
    """What difference each play made, all of them pooled, and the long-term hold-out.

    Of many enrolments it is what was counted last, at `counted_at`; 503 while it is counted for the
    first time.
    """
    written = _written(currency)
    return {**report_json(written.report), "counted_at": written.counted_at.isoformat()}


@router.get("/plays/{name}/report", response=dict[str, Any])
def report_of_play(request: HttpRequest, name: str, currency: str = "") -> dict[str, Any]:
    """What difference one play made. A difference says `is_known`, or how many more it needs."""
    play, written = play_named(name), _written(currency)
    told = next((each for each in written.report.plays if each.play == play.name), None)
    if told is None:  # nobody came in by then
        told = lift_of_play(play.name, Counted(), written.report.pooled.currency)
    return {**lift_json(told), "counted_at": written.counted_at.isoformat()}


def _written(currency: str) -> Written:
    # Each is counted and kept by itself, so not whatever anybody writes.
    if currency and not _CURRENCY.fullmatch(currency):
        raise InvalidInput(f"{currency!r} is no currency; write it as EUR", field="currency")
    found = report_kept(settings.TENURE_HOME, system_clock(), currency=currency).written
    if found is None:
        raise Unavailable(BEING_COUNTED)
    return found


def _line(each: PlayLine) -> dict[str, Any]:
    return {
        "name": each.play.name,
        "title": each.play.title,
        "is_on": each.is_on,
        "has_newer": each.has_newer,
        "digest": each.play.digest,
        "running_digest": each.running.digest if each.running else None,
        "over": each.play.over,
        "purpose": each.play.purpose,
        "entry": each.play.entry.kind,
        "hold_out_share": each.play.hold_out_share,
        "entered": each.entered,
        "in_it": each.in_it,
        "reached_goal": each.reached_goal,
        "left_alone": each.left_alone,
        "faults": list(each.faults),
    }
