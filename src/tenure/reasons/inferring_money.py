"""Price, payment and circumstance: what it costs for what is used, and what happened to them."""

import math

from tenure.reasons.inferring_hits import Hit, Norms, Rule, evidence, held_now, shown
from tenure.reasons.inferring_seen import Fact, Said, Seen
from tenure.reasons.inferring_words import told_by
from tenure.reasons.taxonomy_parts import RIVAL

DEAR = 1.4  # times what those who stayed pay for each active person
ROSE = 1.08
CUT_SHARE = 0.8
RECENT_DAYS = 120


def dear_for_its_use(seen: Seen, norms: Norms) -> Hit | None:
    """Far more paid for each active person than those who stay pay."""
    held = held_now(seen)
    usual = norms.paid_per_person_minor.get(held.currency) if held else None
    if not held or not held.mrr_minor or not usual:
        return None
    paid = held.mrr_minor / max(seen.people_28, 0.7)
    if paid < usual * DEAR:
        return None
    said = evidence(
        "dear_for_use",
        mrr_minor=held.mrr_minor,
        currency=held.currency,
        people=seen.people_28,
        seats=held.quantity,
        usual_minor=round(usual),
    )
    return Hit(min(1.0, math.log(paid / usual) / math.log(3)), (said,))


def price_rose(seen: Seen, norms: Norms) -> Hit | None:
    """The price of a seat rose, on the same plan, not long before."""
    for before, after in _changes(seen):
        was, now = _per_seat(before), _per_seat(after)
        if before.plan == after.plan and was and now and now >= was * ROSE:
            said = evidence(
                "price_rose", before_minor=round(was), after_minor=round(now),
                currency=after.currency, at=after.effective_at, ref=after.ref,
            )  # fmt: skip
            return Hit(min(1.0, (now / was - 1) * 3), (said,))
    return None


def seats_cut_below_use(seen: Seen, norms: Norms) -> Hit | None:
    """Fewer seats than before, although people used them: money has to be saved."""
    return _cut(seen, idle=False)


def idle_seats_cut(seen: Seen, norms: Norms) -> Hit | None:
    """Fewer seats than before, of which some were idle: it is used less than was hoped."""
    return _cut(seen, idle=True)


def _cut(seen: Seen, *, idle: bool) -> Hit | None:
    for before, after in _changes(seen):
        if not before.quantity or not after.quantity:
            continue
        if after.quantity > before.quantity * CUT_SHARE:
            continue
        if (seen.people_28 < after.quantity) != idle:
            return None
        said = evidence(
            "seats_cut", before=before.quantity, after=after.quantity,
            at=after.effective_at, ref=after.ref,
        )  # fmt: skip
        return Hit(min(1.0, 2 * (1 - after.quantity / before.quantity)), (said,))
    return None


def payment_failed(seen: Seen, norms: Norms) -> Hit | None:
    """Payments that failed and were not made good."""
    since = seen.since(60)
    failed: list[Fact] = []
    for each in seen.facts:
        if since <= each.effective_at < seen.subject.at:
            if each.kind == "payment_failed":
                failed.append(each)
            elif each.kind == "payment_succeeded":
                failed = []
    if not failed:
        return None
    said = evidence(
        "payment_failed", times=len(failed), at=failed[-1].effective_at, ref=failed[-1].ref
    )
    return Hit(min(1.0, len(failed) / 3), (said,))


def season_over(seen: Seen, norms: Norms) -> Hit | None:
    """They pause, or paused a year before: their own year has seasons."""
    pauses = [
        each for each in seen.facts if each.kind == "pause" and each.effective_at >= seen.since(430)
    ]
    if not pauses:
        return None
    last = pauses[-1]
    said = evidence("paused", times=len(pauses), at=last.effective_at, ref=last.ref)
    return Hit(1.0 if last.effective_at >= seen.since(RECENT_DAYS) else 0.5, (said,))


def company_closing(seen: Seen, norms: Norms) -> Hit | None:
    """They say that their company ends, or all their mail comes back at once."""
    said = [
        evidence("said", text=shown(words), by=each.person_id, at=each.at, ref=each.ref)
        for each, words in seen.texts(180)
        if told_by(words, norms.taxonomy).is_closing
    ]
    bounced = {
        each.person_id: each
        for each in seen.signs("Email Bounced", days=30)
        if each.properties.get("bounce_type", "hard") == "hard"
    }
    if len(bounced) >= 2:
        last = max(bounced.values(), key=lambda each: each.at)
        said.append(evidence("mail_came_back", people=len(bounced), at=last.at, ref=last.ref))
    return Hit(1.0, tuple(said)) if said else None


def company_bought(seen: Seen, norms: Norms) -> Hit | None:
    """They say that they were bought, or their domain leads to another company."""
    said = [
        evidence("said", text=shown(words), by=each.person_id, at=each.at, ref=each.ref)
        for each, words in seen.texts(180)
        if told_by(words, norms.taxonomy).is_bought
    ]
    said += [
        evidence(
            "domain_moved", domain=each.properties.get("domain"), to=each.properties.get("to"),
            at=each.at, ref=each.ref,
        )
        for each in seen.signs("Domain Redirected", days=180)
    ]  # fmt: skip
    return Hit(1.0, tuple(said)) if said else None


def rival_named(seen: Seen, norms: Norms) -> Hit | None:
    """A rival, or a switch to one, in what they wrote."""
    found: list[tuple[Said, str, str]] = []
    for each, words in seen.texts():
        told = told_by(words, norms.taxonomy)
        if told.next_job == RIVAL:
            found.append((each, words, told.rival))
    if not found:
        return None
    said = [
        evidence(
            "rival_named" if rival else "rival_meant",
            text=shown(words),
            by=each.person_id,
            rival=rival,
            at=each.at,
            ref=each.ref,
        )
        for each, words, rival in found
    ]
    named = next((rival for _, _, rival in reversed(found) if rival), "")
    return Hit(1.0, tuple(said), RIVAL, named)


def _changes(seen: Seen) -> list[tuple[Fact, Fact]]:
    """Versions of one subscription that followed each other lately, the newest first."""
    since = seen.since(RECENT_DAYS)
    last: dict[str, Fact] = {}
    found = []
    for each in seen.facts:
        if each.kind != "start" or each.effective_at >= seen.subject.at:
            continue
        before = last.get(each.subscription)
        if before and before.mrr_minor and each.mrr_minor and each.effective_at >= since:
            found.append((before, each))
        last[each.subscription] = each
    return found[::-1]


def _per_seat(fact: Fact) -> float | None:
    return fact.mrr_minor / fact.quantity if fact.mrr_minor and fact.quantity else None


RULES = (
    Rule("dear_for_its_use", "price_value", dear_for_its_use),
    Rule("price_rose", "price_value", price_rose),
    Rule("seats_cut_below_use", "out_of_cash", seats_cut_below_use),
    Rule("idle_seats_cut", "not_adopted", idle_seats_cut),
    Rule("payment_failed", "out_of_cash", payment_failed, says_it=True),
    Rule("season_over", "changed_needs", season_over),
    Rule("company_closing", "closing", company_closing, says_it=True),
    Rule("company_bought", "bought", company_bought, says_it=True),
    Rule("rival_named", "other", rival_named, says_it=True),
)
