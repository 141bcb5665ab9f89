"""What went wrong on our side: outages, defects, limits, support, promises, things that lack."""

from collections.abc import Iterable
from statistics import median

from tenure.reasons.inferring_hits import Hit, Norms, Rule, evidence, shown
from tenure.reasons.inferring_seen import Incident, Said, Seen
from tenure.reasons.inferring_start import failures, grouped
from tenure.reasons.inferring_words import told_by
from tenure.reasons.taxonomy_parts import Taxonomy

INCIDENT_DAYS = 180
HALF_FORGOTTEN_DAYS = 60  # an outage weighs half as much so many days later
MINOR = 0.15  # a short or slight incident, beside an outage
SLOW_HOURS = 24.0
BAD_RATING = 2.0  # of 5
DOWN = frozenset({"outage", "incident", "downtime"})
BROKEN = frozenset({"bug", "outage", "defect", "error", "incident", "downtime", "problem"})
ASKS = frozenset({"feature_request", "feature", "idea", "request"})


def outages(seen: Seen, norms: Norms) -> Hit | None:
    """Incidents that touched what they used, the latest most; and tickets about them."""
    since = seen.since(INCIDENT_DAYS)
    touched = [each for each in seen.incidents if each.began_at >= since and _touches(seen, each)]
    asked = [each for each in seen.tickets() if each.properties.get("topic") in DOWN]
    if not touched:
        return None
    weight = sum(
        (1.0 if each.is_major else MINOR)
        * 0.5 ** ((seen.subject.at - each.began_at).days / HALF_FORGOTTEN_DAYS)
        for each in touched
    )
    said = [*map(_incident, touched), *map(_ticket, asked)]
    return Hit(min(1.0, weight / 1.5 + len(asked) / 6), tuple(said))


def defects(seen: Seen, norms: Norms) -> Hit | None:
    """Tickets about what does not work, those not solved twice; and failures in the product."""
    broken = [each for each in seen.tickets() if each.properties.get("topic") in BROKEN]
    failed = failures(seen)
    if not broken and len(failed) < 3:
        return None
    topics = _topics(seen)
    unsolved_ones = sum(_went_badly(each) and topics.get(_id(each)) in BROKEN
                        for each in seen.closings())  # fmt: skip
    said = [*map(_ticket, broken), *grouped("failed", failed)]
    strength = (len(broken) + unsolved_ones) / 5 + len(failed) / 10
    return Hit(min(1.0, strength), tuple(said))


def slow_support(seen: Seen, norms: Norms) -> Hit | None:
    """How long they waited for a first answer."""
    hours = [
        (float(value), each)
        for each in seen.closings()
        if isinstance(value := each.properties.get("first_response_hours"), int | float)
    ]
    if not hours:
        return None
    longest, ticket = max(hours, key=lambda pair: pair[0])
    middle = median(value for value, _ in hours)
    if longest < SLOW_HOURS:
        return None
    said = evidence(
        "answered_late",
        hours=round(longest, 1),
        median_hours=round(middle, 1),
        tickets=len(hours),
        at=ticket.at,
        ref=ticket.ref,
    )
    return Hit(min(1.0, longest / SLOW_HOURS / 3), (said,))


def unsolved(seen: Seen, norms: Norms) -> Hit | None:
    """Tickets that ended without a solution or were badly rated, but for those about defects."""
    topics = _topics(seen)
    bad = [
        each
        for each in seen.closings()
        if _went_badly(each) and topics.get(_id(each)) not in BROKEN
    ]
    if not bad:
        return None
    said = [
        evidence(
            "ticket_rated" if _is_badly_rated(each) else "ticket_unsolved",
            rating=each.properties.get("rating"),
            subject=_subject_of(seen, each),
            by=each.person_id,
            at=each.at,
            ref=each.ref,
        )
        for each in bad
    ]
    return Hit(min(1.0, len(bad) / 3), tuple(said))


def limits(seen: Seen, norms: Norms) -> Hit | None:
    """Limits that they met."""
    met = [
        each
        for each in seen.said
        if each.at >= seen.since(90)
        and (each.name == "near_limit" or "limit" in each.name.casefold())
    ]
    if not met:
        return None
    return Hit(min(1.0, len(met) / 2), tuple(grouped("limit_met", met)))


def promise_broken(seen: Seen, norms: Norms) -> Hit | None:
    """Commitments of ours that passed their day."""
    broken = [
        each
        for each in seen.signs("Commitment Broken", days=400)
        if each.properties.get("side", "us") == "us"
    ]
    if not broken:
        return None
    said = [
        evidence("promise_broken", text=shown(str(each.properties.get("text", ""))),
                 at=each.at, ref=each.ref)
        for each in broken
    ]  # fmt: skip
    return Hit(1.0, tuple(said))


def lacks_feature(seen: Seen, norms: Norms) -> Hit | None:
    """What they asked for and could not do."""
    return _asked(seen, norms.taxonomy, connects=False)


def lacks_integration(seen: Seen, norms: Norms) -> Hit | None:
    """What they asked to be connected with."""
    return _asked(seen, norms.taxonomy, connects=True)


def _asked(seen: Seen, known: Taxonomy, *, connects: bool) -> Hit | None:
    asked = [
        (each, words)
        for each, words in seen.texts(180)
        if (told := told_by(words, known)).connects == connects
        and (told.asks or each.properties.get("topic") in ASKS)
    ]
    if not asked:
        return None
    said = [
        evidence("asked_for", text=shown(words), by=each.person_id, at=each.at, ref=each.ref)
        for each, words in asked
    ]
    return Hit(min(1.0, len(asked) / 3), tuple(said))


def _touches(seen: Seen, incident: Incident) -> bool:
    if incident.accounts and seen.subject.account_id not in incident.accounts:
        return False
    if not incident.features:
        return True
    used: Iterable[str] = (
        name
        for name, use in seen.names.items()
        if use.first_at < incident.began_at and use.last_at >= seen.since(INCIDENT_DAYS + 28)
    )
    return bool(incident.features & set(used))


def _incident(incident: Incident) -> dict[str, object]:
    hours = None
    if incident.ended_at:
        hours = round((incident.ended_at - incident.began_at).total_seconds() / 3600, 1)
    return dict(
        evidence(
            "outage" if hours is None else "outage_over",
            title=incident.title,
            hours=hours,
            is_major=incident.is_major,
            at=incident.began_at,
            ref=incident.ref,
        )
    )


def _ticket(ticket: Said) -> dict[str, object]:
    words = str(ticket.properties.get("subject") or ticket.properties.get("text") or "")
    return dict(
        evidence(
            "ticket_about", subject=shown(words), by=ticket.person_id, at=ticket.at, ref=ticket.ref
        )
    )


def _went_badly(closing: Said) -> bool:
    return _is_badly_rated(closing) or closing.properties.get("is_solved") in (False, "false")


def _is_badly_rated(closing: Said) -> bool:
    rating = closing.properties.get("rating")
    return isinstance(rating, int | float) and rating <= BAD_RATING


def _topics(seen: Seen) -> dict[str, object]:
    return {_id(each): each.properties.get("topic") for each in seen.tickets(400)}


def _id(ticket: Said) -> str:
    return str(ticket.properties.get("ticket_id") or ticket.ref)


def _subject_of(seen: Seen, closing: Said) -> str:
    ticket_id = closing.properties.get("ticket_id")
    for each in seen.tickets(400):
        if each.properties.get("ticket_id") == ticket_id:
            return shown(str(each.properties.get("subject") or ""))
    return ""


RULES = (
    Rule("outages", "outages", outages),
    Rule("defects", "defects", defects),
    Rule("slow_support", "bad_service", slow_support),
    Rule("unsolved", "bad_service", unsolved),
    Rule("limits", "service_level", limits),
    Rule("promise_broken", "promise_not_kept", promise_broken),
    Rule("lacks_feature", "missing_feature", lacks_feature),
    Rule("lacks_integration", "missing_integration", lacks_integration),
)
