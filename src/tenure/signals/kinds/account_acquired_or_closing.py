"""account_acquired_or_closing: the company behind an account ends, or belongs to somebody else.

Rule    any of these is evidence, and evidence within 90 days of the last joins one signal:
        words      a ticket, a chat, a call or a note says so (`words.closing`)
        noted      a call or note has the property `company` (`acquired`, `closing`, `merged`)
        domain     their domain redirects to another one (`Domain Redirected`)
        bouncing   mail to two of their people bounced for good within 30 days (`Email Bounced`)
        It is a danger, and an introduction: to the buyer, or to where the people go next.
"""

from collections.abc import Iterator

from tenure.signals.days import DAY_US
from tenure.signals.happenings import Happening
from tenure.signals.kinds.champion_left import is_soft
from tenure.signals.kinds.conversation_silence import is_talk
from tenure.signals.outcomes import Evidence, Outcome, joined, raised
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState
from tenure.signals.words import closing

KIND = "account_acquired_or_closing"
HEARS = frozenset({"event"})
NOTED = frozenset({"acquired", "closing", "closed", "merged", "bankrupt", "insolvent"})
NEXT = {
    "words": "ask_who_takes_over",
    "noted": "ask_who_takes_over",
    "domain": "find_the_new_owner",
    "bouncing": "find_where_they_went",
}


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """What an event says about the company itself."""
    evidence = _evidence(happening, state, rules)
    if evidence is None:
        return
    within = rules.account_acquired_or_closing.joins_within_days * DAY_US
    standing = state.standing(KIND)
    if standing is not None and abs(happening.at - standing.last_at) <= within:
        yield joined(state, standing, [evidence], at=happening.known_at, happened_at=happening.at)
        return
    what = evidence["what"]
    yield raised(
        state,
        KIND,
        happening.at,
        at=happening.known_at,
        urgency="now",
        evidence=[evidence],
        next_step=NEXT[what],
        person_id=happening.person_id,
        params={"what": what},
        joins_within_us=within,
    )


def _evidence(happening: Happening, state: AccountState, rules: Rules) -> Evidence | None:
    own = rules.account_acquired_or_closing
    base: Evidence = {"at": happening.at, "ref": happening.ref, "name": happening.name}
    if happening.person_id:
        base["person_id"] = happening.person_id
    if happening.name == own.redirect_event:
        to = happening.properties.get("to") or happening.properties.get("redirects_to")
        return {"what": "domain", **base, "to": str(to or "")[:200]}
    if happening.name == own.bounce_event:
        return _bounced(happening, state, rules, base)
    noted = happening.properties.get("company")
    if happening.name in rules.note_events and str(noted).casefold() in NOTED:
        return {"what": "noted", **base, "noted": str(noted)}
    if not (is_talk(happening, rules) or happening.name in rules.note_events):
        return None
    match = closing(happening.text())
    return {"what": "words", **base, "said": match.phrase[:200]} if match else None


def _bounced(
    happening: Happening, state: AccountState, rules: Rules, base: Evidence
) -> Evidence | None:
    own = rules.account_acquired_or_closing
    who = happening.person_id or str(happening.properties.get("email") or "").casefold()
    if not who or is_soft(happening):
        return None
    bounced: dict[str, int] = state.of(KIND).setdefault("bounced", {})
    bounced[who] = max(happening.at, bounced.get(who, 0))
    within = own.bounced_within_days * DAY_US
    near = [each for each, at in bounced.items() if abs(happening.at - at) <= within]
    for each in [each for each, at in bounced.items() if happening.at - at > 4 * within]:
        del bounced[each]
    if len(near) < own.bounced_people:
        return None
    return {"what": "bouncing", **base, "people": sorted(near)[:5], "count": len(near)}
