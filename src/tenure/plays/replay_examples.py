"""Two of the mails of each step as those people would have got them, with the values of then.

Cards and conditions are as of that morning, from what was known then. What is kept of people is as
it is now: name, address, traits, language. A link in it leads to nobody's own page.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from tenure.base.errors import NotFound
from tenure.base.home import Home
from tenure.card.card_of import account_card
from tenure.customers.models import Person
from tenure.plays.models import ReplayedMail
from tenure.plays.moments import at_wall
from tenure.plays.parts import ACCOUNT, MAIL, PERSON, Message, Play
from tenure.plays.previewing import preview
from tenure.plays.recipients import Recipient
from tenure.plays.replay_reach import people_of_lives
from tenure.plays.replaying import Life, Replay
from tenure.plays.subjects import Subject, Subjects, Who
from tenure.segments.condition import read_condition
from tenure.segments.known import columns_of
from tenure.segments.of_one_card import asked_of_one_card, counts_events
from tenure.segments.published import member_ids
from tenure.segments.vocabulary import Vocabulary

OF_EACH_STEP = 2


def examples_of(home: Home, play: Play, replayed: Replay, now: datetime) -> list[ReplayedMail]:
    """The mails, not saved: of each step the first and the last person whom it would have reached.

    Who is left alone by chance would have got none, and is no example.
    """
    zone = ZoneInfo(home.company.time_zone)
    return [
        _written(home, play, replayed, step, one, zone, now)
        for step, several in _chosen(play, replayed).items()
        for one in several
    ]


_One = tuple[datetime, Life, Recipient]


def _chosen(play: Play, replayed: Replay) -> dict[str, list[_One]]:
    """When, in which life and who, by step: the first and the last who is somebody."""
    lives = [life for life in replayed.lives if not life.is_left_alone]
    people = people_of_lives(lives, play, MAIL)
    found: defaultdict[str, dict[str, _One]] = defaultdict(dict)
    for place, life in enumerate(lives):
        for at, effect in life.effects:
            what = effect.what
            if isinstance(what, Message) and what.channel == MAIL and people.get(place):
                person = people[place][0]
                found[effect.step][person.person_id] = (at, life, person)
    chosen = {}
    for step, theirs in found.items():
        ordered = sorted(theirs.values(), key=lambda one: (one[0], one[2].person_id))
        chosen[step] = ordered[:1] + ordered[-1:] if len(ordered) > 1 else ordered
    return chosen


def _written(  # noqa: PLR0913
    home: Home, play: Play, replayed: Replay, step: str, one: _One, zone: ZoneInfo, now: datetime
) -> ReplayedMail:
    at, life, recipient = one
    whole = play.step(step)
    assert whole is not None
    assert isinstance(whole.act, Message)
    person = Person.objects.filter(pk=recipient.person_id).first()
    over_person = play.over == PERSON
    who = Who(play.over, recipient.person_id if over_person else life.account_id, life.account_id)
    as_of = at_wall(at.astimezone(zone).date(), time(), zone)
    seen = preview(
        home,
        play,
        whole.act.template,
        now=at,
        person=person,
        account_id=life.account_id,
        subject=_Then(Subjects(home, [who], now), who, as_of, now),
    )
    written = seen.written
    return ReplayedMail(
        digest=replayed.digest,
        step=step,
        account_id=life.account_id,
        person_id=recipient.person_id,
        name=recipient.name or recipient.email,
        at=at,
        language=seen.language,
        subject=written.subject if written else "",
        text=written.text if written else "",
        html=written.html if written else "",
        why=seen.problem,
    )


class _Then(Subject):
    """One of them as they were in a past morning."""

    def __init__(self, subjects: Subjects, who: Who, as_of: datetime, now: datetime) -> None:
        super().__init__(subjects, who)
        self._as_of = as_of
        self._home = subjects.home
        try:
            card = account_card(subjects.home, who.account_id, now=now, as_of=as_of)
            self._card: Mapping[str, object] = card.values
        except NotFound:
            self._card = {}

    @property
    def today(self) -> date:
        return self._as_of.astimezone(self.company_zone).date()

    def holds(self, condition: str) -> bool | None:
        return self.holds_of(condition, self._who.over, self._who.subject_id, {})

    def holds_of(
        self, condition: str, over: str, person_id: str, instead: Mapping[str, object]
    ) -> bool | None:
        accounts = columns_of(ACCOUNT) if over == PERSON else {}
        vocabulary = Vocabulary(over, columns_of(over), accounts)
        read = read_condition(condition, over, vocabulary=vocabulary)
        if over == ACCOUNT and not counts_events(read):
            card = {**self._card, **instead}
            asked = asked_of_one_card(read)
            return asked(card, self.today, self.company_zone) if self._card else None
        whom = person_id if over == PERSON else self._who.account_id
        return whom in member_ids(self._home, read, self._as_of)

    def value(self, column: str) -> object:
        return self._card.get(column)
