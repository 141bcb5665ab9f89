"""What is known of the people for whom messages wait: their clock, what they want, what reached
them lately. Read once for all of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.functions import Coalesce

from tenure.base.home import Home
from tenure.customers.models import Account, IdentityLink, Person
from tenure.customers.zones import zone_of
from tenure.messages.consent import ASKING, switched_off
from tenure.messages.fatigue import WINDOW, Spent
from tenure.messages.ledger import NOT_TO_BE_ASKED, SWITCHED_OFF
from tenure.messages.models import ARRIVED, Channel, Message, Status
from tenure.messages.reach_settings import Reach

# What takes somebody's attention: what reached them, may have, or is on its way.
ON_ITS_WAY = (Status.READY, Status.CLAIMED, Status.SENDING)
REACHED = (
    *ARRIVED, Status.UNKNOWN, Status.SHOWN, Status.CLICKED, Status.DISMISSED, Status.DONE,
)  # fmt: skip
_INTENDED_BEFORE = timedelta(days=60)  # what reaches somebody now was meant since then


class Attention:
    """The people of some messages, under whatever ids they were known."""

    def __init__(
        self, home: Home, messages: Iterable[Message], reach: Reach, now: datetime
    ) -> None:
        self.now, self._company = now, ZoneInfo(home.company.time_zone)
        self._mail_points = reach.points_of(Channel.MAIL)
        given = list(messages)
        self._whole = _canonical({each.person_id for each in given} - {""})
        people = set(self._whole.values())
        self._people = dict(Person.objects.filter(pk__in=people).values_list("pk", "traits"))
        accounts = {each.account_id for each in given} - {""}
        self._accounts = dict(Account.objects.filter(pk__in=accounts).values_list("pk", "traits"))
        topics = {each.topic for each in given} - {""}
        self._off = {topic: switched_off(people, topic) for topic in topics}
        is_asking = any(each.asks for each in given)
        self._unasked = switched_off(people, ASKING) if is_asking else set[str]()
        self._spent = self._read_spent()

    def person(self, message: Message) -> str:
        """Whom it is for, by the id that holds now; empty: nobody who uses the product."""
        return self._whole.get(message.person_id, "")

    def zone(self, message: Message) -> ZoneInfo:
        """Their own clock; where nobody said, their account's, else the company's."""
        theirs = self._people.get(self.person(message))
        return zone_of(theirs, self._accounts.get(message.account_id)) or self._company

    def has_switched_off(self, message: Message) -> bool:
        return bool(message.topic) and self.person(message) in self._off[message.topic]

    def is_not_to_be_asked(self, message: Message) -> bool:
        """Whether it asks somebody who said that they do not want that again."""
        return message.asks and self.person(message) in self._unasked

    def spent(self, person: str, play: str = "") -> list[Spent]:
        """What took their attention lately; with a play, what would have but for chance as well."""
        return [*self._spent[person, ""], *(self._spent[person, play] if play else [])]

    def ids(self) -> list[str]:
        """Every id of these people, old ones too."""
        return list(self._whole)

    def _read_spent(self) -> defaultdict[tuple[str, str], list[Spent]]:
        found: defaultdict[tuple[str, str], list[Spent]] = defaultdict(list)
        since = self.now - WINDOW
        of_them = Message.objects.filter(
            person_id__in=self._whole, intended_at__gt=since - _INTENDED_BEFORE
        ).filter(Q(points__gt=0) | Q(channel=Channel.MAIL))
        lately = Q(sending_at__gt=since) | Q(ended_at__gt=since)
        counts = Q(status__in=ON_ITS_WAY) | Q(lately, status__in=(*REACHED, Status.CONTROL))
        rows = of_them.filter(counts).annotate(at=Coalesce("sending_at", "ended_at", "intended_at"))
        columns = ("person_id", "status", "play", "channel", "released_at", "at", "points")
        for id, status, play, channel, released_at, at, points in rows.values_list(*columns):
            # A mail on its way reaches them at this moment at the earliest. What waits in the
            # product for somebody who does not come takes a week's room, and not every week's.
            if status in ON_ITS_WAY:
                at = released_at if channel == Channel.IN_APP and released_at else self.now
            owner = play if status == Status.CONTROL else ""
            # What no play meant, a receipt say, was never planned: it costs what a mail costs.
            found[self._whole[id], owner].append(Spent(at, points or self._mail_points))
        return found


def held_of(attention: Attention, but: Sequence[Message]) -> list[Message]:
    """What else is held for these people."""
    known = {each.pk for each in but}
    held = Message.objects.filter(person_id__in=attention.ids(), status=Status.HELD)
    return [each for each in held if each.pk not in known]


def unwanted_of(messages: Sequence[Message]) -> dict[int, str]:
    """Those whose person has switched their topic off, or does not want to be asked again, under
    any of their ids: by key, with why."""
    of: defaultdict[str, list[Message]] = defaultdict(list)
    for each in messages:
        if each.person_id and each.topic:
            of[each.topic].append(each)
        if each.person_id and each.asks:
            of[ASKING].append(each)
    whole = _canonical({each.person_id for several in of.values() for each in several})
    found: dict[int, str] = {}
    for topic, several in of.items():
        off = switched_off({whole[each.person_id] for each in several}, topic)
        why = NOT_TO_BE_ASKED if topic == ASKING else SWITCHED_OFF
        found |= {each.pk: why for each in several if whole[each.person_id] in off}
    return found


def _canonical(ids: Collection[str]) -> dict[str, str]:
    """Each of these ids and every other of the same people, with the one that holds now."""
    links = IdentityLink.objects.filter(kind="person")
    whole = {id: id for id in ids} | dict(
        links.filter(raw_id__in=ids).exclude(canonical_id="").values_list("raw_id", "canonical_id")
    )
    behind = links.filter(canonical_id__in=set(whole.values()))
    whole |= {id: id for id in whole.values()}
    return whole | dict(behind.values_list("raw_id", "canonical_id"))
