"""payment_trouble: a payment failed and none has come since, or a card will expire.

Rule    a failed charge (a fact `payment_failed`, or a subscription that is `past_due`) raises a
        signal of its subscription; further ones join it. It ends by itself with a later successful
        payment, when the fact is taken back, or with the subscription.
        A card that will expire (`card_expires_on`, or `card_exp_year` and `card_exp_month`, of a
        billing fact, of `Payment Method Added` or `Payment Method Updated`; or an event
        `Card Expires` with `expires_on`) raises a signal 30 days before, and again, urgent, 7 days
        before. It ends by itself when a card that is good for longer is seen.
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from tenure.signals.happenings import Happening
from tenure.signals.measured import Measured
from tenure.signals.outcomes import Outcome, joined, raised, resolved
from tenure.signals.rules import Rules
from tenure.signals.state import AccountState
from tenure.signals.watched import CARD_EVENTS

KIND = "payment_trouble"
HEARS = frozenset({"fact", "event"})
CARD = "card"
EXPIRES_OF_CARD = ("card_expires_on", "card_expires_at")
EXPIRES = ("expires_on", "expires_at")  # of a card where nothing else can be meant
FAILED, PAID = "payment_failed", "payment_succeeded"


def on(happening: Happening, state: AccountState, rules: Rules) -> Iterator[Outcome]:
    """What a billing fact or a card's event says about money that may not come."""
    if happening.sort == "event":
        if happening.name == rules.payment_trouble.card_event:
            last_day = _last_day(happening.properties, EXPIRES)
        elif happening.name in CARD_EVENTS:
            last_day = _last_day(happening.properties)
        else:
            return
        yield from _card(happening, last_day, state, rules)
        return
    fact = happening.properties
    topic = f"payment:{fact.get('subscription_id') or ''}"
    status = fact.get("status") if happening.name == "start" else None
    if happening.name == FAILED or status == "past_due":
        yield from _failed(happening, topic, state)
    elif happening.name == PAID or status == "active":
        yield from _paid(happening, topic, state)
    elif happening.name == "end" and not fact.get("version_key"):
        for ended in (topic, CARD):
            standing = state.standing(KIND, ended)
            if standing is not None and (ended != CARD or state.has_ended(happening.known_at)):
                yield resolved(state, standing, at=happening.known_at, because="subscription_ended")
    yield from _card(happening, _last_day(fact.get("attributes") or {}), state, rules)


def due(state: AccountState, rules: Rules, at: int, measured: Measured) -> Iterator[Outcome]:
    """Whether a card is near its last day."""
    card = state.of(KIND).get(CARD)
    if not card or state.has_ended(at):
        return
    last_day = card[0]
    left = last_day - rules.calendar.day_of(at)
    reached = [each for each in rules.payment_trouble.card_days if left <= each]
    if not reached:
        _wake_for_card(state, rules, at)
        return
    nearest = min(reached)
    standing = state.standing(KIND, CARD)
    evidence = {
        "what": "card_expires",
        "at": at,
        "expires_on": date.fromordinal(last_day).isoformat(),
        "days": left,
    }
    is_near = nearest == min(rules.payment_trouble.card_days)
    urgency = "now" if is_near else "soon"
    if card[2] != nearest:
        card[2] = nearest
        if standing is not None:
            changes = {"urgency": urgency}
            yield joined(state, standing, [evidence], at=at, happened_at=at, changes=changes)
        else:
            yield raised(
                state,
                KIND,
                at,
                at=at,
                topic=CARD,
                episode=str(last_day),
                urgency=urgency,
                evidence=[evidence],
                next_step="ask_for_a_new_card",
                params={"expires_on": evidence["expires_on"]},
                is_silence=True,
            )
    _wake_for_card(state, rules, at)


def _failed(happening: Happening, topic: str, state: AccountState) -> Iterator[Outcome]:
    standing = state.standing(KIND, topic)
    if happening.properties.get("is_void"):
        if standing is not None and standing.happened_at == happening.at:
            yield resolved(state, standing, at=happening.known_at, because="taken_back")
        return
    if happening.at <= state.of(KIND).get("paid", {}).get(topic, 0):
        return
    attributes = happening.properties.get("attributes") or {}
    evidence: dict[str, Any] = {
        "what": "past_due" if happening.name == "start" else "payment_failed",
        "at": happening.at,
        "ref": happening.ref,
    }
    for name in ("attempt", "reason", "failure_code"):
        if isinstance(attributes.get(name), str | int):
            evidence[name] = attributes[name]
    if standing is not None:
        yield joined(
            state,
            standing,
            [evidence],
            at=happening.known_at,
            happened_at=happening.at,
            changes={"urgency": "now"},
        )
        return
    yield raised(
        state,
        KIND,
        happening.at,
        at=happening.known_at,
        topic=topic,
        urgency="soon",
        evidence=[evidence],
        next_step="help_to_pay",
        params={"subscription": happening.properties.get("subscription_id") or ""},
    )


def _paid(happening: Happening, topic: str, state: AccountState) -> Iterator[Outcome]:
    if happening.properties.get("is_void"):
        return
    paid = state.of(KIND).setdefault("paid", {})
    paid[topic] = max(paid.get(topic, 0), happening.at)
    standing = state.standing(KIND, topic)
    if standing is not None and standing.last_at < happening.at:
        yield resolved(state, standing, at=happening.known_at, because="paid")


def _card(
    happening: Happening, last_day: int | None, state: AccountState, rules: Rules
) -> Iterator[Outcome]:
    if last_day is None:
        return
    held = state.of(KIND).get(CARD)
    if held and (held[1] > happening.at or held[0] == last_day):
        return
    state.of(KIND)[CARD] = [last_day, happening.at, 0]
    standing = state.standing(KIND, CARD)
    if standing is not None:
        yield resolved(state, standing, at=happening.known_at, because="new_card")
    _wake_for_card(state, rules, happening.known_at)


def _wake_for_card(state: AccountState, rules: Rules, at: int) -> None:
    """At the first border that was not told; a card that is near already is told at once."""
    last_day, _, told = state.of(KIND)[CARD]
    days = [each for each in rules.payment_trouble.card_days if not told or each < told]
    if last_day < rules.calendar.day_of(at) or not days:
        return
    state.wake(KIND, max(at, rules.calendar.starts_at(last_day - max(days))))


def _last_day(said: dict[str, Any], also: Sequence[str] = ()) -> int | None:
    """The last day on which a card is good: `2026-12-31`, or all of `2026-12`."""
    texts = [said.get(name) for name in (*EXPIRES_OF_CARD, *also)]
    year, month = said.get("card_exp_year"), said.get("card_exp_month")
    if year and month:
        texts.append(f"{year}-{str(month).zfill(2)}")
    for text in texts:
        if not isinstance(text, str):
            continue
        try:
            if len(text) == 7:
                year, month = int(text[:4]), int(text[5:])
                return date(year, month, monthrange(year, month)[1]).toordinal()
            return date.fromisoformat(text[:10]).toordinal()
        except ValueError:
            continue
    return None
