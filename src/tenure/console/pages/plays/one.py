"""One play: how it flows and who is where, what it changed, what its replay found, its versions."""

import subprocess
import sys
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tenure.base.clock import system_clock
from tenure.base.errors import BadDefinition, Conflict
from tenure.console.pages.frame import page_reply
from tenure.console.pages.plays.drawing import drawing_of
from tenure.console.pages.plays.lift_part import lift_part
from tenure.console.pages.plays.page import state_of
from tenure.console.pages.plays.replayed import replayed_part
from tenure.console.pages.plays.step_words import ENDS, entry_words, goal_words
from tenure.definitions.store import versions
from tenure.messages.open_signals import account_names
from tenure.plays.file import KIND
from tenure.plays.following import switch_on
from tenure.plays.in_force import play_digests, play_named
from tenure.plays.listing import PlayLine, play_line
from tenure.plays.lost_links import lost_links
from tenure.plays.models import Enrolment, PlayCursor, PlayReplay, ReplayedSubject
from tenure.plays.parts import ACCOUNT, Play
from tenure.plays.replay_failed import (
    WITHOUT_A_WORD,
    clear_failed,
    failed_because,
    note_failed,
)
from tenure.plays.replay_summary import FRESH
from tenure.plays.steps_gone import waiting_for_gone, withheld_lately
from tenure.plays.switching import switch_off
from tenure.plays.tally import Tally, tallies
from tenure.proof.assignment import HOLD_OUT

ROWS, VERSIONS_SHOWN = 50, 50
_RUNNING = "replaying:"  # a mark beside the cursors: when a replay was begun from a page
_RUNS_MOST = timedelta(minutes=20)
_children: dict[str, subprocess.Popen[bytes]] = {}


@require_GET
def play_page(request: HttpRequest, name: str) -> HttpResponse:
    """All that is known of one play. Raises NotFound."""
    now = system_clock()
    try:
        play = play_named(name)
    except BadDefinition as error:  # why, and what can be done about it, stands on the list
        messages.error(request, error.message)
        return redirect("plays")
    line = play_line(play, now)
    lift = lift_part(settings.TENURE_HOME, play, now)
    counts = tallies(name).get(name, Tally())
    words, tone = state_of(line)
    context: dict[str, Any] = {
        "play": play,
        "line": line,
        "state": words,
        "tone": tone,
        "entry": entry_words(play.entry),
        "goal": goal_words(play),
        "is_of_accounts": play.over == ACCOUNT,
        "drawing": drawing_of(play, counts, get_language() or "en"),
        "counts": counts,
        "ended": [(ENDS.get(why, why), count) for why, count in sorted(counts.ended.items())],
        "gone": _gone(line, now),
        "lost_links": [] if line.is_on and not line.has_newer else _lost(play),
        **lift,
        "replay": _replay_of(play, now),
        "is_running": _is_running(name, now),
        "replayed": replayed_part(play),
        "versions": _versions(line),
    }
    return page_reply(
        request, "plays/one", play.title, context, place="plays", has_charts=bool(lift["weeks"])
    )


def _gone(line: PlayLine, now: datetime) -> dict[str, int]:
    """Messages whose step an edit took out: that wait now, and that were withheld lately."""
    waiting = waiting_for_gone(line.play).count() if line.has_newer else 0
    return {"waiting": waiting, "lately": withheld_lately(line.play.name, now)}


def _lost(play: Play) -> list[str]:
    """What keeps it from being switched on: where its messages lead, or one that cannot be read."""
    try:
        return lost_links(play)
    except BadDefinition as error:
        return [error.message]


@require_POST
def switch_play(request: HttpRequest, name: str) -> HttpResponse:
    """On in the version that holds, or off; refused with the reason where nobody looked first."""
    now, by = system_clock(), request.user.get_username()
    try:
        if request.POST.get("to") == "on":
            switch_on(settings.TENURE_HOME, name, now=now, by=by)
            messages.success(request, _("It is on. What happens from now on counts."))
        else:
            switch_off(name, now=now, by=by)
            messages.success(request, _("It is off. Who is in it stays where they are."))
    except Conflict as error:
        messages.error(request, error.message)
    return redirect("play", name)


@require_POST
def replay_now(request: HttpRequest, name: str) -> HttpResponse:
    """Begin a replay in a process of its own; the page says when it is done."""
    now, play = system_clock(), play_named(name)
    days = {"30": 30, "90": 90, "365": 365}.get(request.POST.get("days", ""), 90)
    if not _is_running(name, now):
        since = (now - timedelta(days=days)).date().isoformat()
        home = str(settings.TENURE_HOME.root)
        command = [sys.executable, "-m", "tenure.app", "--home", home, "replay", play.name]
        clear_failed(name)  # before it begins, which may fail at once
        PlayCursor.objects.update_or_create(
            name=_RUNNING + name, defaults={"text": now.isoformat(), "number": 0}
        )
        _children[name] = subprocess.Popen(
            [*command, "--from", since, "--format", "json"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return redirect(f"{request.path.removesuffix('/replay')}#replay-title")


@require_GET
def reached_page(request: HttpRequest, name: str) -> HttpResponse:
    """Whom the last replay would have reached, those who get the same words twice first."""
    play = play_named(name)
    rows = ReplayedSubject.objects.filter(digest=play.digest)
    which = request.GET.get("which", "")
    if which == "twice":
        rows = rows.filter(is_twice=True)
    elif which == "anew":
        rows = rows.filter(messages_before=0, messages__gt=0)
    found = Paginator(rows.order_by("-is_twice", "-messages", "pk"), ROWS).get_page(
        request.GET.get("page", "1")
    )
    context = {
        "play": play,
        "page": found,
        "which": which,
        "rows": _named([(each, each.account_id, each.subject_id) for each in found], play),
        "is_of_accounts": play.over == ACCOUNT,
    }
    count = found.paginator.count
    title = ngettext(
        "%(count)s would have been reached", "%(count)s would have been reached", count
    ) % {"count": count}
    return page_reply(request, "plays/reached", title, context, place="plays")


@require_GET
def in_step_page(request: HttpRequest, name: str, step: str) -> HttpResponse:
    """Who waits in a step of a play; at `end`, who is through, with how it ended."""
    play = play_named(name)
    rows = Enrolment.objects.filter(play=name)
    if step == "end":
        rows = rows.exclude(ended_at=None).order_by("-ended_at", "-pk")
    else:
        rows = rows.filter(ended_at=None, at=step).order_by("due_at", "pk")
        if play.step(step) is None and not rows.exists():
            raise Http404
    pages = Paginator(rows, ROWS)
    tally = tallies(name).get(name, Tally())  # a million are not counted at each visit
    pages.count = sum(tally.ended.values()) if step == "end" else tally.here.get(step, 0)
    found = pages.get_page(request.GET.get("page", "1"))
    context = {
        "play": play,
        "step": step,
        "page": found,
        "rows": [
            {
                **named,
                "is_left_alone": named["one"].is_kept_back or named["one"].arm == HOLD_OUT,
                "ended": ENDS.get(named["one"].ended_because, named["one"].ended_because),
            }
            for named in _named([(each, each.account_id, each.subject_id) for each in found], play)
        ],
        "is_of_accounts": play.over == ACCOUNT,
    }
    title = _("%(play)s: %(step)s") % {"play": play.title, "step": step}
    return page_reply(request, "plays/in_step", title, context, place="plays")


def _named(rows: list[tuple[Any, str, str]], play: Play) -> list[dict[str, Any]]:
    names = account_names([account_id for _, account_id, _ in rows])
    return [
        {"one": one, "subject_id": subject_id, "account_id": account_id,
         "name": names.get(account_id) or subject_id if play.over == ACCOUNT else subject_id}
        for one, account_id, subject_id in rows
    ]  # fmt: skip


def _replay_of(play: Play, now: datetime) -> dict[str, Any] | None:
    """The last look at the version that holds, as the page shows it."""
    held = PlayReplay.objects.filter(digest=play.digest).first()
    if held is None:
        return None
    found = held.summary
    days = list(found.get("days", {}).items())
    most = max((count for _, count in days), default=0)
    steps = [(step, found["steps"].get(step, 0)) for step in (each.name for each in play.steps)]
    return {
        "held": held,
        "last_on": held.before_on - timedelta(days=1),
        "summary": found,
        "is_fresh": held.replayed_at > now - FRESH,
        "steps": [(step, count) for step, count in steps if count],
        "ended": [(ENDS.get(why, why), n) for why, n in sorted(found.get("ended", {}).items())],
        "busiest": _busiest(days),
        "most": most,
        "changes": found.get("changes"),
        "crowd": found.get("crowd"),
        "weeks": _weeks(found.get("crowd")),
    }


def _busiest(days: list[tuple[str, int]]) -> list[tuple[date, int]]:
    ordered = sorted(days, key=lambda each: (-each[1], each[0]))[:5]
    return [(date.fromisoformat(day), count) for day, count in ordered]


def _weeks(crowd: dict[str, Any] | None) -> list[tuple[int, int, int]]:
    """How many accounts get so many messages in their fullest week: of this play, of all."""
    if not crowd:
        return []
    alone, together = crowd["alone"], crowd["together"]
    most = max([0, *map(int, alone), *map(int, together)])
    rows = [(n, alone.get(str(n), 0), together.get(str(n), 0)) for n in range(1, most + 1)]
    return [row for row in rows if row[1] or row[2]]


def _is_running(name: str, now: datetime) -> bool:
    """Whether a replay that was begun from a page goes on, in this process's sight or another's."""
    child = _children.get(name)
    if child is not None:
        if child.poll() is None:
            return True
        _children.pop(name, None)
        PlayCursor.objects.filter(name=_RUNNING + name).delete()
        if child.returncode and not failed_because(name):
            note_failed(name, WITHOUT_A_WORD)
        return False
    mark = PlayCursor.objects.filter(name=_RUNNING + name).first()
    if mark is None:
        return False
    begun = datetime.fromisoformat(mark.text)
    if (
        failed_because(name)
        or PlayReplay.objects.filter(play=name, replayed_at__gte=begun).exists()
    ):
        return False
    if begun < now - _RUNS_MOST:
        mark.delete()
        note_failed(name, WITHOUT_A_WORD)
        return False
    return True


def _versions(line: PlayLine) -> list[dict[str, Any]]:
    """Every text that was in force, with the one that reaches people."""
    running = line.running.digest if line.running else None
    digests = play_digests(line.play.name)
    found = versions(KIND, line.play.name)[:VERSIONS_SHOWN]
    return [
        {
            "held": each,
            "is_in_force": place == 0,
            "is_running": running is not None and digests.get(each.digest) == running,
        }
        for place, each in enumerate(found)
    ]
