"""What is known of the people for whom messages wait: their clock, what they want, what reached
them lately. Read once for all of them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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
from tenure.messages.mailbox.models import MailReply
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
        self._seen = self._read_seen()
        self._got = self._read_got() if reach.halves_after else {}
        self._account_of = _canonical(accounts, "account")
        self._account_spent = self._read_account_spent() if reach.points_a_week_account else {}

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

    def ignored(self, person: str, play: str = "") -> int:
        """How many messages reached somebody since they were last in the product, or answered one;
        with a play, also what would have but for chance. Of whom nothing was ever heard, none."""
        seen = self._seen.get(person)
        if seen is None:
            return 0
        owners = {"", play}
        return sum(owner in owners and at > seen for owner, at in self._got.get(person, []))

    def spent_by_account(self, message: Message, play: str = "") -> list[Spent]:
        """What took the attention of all people of its account lately."""
        account = self.account(message)
        mine = self._account_spent.get((account, ""), [])
        return [*mine, *(self._account_spent.get((account, play), []) if play else [])]

    def account(self, message: Message) -> str:
        """The account that it counts for, by the id that holds now."""
        return self._account_of.get(message.account_id, message.account_id)

    def ids(self) -> list[str]:
        """Every id of these people, old ones too."""
        return list(self._whole)

    def _read_spent(self) -> defaultdict[tuple[str, str], list[Spent]]:
        return self._spent_of("person_id", self._whole)

    def _read_account_spent(self) -> defaultdict[tuple[str, str], list[Spent]]:
        return self._spent_of("account_id", self._account_of)

    def _read_seen(self) -> dict[str, datetime]:
        """When each of them was last in the product or answered a mail."""
        people = Person.objects.filter(pk__in=self._whole).exclude(last_seen_at=None)
        seen = list(people.values_list("pk", "last_seen_at"))
        answers = MailReply.objects.filter(person_id__in=self._whole)
        said = list(answers.values_list("person_id", "at")) if seen else []
        found: dict[str, datetime] = {}
        for id, at in seen + said:
            whole = self._whole[id]
            found[whole] = max(at, found.get(whole, at))
        return found

    def _read_got(self) -> defaultdict[str, list[tuple[str, datetime]]]:
        """What reached them lately that was not owed: when, and by whose chance it did not."""
        rows = Message.objects.filter(
            person_id__in=[id for id, whole in self._whole.items() if whole in self._seen],
            intended_at__gt=self.now - _INTENDED_BEFORE,
            status__in=(*REACHED, Status.CONTROL),
        ).exclude(topic="")
        rows = rows.annotate(at=Coalesce("sending_at", "ended_at", "intended_at"))
        found: defaultdict[str, list[tuple[str, datetime]]] = defaultdict(list)
        for id, status, play, at in rows.values_list("person_id", "status", "play", "at"):
            found[self._whole[id]].append((play if status == Status.CONTROL else "", at))
        return found

    def _spent_of(
        self, column: str, whole: Mapping[str, str]
    ) -> defaultdict[tuple[str, str], list[Spent]]:
        """What was spent by those whose ids stand in a column; by the id that holds, and play."""
        found: defaultdict[tuple[str, str], list[Spent]] = defaultdict(list)
        since = self.now - WINDOW
        of_them = Message.objects.filter(
            **{f"{column}__in": list(whole)}, intended_at__gt=since - _INTENDED_BEFORE
        ).filter(Q(points__gt=0) | Q(channel=Channel.MAIL))
        lately = Q(sending_at__gt=since) | Q(ended_at__gt=since)
        counts = Q(status__in=ON_ITS_WAY) | Q(lately, status__in=(*REACHED, Status.CONTROL))
        rows = of_them.filter(counts).annotate(at=Coalesce("sending_at", "ended_at", "intended_at"))
        columns = (column, "status", "play", "channel", "released_at", "at", "points")
        for id, status, play, channel, released_at, at, points in rows.values_list(*columns):
            # A mail on its way reaches them at this moment at the earliest. What waits in the
            # product for somebody who does not come takes a week's room, and not every week's.
            if status in ON_ITS_WAY:
                at = released_at if channel == Channel.IN_APP and released_at else self.now
            owner = play if status == Status.CONTROL else ""
            # What no play meant, a receipt say, was never planned: it costs what a mail costs.
            found[whole[id], owner].append(Spent(at, points or self._mail_points))
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


def _canonical(ids: Collection[str], kind: str = "person") -> dict[str, str]:
    """Each of these ids and every other of the same people, with the one that holds now."""
    links = IdentityLink.objects.filter(kind=kind)
    whole = {id: id for id in ids} | dict(
        links.filter(raw_id__in=ids).exclude(canonical_id="").values_list("raw_id", "canonical_id")
    )
    behind = links.filter(canonical_id__in=set(whole.values()))
    whole |= {id: id for id in whole.values()}
    return whole | dict(behind.values_list("raw_id", "canonical_id"))
