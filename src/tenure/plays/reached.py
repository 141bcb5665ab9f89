"""Could somebody be written to now? What they want, their clock, what is left of their week."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tenure.base.home import Home
from tenure.customers.models import Membership, Person
from tenure.messages.attention import Attention
from tenure.messages.consent import asked_for
from tenure.messages.fatigue import allowance_of, spent_in_window
from tenure.messages.hours import next_open
from tenure.messages.models import Channel, Message
from tenure.messages.reach_settings import reach_settings
from tenure.messages.suppression import refusals
from tenure.plays.asking import Asking
from tenure.plays.parts import TRANSACTIONAL, Play


@dataclass(frozen=True, slots=True)
class Reached:
    """One person as the planner sees them now. `opens_at` is None while their hours are open."""

    person_id: str
    name: str
    has_address: bool
    refused_for: str  # a SuppressedFor; "": their address is not suppressed
    has_switched_off: bool
    is_not_to_be_asked: bool  # of a play that asks
    has_asked: bool | None  # None: the topic need not be asked for
    zone: str
    opens_at: datetime | None
    spent: int
    allowance: int


def reach_of(home: Home, person_ids: Sequence[str], play: Play, now: datetime) -> list[Reached]:
    """Each of these people, in the order given; whoever is gone is left out."""
    people = Person.objects.in_bulk(person_ids)
    accounts = dict(
        Membership.objects.filter(person_id__in=people, until_at=None)
        .order_by("since_at")
        .values_list("person_id", "account_id")
    )
    topic = "" if play.purpose == TRANSACTIONAL else play.topic
    asking = Asking()
    is_asking = any(asking.of(play, step.act) for step in play.steps)
    asked = {
        id: Message(
            person_id=id,
            account_id=accounts.get(id, ""),
            topic=topic,
            play=play.name,
            asks=is_asking,
        )
        for id in person_ids
        if id in people
    }
    reach = reach_settings(home)
    attention = Attention(home, asked.values(), reach, now)
    refused = refusals(person.email for person in people.values() if person.email)
    opted = asked_for(set(people), play.topic) if play.opt_in else None
    found = []
    for id, message in asked.items():
        zone, person = attention.zone(message), people[id]
        opens = next_open(now, zone, reach.hours)
        held = refused.get(person.email.strip().lower())
        found.append(
            Reached(
                person_id=id,
                name=person.name,
                has_address=bool(person.email.strip()),
                refused_for=held.kind if held is not None else "",
                has_switched_off=attention.has_switched_off(message),
                is_not_to_be_asked=attention.is_not_to_be_asked(message),
                has_asked=None if opted is None else id in opted,
                zone=zone.key,
                opens_at=None if opens == now else opens,
                spent=spent_in_window(attention.spent(attention.person(message)), now),
                allowance=allowance_of(
                    reach.points_a_week,
                    attention.ignored(attention.person(message)),
                    reach.halves_after,
                    reach.points_of(Channel.MAIL),
                ),
            )
        )
    return found
