"""What could have told that an account would leave, before it decided; the earliest first.

Pure: it reads what `reviews_seen` found. A warning counts when it had happened and was known before
the decision, in the present time of paying, at most LOOKS_BACK_DAYS before.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from statistics import median
from typing import Any

from tenure.reasons.inferring_seen import TALKS
from tenure.reasons.reviews_seen import Around, Said
from tenure.signals.words import cancel_intent, closing

Piece = dict[str, Any]

CHANCES = frozenset({"near_limit", "person_at_new_company"})  # signals that warn of nothing
ANGRY, WORRIED = "angry", "worried"  # tones of tickets
BAD_RATING = 2
UNPAID_DAYS = 60  # a failed payment warns for so long
FELL_TO = 0.5  # of what was usual
WEEKS_USUAL, WEEKS_LEAST = 8, 4
USES_LEAST = 5  # in a usual week; below, nothing can be said to fall
WEEKS_SEEN = 18  # a fall is looked for so far back


def warnings_of(around: Around) -> list[Piece]:
    """Every warning, the earliest first: `what`, `at` and what it takes to say it in a sentence."""
    found = [
        *_signals(around),
        *_intents(around),
        *_tickets(around),
        *_talks(around),
        *_payments(around),
        *_use(around),
    ]
    since = _since(around)
    kept = [(at, piece) for at, piece in found if since <= at < around.subject.at]
    kept.sort(key=lambda pair: (pair[0], pair[1]["what"]))
    return [{**piece, "at": at.isoformat()} for at, piece in kept]


def _since(around: Around) -> datetime:
    """From when on a warning counts: the present time of paying, where it is known."""
    began_on = around.subject.since_on
    if began_on is None:
        return around.since
    return max(around.since, datetime.combine(began_on, time(), around.subject.at.tzinfo))


def _signals(around: Around) -> Iterator[tuple[datetime, Piece]]:
    """Signals whose reason still stood at the decision, or that one of us closed."""
    for signal in around.signals:
        if signal.kind in CHANCES or signal.raised_at >= around.subject.at:
            continue
        went = signal.resolved_at
        if went is not None and went < around.subject.at:
            continue
        yield signal.raised_at, {"what": "signal", "kind": signal.kind, "ref": signal.key}


def _intents(around: Around) -> Iterator[tuple[datetime, Piece]]:
    for intent in around.intents:
        yield (
            intent.at,
            {"what": intent.kind, "name": intent.name, "by": intent.person_id},
        )


def _tickets(around: Around) -> Iterator[tuple[datetime, Piece]]:
    """Tickets that spoke of leaving, went badly, or were upset and not solved by the decision."""
    of_ticket: dict[str, list[Said]] = defaultdict(list)
    for each in around.known(type="ticket"):
        of_ticket[ticket_id(each)].append(each)
    for ticket, told in of_ticket.items():
        first = told[0]
        base = {"by": first.person_id, "ticket": ticket}
        is_solved = any(each.properties.get("is_solved") is True for each in told)
        tone = str(first.properties.get("tone") or "")
        if words := _words(first):
            yield first.at, {"what": "words", "said": words, **base}
        elif tone == ANGRY or (tone == WORRIED and not is_solved):
            yield first.at, {"what": "ticket", "tone": tone, "subject": subject_of(first), **base}
        bad = next((each for each in told if went_badly(each)), None)
        if bad is not None:
            yield bad.at, {"what": "ticket_badly", "subject": subject_of(first), **base}


def ticket_id(each: Said) -> str:
    """Which ticket an event is of."""
    return str(each.properties.get("ticket_id") or each.ref)


def went_badly(each: Said) -> bool:
    """Whether a ticket ended without a solution, or was badly rated."""
    rating = each.properties.get("rating")
    is_bad = isinstance(rating, int | float) and not isinstance(rating, bool)
    return each.properties.get("is_solved") is False or (is_bad and rating <= BAD_RATING)


def _talks(around: Around) -> Iterator[tuple[datetime, Piece]]:
    for each in around.known(*TALKS):
        words = _words(each)
        if words:
            yield each.at, {"what": "words", "said": words, "by": each.person_id, "ref": each.ref}


def _words(each: Said) -> str:
    """What of it speaks of leaving, of ending or of being sold; else empty."""
    texts = [each.properties.get(name) for name in ("subject", "text", "notes")]
    text = "\n".join(str(one) for one in texts if one)
    if not text:
        return ""
    match = cancel_intent(text) or closing(text)
    return match.phrase[:200] if match else ""


def subject_of(each: Said) -> str:
    """What a ticket is about, in a line."""
    said = each.properties.get("subject") or each.properties.get("text") or ""
    return " ".join(str(said).split())[:120]


def _payments(around: Around) -> Iterator[tuple[datetime, Piece]]:
    """The first failure that was not made good before the decision."""
    until = around.subject.at
    told = [each for each in around.facts if each.kind in ("payment_failed", "payment_succeeded")]
    failed = None
    for each in told:
        if each.effective_at >= until:
            continue
        if each.kind == "payment_succeeded":
            failed = None
        elif failed is None:
            failed = each
    if failed is not None and failed.effective_at >= until - timedelta(days=UNPAID_DAYS):
        yield failed.effective_at, {"what": "payment_failed", "ref": failed.ref}


def _use(around: Around) -> Iterator[tuple[datetime, Piece]]:
    """Since when it used less than half of what was usual, in every week until the decision."""
    use = around.use
    oldest = _weeks_there(around)
    for week in range(min(WEEKS_SEEN, oldest), 0, -1):
        before = [
            use.get(each, 0) for each in range(week + 1, week + 1 + WEEKS_USUAL) if each < oldest
        ]
        if len(before) < WEEKS_LEAST:
            continue
        usual = median(before)
        if usual < USES_LEAST:
            continue
        since = [use.get(each, 0) for each in range(week + 1)]
        if all(uses < usual * FELL_TO for uses in since):
            # It can be seen once that week is over.
            at = around.subject.at - timedelta(days=7 * week)
            yield (
                at,
                {"what": "use_fell", "usual": round(usual), "uses": round(median(since)),
                 "weeks": week + 1},
            )  # fmt: skip
            return


def _weeks_there(around: Around) -> int:
    """Whole weeks before the decision in which it paid, or used the product."""
    paid = around.subject.days_there // 7
    return max([paid, *around.use])
