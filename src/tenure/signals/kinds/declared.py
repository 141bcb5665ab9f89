"""Kinds that the operator declares: an event or a page, perhaps with conditions.

Rule    an event that fits raises the kind's signal; further ones join it while it is younger than
        `joins_within_days`. Such a signal does not end by itself.
"""

from collections.abc import Iterator

from tenure.signals.days import DAY_US
from tenure.signals.happenings import Happening
from tenure.signals.outcomes import Outcome, joined, raised
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState

KIND = "declared"
HEARS = frozenset({"event"})


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """Signals of the declared kinds that the event fits."""
    for each in rules.declared:
        if not each.fits(happening.name, happening.type, happening.properties):
            continue
        evidence = {"what": "event", "at": happening.at, "name": happening.name,
                    "ref": happening.ref}  # fmt: skip
        if happening.person_id:
            evidence["person_id"] = happening.person_id
        within = each.joins_within_days * DAY_US
        standing = state.standing(each.name)
        if standing is not None and happening.at - standing.last_at <= within:
            yield joined(
                state, standing, [evidence], at=happening.known_at, happened_at=happening.at
            )
            continue
        yield raised(
            state,
            each.name,
            happening.at,
            at=happening.known_at,
            urgency=each.urgency,
            evidence=[evidence],
            next_step="declared",
            person_id=happening.person_id,
            params={"title": each.title, "next": each.next},
            joins_within_us=within,
        )
