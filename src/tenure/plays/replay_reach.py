"""What of a replay would have reached people: how many of an account, when, and what would not.

Clocks, addresses, consent and who belongs to an account are taken as they are now; of attention
counts what this replay and those beside it would have sent, in the order of its being due.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.base.home import Home
from tenure.customers.models import Account, Person
from tenure.customers.zones import zone_of
from tenure.messages.consent import ASKING, asked_for, switched_off
from tenure.messages.fatigue import Spent, Week, Wish, place
from tenure.messages.hours import next_open
from tenure.messages.models import Channel
from tenure.messages.reach_settings import Reach, reach_settings
from tenure.messages.suppression import refusals
from tenure.plays.asking import asks
from tenure.plays.models import Enrolment
from tenure.plays.parts import TRANSACTIONAL, Message, Play
from tenure.plays.recipients import Recipient, recipients_of
from tenure.plays.replaying import Life, Replay
from tenure.plays.turns import Effect

MAIL = "mail"
_KEPT = timedelta(days=21)  # what was spent before says nothing of now, nor of what waits


@dataclass(slots=True)
class ReplayReach:
    """Messages to people: `intended` in all, of which some `waited` and some were `withheld`, by
    the planner's codes; those that went by the day of their going, in UTC.
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
        reach.went_by_day[goes_at.date().isoformat()] += 1
        if code:
            reach.waited[code] += 1
    return reach


def people_of_lives(lives: Sequence[Life], play: Play, channel: str) -> dict[int, list[Recipient]]:
    """Who of each of these would be written to, by the place of the life in the list."""
    rows = [
        Enrolment(pk=place, over=play.over, subject_id=life.subject_id, account_id=life.account_id)
        for place, life in enumerate(lives)
    ]
    return recipients_of([(row, play.to) for row in rows], needs_address=channel == MAIL)


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
        self.off = {topic: switched_off(set(people), topic) for topic in topics}
        opted = {play.topic for play in plays.values() if play.opt_in}
        self.opted = {topic: asked_for(set(people), topic) for topic in opted}
        self.unasked = switched_off(set(people), ASKING)
        self.refused = refusals(each.email for each in people.values() if each.email)
        theirs = dict(Person.objects.filter(pk__in=people).values_list("pk", "traits"))
        accounts = {each.account_id for each in every}
        held = dict(Account.objects.filter(pk__in=accounts).values_list("pk", "traits"))
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
        if code := self._unwanted(each, each.person):
            return code, None
        what = each.effect.what
        assert isinstance(what, Message)
        zone = self.zones.get(each.person.person_id) or self.company_zone
        is_mail = what.channel == MAIL
        points = self.reach.points_of(Channel(what.channel), what.kind)
        wish = Wish(
            key=0,
            points=points,
            priority=each.play.priority,
            since=each.at,
            opens=(lambda at: next_open(at, zone, self.reach.hours)) if is_mail else lambda at: at,
            lost_at=each.effect.valid_until,
        )
        at: datetime | None = each.at
        if _topic(each.play):
            at = place(wish, self._weeks(each, each.person), each.at)
        opens = wish.opens(each.at)
        code = "" if at == each.at else "quiet_hours" if at == opens else "fatigue"
        if at is None and wish.lost_at is not None and opens >= wish.lost_at:
            code = "quiet_hours"
        if at is not None:
            self.spent[each.person.person_id].append(Spent(at, points))
            self.spent_by_account[each.account_id].append(Spent(at, points))
        return code, at

    def _unwanted(self, each: _Meant, person: Recipient) -> str:
        topic, what = _topic(each.play), each.effect.what
        if isinstance(what, Message) and what.channel == MAIL:
            if not person.email:
                return "no_address"
            if person.email.lower() in self.refused:
                return "address"
        if topic and person.person_id in self.off[topic]:
            return "switched_off"
        if each.play.opt_in and person.person_id not in self.opted[each.play.topic]:
            return "not_asked_for"
        if isinstance(what, Message) and person.person_id in self.unasked and asks(each.play, what):
            return "not_to_be_asked"
        return ""

    def _weeks(self, each: _Meant, person: Recipient) -> list[Week]:
        mine = _lately(self.spent[person.person_id], each.at)
        weeks = [Week(mine, self.reach.points_a_week)]
        if self.reach.points_a_week_account:
            theirs = _lately(self.spent_by_account[each.account_id], each.at)
            weeks.append(Week(theirs, self.reach.points_a_week_account))
        return weeks


def _lately(spent: list[Spent], at: datetime) -> list[Spent]:
    return [each for each in spent if each.at > at - _KEPT]


def _topic(play: Play) -> str:
    return "" if play.purpose == TRANSACTIONAL else play.topic
