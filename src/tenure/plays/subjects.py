"""What is so of many subjects at this moment, for the engine to ask: read once for all of them.

A condition over the card alone is asked of the card in state. One that counts events, or is over
people, is asked of the lake: who fulfils it, once for a published state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from tenure.base.home import Home
from tenure.card.card_of import held_card
from tenure.card.models import AccountCard
from tenure.customers.models import Account, Person
from tenure.customers.zones import zone_of
from tenure.lake.manifest import read_manifest
from tenure.lake.reading import company_day
from tenure.plays.parts import ACCOUNT, PERSON
from tenure.proof.assignment import home_salt, point
from tenure.segments.condition import Condition, read_condition
from tenure.segments.known import columns_of
from tenure.segments.of_one_card import Asked, asked_of_one_card, counts_events
from tenure.segments.published import member_ids
from tenure.segments.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Who:
    """Whom an enrolment stands for, and the account that they belong to."""

    over: str
    subject_id: str
    account_id: str


class Subjects:
    """So many subjects, as they are now."""

    def __init__(self, home: Home, whos: Iterable[Who], now: datetime) -> None:
        self.home, self.today = home, company_day(home, now)
        self.company_zone = ZoneInfo(home.company.time_zone)
        known = list(whos)
        accounts = {who.account_id for who in known}
        rows = AccountCard.objects.filter(pk__in=accounts).values_list("pk", "values")
        self._cards = {pk: held_card(pk, values, self.today).values for pk, values in rows}
        people = {who.subject_id for who in known if who.over == PERSON}
        held = Account.objects.filter(pk__in=accounts).values_list("pk", "name", "traits")
        self._names = {pk: name for pk, name, _ in held}
        self._traits = {
            ACCOUNT: {pk: traits for pk, _, traits in held},
            PERSON: dict(Person.objects.filter(pk__in=people).values_list("pk", "traits")),
        }
        self._salt = home_salt()

    def of(self, who: Who) -> "Subject":
        """This one, as the engine asks."""
        return Subject(self, who)

    def card(self, account_id: str) -> dict[str, object]:
        """The columns of an account's card; none of an account without one."""
        return self._cards.get(account_id, {})

    def name(self, account_id: str) -> str:
        return self._names.get(account_id, "")

    def is_account(self, account_id: str) -> bool:
        return account_id in self._names

    def zone(self, who: Who) -> ZoneInfo:
        """Their own clock; where nobody said, their account's, else ours."""
        chain = [self._traits[who.over].get(who.subject_id)]
        chain.append(self._traits[ACCOUNT].get(who.account_id))
        return zone_of(*chain) or self.company_zone

    def chance(self, experiment: str, account_id: str) -> float:
        return point(experiment, account_id, self._salt)


class Subject:
    """One of them; `plays.turns.Asked`."""

    def __init__(self, subjects: Subjects, who: Who) -> None:
        self._subjects, self._who = subjects, who
        self.company_zone = subjects.company_zone

    @property
    def account_id(self) -> str:
        return self._who.account_id

    @property
    def today(self) -> date:
        return self._subjects.today

    @property
    def has_account(self) -> bool:
        """Whether there is one: of a person without, their own id stands in its place."""
        return self._subjects.is_account(self._who.account_id)

    @property
    def account_name(self) -> str:
        return self._subjects.name(self._who.account_id)

    @property
    def their_zone(self) -> ZoneInfo:
        return self._subjects.zone(self._who)

    def holds(self, condition: str) -> bool | None:
        who, subjects = self._who, self._subjects
        asked = _asked(condition, who.over)
        if asked is not None:
            card = subjects.card(who.account_id)
            return asked(card, subjects.today, self.company_zone) if card else None
        return who.subject_id in _fulfilling(subjects.home, condition, who.over, subjects.today)

    def holds_of(
        self, condition: str, over: str, person_id: str, instead: Mapping[str, object]
    ) -> bool | None:
        """Whether a condition holds of the account, or of one of its people. `instead` are columns
        of the card as they are supposed to be, where the card alone can tell."""
        subjects, account_id = self._subjects, self._who.account_id
        asked = _asked(condition, over)
        if asked is not None:
            card = {**subjects.card(account_id), **instead}
            return asked(card, subjects.today, self.company_zone) if card else None
        whom = person_id if over == PERSON else account_id
        return whom in _fulfilling(subjects.home, condition, over, subjects.today)

    def value(self, column: str) -> object:
        return self._subjects.card(self._who.account_id).get(column)

    def chance(self, experiment: str) -> float:
        return self._subjects.chance(experiment, self._who.account_id)


@lru_cache(maxsize=512)
def _condition(text: str, over: str) -> Condition:
    accounts = columns_of(ACCOUNT) if over == PERSON else {}
    return read_condition(text, over, vocabulary=Vocabulary(over, columns_of(over), accounts))


@lru_cache(maxsize=512)
def _asked(text: str, over: str) -> Asked | None:
    """The condition as a function of an account's card; None where a card cannot tell."""
    condition = _condition(text, over)
    if over == PERSON or counts_events(condition):
        return None
    return asked_of_one_card(condition)


def _fulfilling(home: Home, text: str, over: str, today: date) -> frozenset[str]:
    manifest = read_manifest(home)
    members = _members_then(home, (manifest.number if manifest else -1, today))
    if (text, over) not in members:
        ids = member_ids(home, _condition(text, over)) if manifest else ()
        members[text, over] = frozenset(ids)
    return members[text, over]


@lru_cache(maxsize=2)  # of older states nobody asks, and each may hold every person's id
def _members_then(home: Home, state: tuple[int, date]) -> dict[tuple[str, str], frozenset[str]]:
    """Who fulfils which condition, as far as it was asked of a published state."""
    return {}
