"""What of a replay would have reached people: how many of an account, when, and what would not.

Clocks, addresses, consent and who belongs to an account are taken as they are now; of attention
counts what this replay and those beside it would have sent, in the order of its being due.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tenure.base.home import Home
from tenure.customers.models import Account, Person
from tenure.customers.zones import zone_of
from tenure.messages.asking import refusing
from tenure.messages.consent import asked_for, switched_off
from tenure.messages.fatigue import Spent, Week, Wish, place
from tenure.messages.hours import next_open
from tenure.messages.models import Channel
from tenure.messages.reach_settings import Reach, reach_settings
from tenure.messages.suppression import refusals
from tenure.messages.verdicts import (
    ACCOUNT_FATIGUE,
    ADDRESS,
    FATIGUE,
    HELD_MOST,
    LATE,
    OFF,
    QUIET,
    UNASKED,
)
from tenure.plays.asking import Asking
from tenure.plays.models import Enrolment
from tenure.plays.parts import IN_APP, MAIL, TRANSACTIONAL, Message, Play
from tenure.plays.recipients import Recipient, recipients_of
from tenure.plays.replaying import Life, Replay
from tenure.plays.showing import shown_until
from tenure.plays.turns import Effect

_ASKED_AT_ONCE = 5_000  # ids: a database takes only so many in one question
_KEPT = timedelta(days=21)  # what was spent before says nothing of now, nor of what waits


@dataclass(slots=True)
class ReplayReach:
    """Messages to people: `intended` in all, of which some `waited` and some were `withheld`, by
    the planner's codes; those that went by the day of their going, by the company's.
    """

    intended: int = 0
    people: set[str] = field(default_factory=set)
    went_by_day: Counter[str] = field(default_factory=Counter)
    waited: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)

    def summary(self) -> dict[str, object]:
        """In figures, which name nobody."""
        return {
            "intended": self.intended,
            "went": sum(self.went_by_day.values()),
            "people": len(self.people),
            "most_in_a_day": max(self.went_by_day.values(), default=0),
            "by_day": dict(sorted(self.went_by_day.items())),
            "waited": dict(sorted(self.waited.items())),
            "withheld": dict(sorted(self.withheld.items())),
        }


@dataclass(frozen=True, slots=True)
class _Meant:
    """One message to one person, or to nobody (`person` is None)."""

    at: datetime
    play: Play
    effect: Effect
    account_id: str
    person: Recipient | None


def reach_of(home: Home, found: tuple[Play, Replay], beside: Sequence[tuple[Play, Replay]]) -> ReplayReach:  # fmt: skip # noqa: E501
    """What the first would have come to, while those beside it went on. Who is left alone by chance
    gets nothing.
    """
    meant = [each for play, replayed in (found, *beside) for each in _meant(play, replayed)]
    meant.sort(key=lambda each: (each.at, -each.play.priority, each.effect.key))
    deciding = _Deciding(home, meant)
    reach = ReplayReach()
    for each in meant:
        code, goes_at = deciding.decide(each)
        if each.play.name != found[0].name:
            continue
        reach.intended += 1
        if goes_at is None:
            reach.withheld[code] += 1
            continue
        reach.people.add(each.person.person_id if each.person else "")
        reach.went_by_day[f"{goes_at.astimezone(deciding.company_zone):%Y-%m-%d}"] += 1
        if code:
            reach.waited[code] += 1
    return reach


def people_of_lives(lives: Sequence[Life], play: Play, channel: str) -> dict[int, list[Recipient]]:
    """Who of each of these would be written to, by the place of the life in the list."""
    found: dict[int, list[Recipient]] = {}
    for start in range(0, len(lives), _ASKED_AT_ONCE):
        some = enumerate(lives[start : start + _ASKED_AT_ONCE], start)
        rows = [
            Enrolment(pk=n, over=play.over, subject_id=life.subject_id, account_id=life.account_id)
            for n, life in some
        ]
        wanted = [(row, play.to) for row in rows]
        found |= recipients_of(wanted, needs_address=channel == MAIL)
    return found


def _meant(play: Play, replayed: Replay) -> Iterator[_Meant]:
    lives = [life for life in replayed.lives if not life.is_left_alone]
    people: dict[str, dict[int, list[Recipient]]] = {}
    for place_, life in enumerate(lives):
        for at, effect in life.effects:
            if not isinstance(effect.what, Message):
                continue
            channel = effect.what.channel
            if channel not in people:
                people[channel] = people_of_lives(lives, play, channel)
            for person in people[channel].get(place_) or [None]:
                yield _Meant(at, play, effect, life.account_id, person)


class _Deciding:
    """What becomes of each message, one after the other."""

    def __init__(self, home: Home, meant: Iterable[_Meant]) -> None:
        self.reach: Reach = reach_settings(home)
        self.company_zone = ZoneInfo(home.company.time_zone)
        every = list(meant)
        people = {each.person.person_id: each.person for each in every if each.person}
        plays = {each.play.digest: each.play for each in every}
        topics = {_topic(play) for play in plays.values()} - {""}
        self.off = {
            topic: _among(people, lambda ids, topic=topic: switched_off(ids, topic))
            for topic in topics
        }
        opted = {play.topic for play in plays.values() if play.opt_in}
        self.opted = {
            topic: _among(people, lambda ids, topic=topic: asked_for(ids, topic)) for topic in opted
        }
        self.unasked = _among(people, refusing)
        self.asking = Asking()
        addresses = {each.address for each in people.values()} - {""}
        self.refused = _among(addresses, lambda some: set(refusals(some)))
        theirs = _traits(Person, people)
        held = _traits(Account, {each.account_id for each in every})
        named = {each.person.person_id: each.account_id for each in every if each.person}
        self.zones = {
            id: zone_of(theirs.get(id), held.get(account_id)) for id, account_id in named.items()
        }
        self.spent: defaultdict[str, list[Spent]] = defaultdict(list)
        self.spent_by_account: defaultdict[str, list[Spent]] = defaultdict(list)

    def decide(self, each: _Meant) -> tuple[str, datetime | None]:
        """Why it waits or does not go, "" where nothing speaks against it; and when it goes."""
        if each.person is None:
            return "nobody", None
        what = each.effect.what
        assert isinstance(what, Message)
        lost_at = _lost_at(each, what)
        if lost_at <= each.at:
            return LATE, None
        if code := self._unwanted(each, each.person):
            return code, None
        zone = self.zones.get(each.person.person_id) or self.company_zone
        is_mail = what.channel == MAIL
        points = self.reach.points_of(Channel(what.channel), what.kind)
        wish = Wish(
            key=0,
            points=points,
            priority=each.play.priority,
            since=each.at,
            opens=(lambda at: next_open(at, zone, self.reach.hours)) if is_mail else lambda at: at,
            lost_at=lost_at,
        )
        opens = wish.opens(each.at)
        at: datetime | None = each.at
        weeks = self._weeks(each, each.person)
        if _topic(each.play):
            at = place(wish, weeks, each.at)
        elif each.effect.valid_until is not None and opens < lost_at:
            at = opens  # what is owed waits for their day only where that comes in time
        is_night = at == opens or (at is None and opens >= lost_at)
        code = "" if at == each.at else QUIET if is_night else _tired(wish, weeks, opens)
        if at is not None:
            self.spent[each.person.person_id].append(Spent(at, points))
            self.spent_by_account[each.account_id].append(Spent(at, points))
        return code, at

    def _unwanted(self, each: _Meant, person: Recipient) -> str:
        topic, what = _topic(each.play), each.effect.what
        if isinstance(what, Message) and what.channel == MAIL:
            if not person.address:
                return "no_address"
            if person.address.lower() in self.refused:
                return ADDRESS
        if topic and person.person_id in self.off[topic]:
            return OFF
        if each.play.opt_in and person.person_id not in self.opted[each.play.topic]:
            return "not_asked_for"
        if person.person_id in self.unasked and self.asking.of(each.play, what):
            return UNASKED
        return ""

    def _weeks(self, each: _Meant, person: Recipient) -> list[Week]:
        mine = _lately(self.spent[person.person_id], each.at)
        weeks = [Week(mine, self.reach.points_a_week)]
        if self.reach.points_a_week_account:
            theirs = _lately(self.spent_by_account[each.account_id], each.at)
            weeks.append(Week(theirs, self.reach.points_a_week_account))
        return weeks


def _tired(wish: Wish, weeks: Sequence[Week], opens: datetime) -> str:
    """Whether it is their account that heard enough, or they themselves."""
    has_room = weeks[0].has_room(opens, wish.points)
    return ACCOUNT_FATIGUE if len(weeks) > 1 and has_room else FATIGUE


def _lately(spent: list[Spent], at: datetime) -> list[Spent]:
    return [each for each in spent if each.at > at - _KEPT]


def _lost_at(each: _Meant, what: Message) -> datetime:
    """From when on it is of no use, as it is live."""
    if what.channel == IN_APP:
        return shown_until(each.effect, what)
    return each.effect.valid_until or each.at + HELD_MOST


def _among(ids: Collection[str], ask: Callable[[list[str]], set[str]]) -> set[str]:
    """Of whom it holds, asked of so many at once."""
    return {id for some in _parts(ids) for id in ask(some)}


def _traits(model: type[Person | Account], ids: Collection[str]) -> dict[str, Any]:
    """Their traits, by id."""
    rows = (model.objects.filter(pk__in=some).values_list("pk", "traits") for some in _parts(ids))
    return {id: traits for each in rows for id, traits in each}


def _parts(ids: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), _ASKED_AT_ONCE):
        yield ordered[start : start + _ASKED_AT_ONCE]


def _topic(play: Play) -> str:
    return "" if play.purpose == TRANSACTIONAL else play.topic
