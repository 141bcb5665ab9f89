"""Who of us looked at an account before it decided, who did something, and what was tried.

Pure: it reads what `reviews_seen` found. To look is to be told, to take or move a task, to hear
somebody out; to act is to do something for them: answer, talk, get a task done, offer something.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from tenure.reasons.inferring_seen import TALKS
from tenure.reasons.reviews_seen import LOOKS_ON_DAYS, Around, Done, Said
from tenure.reasons.reviews_warnings import subject_of, ticket_id
from tenure.tasks.models import DROPPING

Piece = dict[str, Any]

WAITED_HOURS_MOST = 24 * 365
TRIED_DAYS = 30  # before the decision, where nothing had warned
OURSELVES = "tenure"  # the program itself: what it does is no attention
LOOKED = frozenset({"task_taken", "told", "task_dropped"})
OF_US = TALKS[:2]  # calls and conversations are held by one of us; messages come from them
SHOWN = {"Offer Accepted": "offer_accepted", "Account Returned": "returned"}


def acts_of(around: Around) -> list[Piece]:
    """What each of us did or saw, in order: `what`, `at`, `by`, and whether it `is_act`."""
    found = [
        *_answers(around),
        *_talks(around),
        *_tasks(around),
        *((at, {"what": "told", "by": ""}) for at in around.told),
    ]
    found.sort(key=lambda pair: (pair[0], pair[1]["what"]))
    return [
        {**piece, "at": at.isoformat(), "is_act": _is_act(piece)}
        for at, piece in found
        if at >= around.since
    ]


def _is_act(piece: Piece) -> bool:
    """An answer that solved nothing shows that somebody looked, and no more."""
    return piece["what"] not in LOOKED and piece.get("is_solved") is not False


def tried_of(around: Around, warnings: Sequence[Piece]) -> list[Piece]:
    """What was tried to keep them, in order: what it was, when, and what came of it.

    From the first warning on, or without one in the TRIED_DAYS before they decided, and while they
    were leaving. Of answers those to tickets that were a warning.
    """
    warned = {each.get("ticket") for each in warnings} - {None}
    found = [
        *_offers(around),
        *_talks(around),
        *((at, piece) for at, piece in _answers(around) if piece["ticket"] in warned),
        *((at, piece) for at, piece in _tasks(around) if piece["what"] == "task_done"),
        *((at, {"what": "mail", "purpose": purpose}) for at, purpose in around.mailed),
        *(
            (rung.opened_at, {"what": "rung", "rung": rung.rung, "outcome": rung.outcome,
                              "by": rung.ended_by})
            for rung in around.rungs
        ),
    ]  # fmt: skip
    decided_at = around.subject.at
    since = decided_at - timedelta(days=TRIED_DAYS)
    if warnings:
        since = min(since, datetime.fromisoformat(warnings[0]["at"]))
    until = decided_at + timedelta(days=LOOKS_ON_DAYS)
    found.sort(key=lambda pair: (pair[0], pair[1]["what"]))
    return [{**piece, "at": at.isoformat()} for at, piece in found if since <= at <= until]


def _answers(around: Around) -> Iterator[tuple[datetime, Piece]]:
    """Tickets that we answered: when their closing tells how long that took, else at the close."""
    opened: dict[str, Said] = {}
    for each in around.said:
        if each.type != "ticket":
            continue
        ticket = ticket_id(each)
        first = opened.setdefault(ticket, each)
        hours = each.properties.get("first_response_hours")
        if isinstance(hours, int | float) and 0 <= hours <= WAITED_HOURS_MOST:
            at = first.at + timedelta(hours=float(hours))
        elif "clos" in each.name.casefold() or "solved" in each.name.casefold():
            at = each.at
        else:
            continue
        yield (
            at,
            {"what": "answered", "by": str(each.properties.get("by") or ""),
             "subject": subject_of(first), "ticket": ticket, "with": first.person_id,
             "is_solved": each.properties.get("is_solved")},
        )  # fmt: skip


def _talks(around: Around) -> Iterator[tuple[datetime, Piece]]:
    for each in around.said:
        if each.name in OF_US:
            by = str(each.properties.get("by") or "")
            yield each.at, {"what": "talked", "by": by, "with": each.person_id, "ref": each.ref}


def _tasks(around: Around) -> Iterator[tuple[datetime, Piece]]:
    for done in around.done:
        if done.by == OURSELVES:
            continue
        yield (
            done.at,
            {"what": _what(done), "by": done.by, "task": done.task.pk, "title": done.task.title,
             "outcome": done.outcome, "with": done.task.person_id},
        )  # fmt: skip


def _what(done: Done) -> str:
    if done.name == "Task Closed":
        return "task_dropped" if done.outcome in DROPPING else "task_done"
    return "task_worked_on" if done.name == "Task Item Ticked" else "task_taken"


def _offers(around: Around) -> Iterator[tuple[datetime, Piece]]:
    """Offers that were shown, and those that were taken. The program offers, so nobody acted."""
    for each in around.said:
        said = each.properties
        if each.name == "Offers Chosen":
            kinds = {one.get("name"): one.get("kind") for one in _tables(said.get("considered"))}
            shown = [str(one.get("name") or "") for one in _tables(said.get("shown"))]
            if shown:
                yield (
                    each.at,
                    {"what": "offered", "offers": shown,
                     "kinds": [str(kinds.get(name) or "") for name in shown],
                     "visit": str(said.get("visit") or "")},
                )  # fmt: skip
        elif each.name in SHOWN:
            yield (
                each.at,
                {"what": SHOWN[each.name], "offer": str(said.get("offer") or ""),
                 "kind": str(said.get("offer_kind") or said.get("kind") or ""),
                 "visit": str(said.get("visit") or "")},
            )  # fmt: skip


def _tables(value: Any) -> list[dict[str, Any]]:
    """The tables of a list; whatever else stands there is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def broken_of(around: Around) -> list[Piece]:
    """Promises of ours that had passed their day before they decided."""
    return [
        {"what": "promise_broken", "at": each.at.isoformat(), "ref": each.ref}
        for each in around.known("Commitment Broken")
        if each.properties.get("side") == "us"
    ]
