"""Whose is it? Raw ids of events and facts, led to the account and the person that count.

An event counts for the account that it names; one that names none counts for the account of its
person, if that person belongs to exactly one (the rule of `event_day`). What customers' state does
not know yet may stand in the rows that have just come: a group call right before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from tenure.customers.junk_ids import ANONYMOUS, JunkIds
from tenure.customers.models import IdentityLink, Membership, Person
from tenure.signals.cursors import changed_links
from tenure.signals.fresh_rows import Unplaced

_AT_ONCE = 500
_PAIRS_KEPT = 50_000


class Places:
    """Kept from call to call, so that links are read again only after somebody merged ids."""

    def __init__(self, junk: JunkIds) -> None:
        self._junk = junk
        self._blocked: dict[str, bool] = {}
        self._merges = ""
        self._links: dict[str, dict[str, str]] = {}
        self._pairs: dict[str, set[str]] = {}
        self._homes: dict[str, str | None] = {}
        self._anonymous: dict[str, str] = {}
        self._emails: dict[str, str] = {}

    def look_up(self, told: Collection[Unplaced], pairs: Iterable[tuple[str, str]] = ()) -> None:
        """Read what is needed to place these."""
        self.read_links()
        if len(self._pairs) > _PAIRS_KEPT:
            self._pairs.clear()
        for user_id, account_key in pairs:
            if not self._is_junk(account_key) and not self._is_junk(user_id):
                self._pairs.setdefault(user_id, set()).add(account_key)
        lost = [each for each in told if not each.account_key or self._is_junk(each.account_key)]
        anonymous = {each.anonymous_id for each in lost if not each.user_id and each.anonymous_id}
        self._anonymous = _links_of({ANONYMOUS + each for each in anonymous})
        self._emails = _people_of({email for each in lost if (email := each.email())})
        people = {self.person_of(each) for each in lost}
        self._homes = homes_of({each for each in people if each})

    def account(self, each: Unplaced) -> str | None:
        """The canonical account of a happening; None while nobody knows."""
        key = each.account_key
        if key and not self._is_junk(key):
            return self._canonical("account", key)
        person_id = self.person_of(each)
        if not person_id:
            return None
        if person_id in self._homes:
            return self._homes[person_id]
        named = {
            self._canonical("account", key)
            for raw_id in (person_id, each.user_id)
            for key in self._pairs.get(raw_id or "", ())
        }
        return named.pop() if len(named) == 1 else None

    def person_of(self, each: Unplaced) -> str:
        """The canonical person of a happening, by id or, where it has none, by email address."""
        found = self.person(each.user_id, each.anonymous_id)
        return found or self._emails.get(each.email().casefold(), "")

    def person(self, user_id: str | None, anonymous_id: str | None = None) -> str:
        """The canonical person, or "" for who is anonymous or nobody."""
        if user_id:
            return "" if self._is_junk(user_id) else self._canonical("person", user_id)
        if anonymous_id:
            found = self._anonymous.get(ANONYMOUS + anonymous_id, "")
            return "" if found.startswith(ANONYMOUS) else found
        return ""

    def canonical_account(self, raw_id: str) -> str | None:
        """Where a raw account id leads, by the links read last; None for one that means nobody."""
        return None if self._is_junk(raw_id) else self._canonical("account", raw_id)

    def _canonical(self, kind: str, raw_id: str) -> str:
        return self._links[kind].get(raw_id, raw_id)

    def _is_junk(self, raw_id: str) -> bool:
        held = self._blocked.get(raw_id)
        if held is None:
            if len(self._blocked) > 4 * _PAIRS_KEPT:
                self._blocked.clear()
            held = self._blocked[raw_id] = bool(self._junk.why_blocked(raw_id))
        return held

    def read_links(self) -> None:
        """See to it that ids lead where they lead now."""
        merges = changed_links()
        if self._links and merges == self._merges:
            return
        self._links = {"account": {}, "person": {}}
        rows = IdentityLink.objects.exclude(canonical_id="").exclude(raw_id__startswith=ANONYMOUS)
        for kind, raw_id, canonical_id in rows.values_list("kind", "raw_id", "canonical_id"):
            self._links[kind][raw_id] = canonical_id
        self._merges = merges


def homes_of(person_ids: Collection[str]) -> dict[str, str | None]:
    """The one account of each of these people that state knows; None for who has several."""
    held: dict[str, list[tuple[str, datetime | None]]] = defaultdict(list)
    for part in parts(person_ids):
        rows = Membership.objects.filter(person_id__in=part)
        for person_id, account_id, until_at in rows.values_list(
            "person_id", "account_id", "until_at"
        ):
            held[person_id].append((account_id, until_at))
    return {person_id: _only(rows) for person_id, rows in held.items()}


def parts(ids: Collection[str], at_once: int = _AT_ONCE) -> Iterator[list[str]]:
    """The ids in order, so many at a time as a statement can name."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), at_once):
        yield ordered[start : start + at_once]


def _only(held: list[tuple[str, datetime | None]]) -> str | None:
    still = {account_id for account_id, until_at in held if until_at is None}
    if not still:
        return max((until_at, account_id) for account_id, until_at in held if until_at)[1]
    return still.pop() if len(still) == 1 else None


def _people_of(emails: Collection[str]) -> dict[str, str]:
    """Who has each of these addresses, where it is one person."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in parts({*emails, *(each.casefold() for each in emails)}):
        rows = Person.objects.filter(email__in=part, merged_into="")
        for person_id, email in rows.values_list("person_id", "email"):
            found[email.casefold()].add(person_id)
    return {email: people.pop() for email, people in found.items() if len(people) == 1}


def _links_of(raw_ids: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts(raw_ids):
        links = IdentityLink.objects.filter(kind="person", raw_id__in=part)
        found |= dict(links.exclude(canonical_id="").values_list("raw_id", "canonical_id"))
    return found
