"""Who worked with it, and who no longer does: adoption, champion, buyer, team."""

from tenure.reasons.inferring_hits import Hit, Norms, Rule, evidence, held_now
from tenure.reasons.inferring_seen import GONE, Seen, Somebody

FEW_SHARE = 0.75  # of the seats
LEAST_SEATS = 3
CHAMPION_DAYS = 8  # of use in the 84 days before the last 28
BUYER_SILENT_DAYS = 45
FELL_SHARE = 0.75


def few_use_it(seen: Seen, norms: Norms) -> Hit | None:
    """Few people for the seats that are paid for."""
    held = held_now(seen)
    seats = held.quantity if held else None
    if not seats or seats < LEAST_SEATS:
        return None
    share = seen.people_28 / seats
    if share > FEW_SHARE:
        return None
    return Hit(
        1 - share / FEW_SHARE,
        (evidence("few_people", people=seen.people_28, seats=seats),),
    )


def one_person_left(seen: Seen, norms: Norms) -> Hit | None:
    """One person, or nobody, where there were several."""
    before = sum(each.days_before > 0 for each in seen.people)
    if seen.people_28 > 1 or before < 2:
        return None
    what = "people_fell"
    return Hit(1.0, (evidence(what, people=seen.people_28, before=before),))


def champion_gone(seen: Seen, norms: Norms) -> Hit | None:
    """Whoever was there most of the days is not there any more."""
    known = [each for each in seen.people if not each.person_id.startswith("anon:")]
    champion = max(known, key=lambda each: (each.days_before, each.events_28), default=None)
    if champion is None or champion.days_before < CHAMPION_DAYS:
        return None
    gone = [each for each in seen.signs(*GONE, days=200) if each.person_id == champion.person_id]
    if champion.days_28 > 0 and not gone:
        return None
    said = evidence(
        "champion_removed" if gone else "champion_gone",
        person=champion.person_id,
        days=champion.days_before,
        at=champion.last_at,
        sign=gone[-1].name if gone else "",
        ref=gone[-1].ref if gone else "",
    )
    return Hit(1.0 if gone else 0.6, (said,))


def handed_over(seen: Seen, norms: Norms) -> Hit | None:
    """Who bought it is not seen any more; others go on without the reason it was bought for."""
    buyers = [each for each in seen.people if seen.role_of(each.person_id) == "buyer"]
    if not buyers or seen.people_28 == 0:
        return None
    last = max(buyers, key=lambda each: each.last_at)
    silent = (seen.subject.at - last.last_at).days
    if silent < BUYER_SILENT_DAYS:
        return None
    others = sum(each.days_28 > 0 and each not in buyers for each in seen.people)
    if not others:
        return None
    return Hit(
        1.0,
        (
            evidence(
                "buyer_silent", person=last.person_id, days=silent, others=others, at=last.last_at
            ),
        ),
    )


def people_went(seen: Seen, norms: Norms) -> Hit | None:
    """Several people went: removed, switched off, or their mail comes back."""
    gone: dict[str, object] = {}
    last = None
    for each in seen.signs(*GONE, days=120):
        if each.person_id and each.properties.get("bounce_type") != "soft":
            gone[each.person_id] = each
            last = each
    there = len({each.person_id for each in seen.people if each.days_before} | set(gone))
    if len(gone) < 2 or last is None:
        return None
    said = evidence("people_went", people=len(gone), of=there, at=last.at, ref=last.ref)
    return Hit(min(1.0, len(gone) / max(there, 1) * 2), (said,))


def use_fell(seen: Seen, norms: Norms) -> Hit | None:
    """Much less use than in the three months before."""
    before, now = seen.days_before, seen.days_28
    if before < 4 or now > before * FELL_SHARE:
        return None
    last = _last(seen.people)
    said = evidence(
        "use_fell", days=now, before=round(before, 1), at=last.last_at if last else None
    )
    return Hit(1 - now / before, (said,))


def _last(people: list[Somebody]) -> Somebody | None:
    return max(people, key=lambda each: each.last_at, default=None)


RULES = (
    Rule("few_use_it", "not_adopted", few_use_it),
    Rule("one_person_left", "not_adopted", one_person_left),
    Rule("champion_gone", "not_adopted", champion_gone),
    Rule("handed_over", "not_adopted", handed_over),
    Rule("people_went", "changed_needs", people_went),
    Rule("use_fell", "changed_needs", use_fell),
)
