"""Did they ever get going? First value, the outcome they came for, and the way there."""

from datetime import timedelta

from tenure.card.product_parts import Outcome
from tenure.reasons.inferring_hits import Hit, Norms, Rule, evidence
from tenure.reasons.inferring_seen import Said, Seen

SLOW = 2.0  # times the days that a step should take
FAR = 0.5  # of the parts of the outcome
SETTING_UP = ("import", "set up", "setup", "connect", "sync", "integration", "migration", "invite")


def never_reached_first_value(seen: Seen, norms: Norms) -> Hit | None:
    """Steps to first value that were never done."""
    steps = seen.product.first_value.steps
    missing = [step for step in steps if step.event not in seen.names]
    if not missing:
        return None
    return Hit(
        len(missing) / len(steps),
        (
            evidence(
                "steps_missing",
                steps=[step.title for step in missing],
                done=len(steps) - len(missing),
                of=len(steps),
                days=seen.subject.days_there,
                at=seen.first_at,
            ),
        ),
    )


def outcome_not_set_up(seen: Seen, norms: Norms) -> Hit | None:
    """What they said that they want, and the parts of it that they never used."""
    wanted = outcome_wanted(seen)
    if wanted is None or not wanted.events:
        return None
    missing = [event for event in wanted.events if event not in seen.names]
    if not missing:
        return None
    share = len(missing) / len(wanted.events)
    titles = [_title(seen, event) for event in missing]
    return Hit(
        share,
        (
            evidence(
                "outcome_parts_unused",
                outcome=wanted.title,
                unused=titles,
                of=len(wanted.events),
                days=seen.subject.days_there,
            ),
        ),
    )


def outcome_far_away(seen: Seen, norms: Norms) -> Hit | None:
    """At least half of what their outcome needs was never used."""
    hit = outcome_not_set_up(seen, norms)
    return hit if hit and hit.strength >= FAR else None


def slow_start(seen: Seen, norms: Norms) -> Hit | None:
    """A step that was done, and took far longer than it should."""
    before = seen.first_at
    slow = []
    for step in seen.product.first_value.steps:
        use = seen.names.get(step.event)
        if use is None or before is None:
            break
        took = use.first_at - before
        if step.within_days and took > timedelta(days=step.within_days * SLOW):
            slow.append(
                evidence(
                    "step_slow",
                    step=step.title,
                    days=took.days,
                    within_days=step.within_days,
                    at=use.first_at,
                )
            )
        before = max(before, use.first_at)
    return Hit(min(1.0, len(slow) / 2), tuple(slow)) if slow else None


def set_up_failed(seen: Seen, norms: Norms) -> Hit | None:
    """Imports, connections and other steps of setting up that failed, and how often."""
    failed = [each for each in failures(seen) if _is_set_up(each)]
    if not failed:
        return None
    return Hit(min(1.0, len(failed) / 3), tuple(grouped("set_up_failed", failed)))


def failures(seen: Seen, days: int = 120) -> list[Said]:
    """What went wrong in their hands, as events tell it."""
    since = seen.since(days)
    return [
        each
        for each in seen.said
        if each.at >= since
        and each.type in ("track", "system")
        and ("fail" in each.name.casefold() or "error" in each.name.casefold())
    ]


def grouped(what: str, said: list[Said]) -> list[dict[str, object]]:
    """One piece of evidence for each name, with how often and when last."""
    by_name: dict[str, list[Said]] = {}
    for each in said:
        by_name.setdefault(each.name, []).append(each)
    return [
        dict(evidence(what, name=name, times=len(rows), at=rows[-1].at, ref=rows[-1].ref))
        for name, rows in sorted(by_name.items(), key=lambda pair: -len(pair[1]))
    ]


def outcome_wanted(seen: Seen) -> Outcome | None:
    """The declared outcome that they said they want."""
    said = seen.outcome().casefold()
    return next((each for each in seen.product.outcomes if said and said in each.values), None)


def _is_set_up(said: Said) -> bool:
    folded = said.name.casefold()
    return any(word in folded for word in SETTING_UP)


def _title(seen: Seen, event: str) -> str:
    feature = next((each for each in seen.product.features if event in each.events), None)
    return feature.title if feature else event


RULES = (
    Rule("no_first_value", "hard_start", never_reached_first_value),
    Rule("outcome_not_set_up", "hard_start", outcome_not_set_up),
    Rule("outcome_far_away", "hard_start", outcome_far_away),
    Rule("slow_start", "hard_start", slow_start),
    Rule("set_up_failed", "setup_trouble", set_up_failed),
)
