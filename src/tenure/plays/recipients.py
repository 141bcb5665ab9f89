"""Which people get what a play says, and what is known of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tenure.base.errors import InvalidInput
from tenure.card.models import AccountCard
from tenure.card.product import product
from tenure.customers.models import IdentityLink, Membership, Person
from tenure.kit.near_language import nearest
from tenure.messages.ledger import checked_address
from tenure.plays.models import Enrolment
from tenure.plays.parts import PERSON, To
from tenure.signals.models import Signal

_LANGUAGE_TRAITS = ("locale", "language", "lang")
_NO_TRAITS: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who uses the product."""

    person_id: str
    email: str
    traits: Mapping[str, object]
    name: str = ""
    role: str = ""

    @property
    def address(self) -> str:
        """Where mail to them goes; empty for an address that is none."""
        try:
            return checked_address(self.email)
        except InvalidInput:
            return ""

    def language_of(self, among: Sequence[str]) -> str:
        """Their own of these languages, else the first: `zh-TW` is `zh-hant`."""
        return self.language_known(among) or among[0]

    def language_known(self, among: Sequence[str]) -> str:
        """The one of these languages that they are known to read; empty where nobody knows."""
        for trait in _LANGUAGE_TRAITS:
            if found := nearest(str(self.traits.get(trait) or ""), among):
                return found
        return ""

    @property
    def first_name(self) -> str:
        """As they gave it; a name of two words or more is cut at its first."""
        for trait in ("first_name", "firstName"):
            if said := str(self.traits.get(trait) or "").strip():
                return said
        return self.name.split(" ")[0] if " " in self.name else ""


def recipients_of(
    wanted: Sequence[tuple[Enrolment, To]], *, needs_address: bool = True
) -> dict[int, list[Recipient]]:
    """The people of each enrolment, by its key: the person, or of an account those of the roles in
    their order, else its champion, else whoever joined first; without whom an open signal names
    where the play says so. What is shown in the product needs no address."""
    accounts = {row.account_id for row, _ in wanted if row.over != PERSON}
    members = _members(accounts)
    champions = _champions(accounts)
    named = {row.subject_id for row, _ in wanted if row.over == PERSON}
    people = {each.person_id: each for each in Person.objects.filter(pk__in=named)}
    roles = {role.name: {value.lower() for value in role.values} for role in product().roles}
    named_by = {kind: _named_by(kind, accounts) for kind in {to.left_out_by for _, to in wanted}}
    found: dict[int, list[Recipient]] = {}
    for row, to in wanted:
        if row.over == PERSON:
            person = people.get(row.subject_id)
            found[row.pk] = [_recipient(person)] if person else []
        else:
            left_out = named_by[to.left_out_by].get(row.account_id, set())
            of_account = members.get(row.account_id, [])
            of_account = [each for each in of_account if each.person_id not in left_out]
            if needs_address:
                of_account = [each for each in of_account if each.email]
            chosen = _chosen(of_account, to, roles, champions.get(row.account_id, ""))
            found[row.pk] = (_of_each_box(chosen) if needs_address else chosen)[: to.at_most]
    return found


def people_of(rows: Sequence[Enrolment], person_ids: Iterable[str]) -> dict[str, Recipient]:
    """These people with the role that they have in an account of these enrolments, by id; whoever
    was merged since is who they are now, whoever is gone is left out."""
    wanted = set(person_ids)
    links = IdentityLink.objects.filter(kind="person", raw_id__in=wanted).exclude(canonical_id="")
    whole = dict(links.values_list("raw_id", "canonical_id"))
    people = Person.objects.filter(pk__in=wanted | set(whole.values()), merged_into="")
    found = {each.person_id: _recipient(each) for each in people}
    for members in _members({row.account_id for row in rows if row.over != PERSON}).values():
        found |= {each.person_id: each for each in members if each.person_id in found}
    return found | {raw: found[id] for raw, id in whole.items() if id in found}


def _chosen(
    members: Sequence[Recipient], to: To, roles: Mapping[str, set[str]], champion: str
) -> list[Recipient]:
    chosen: list[Recipient] = []
    for role in to.roles:
        names = roles.get(role, set()) | {role.lower()}
        chosen += [each for each in members if each.role.lower() in names and each not in chosen]
    if not chosen:
        chosen = [each for each in members if each.person_id == champion] or list(members[:1])
    return chosen


def _of_each_box(chosen: Iterable[Recipient]) -> list[Recipient]:
    """Somebody known by two ids has one mail box, and reads it once."""
    boxes: dict[str, Recipient] = {}
    for each in chosen:
        boxes.setdefault(each.email.lower(), each)
    return list(boxes.values())


def _members(accounts: Iterable[str]) -> dict[str, list[Recipient]]:
    rows = Membership.objects.filter(account_id__in=accounts, until_at=None)
    found: dict[str, dict[str, Recipient]] = {}
    for row in rows.select_related("person").order_by("since_at", "person_id"):
        people = found.setdefault(row.account_id, {})
        held = people.get(row.person_id)
        people[row.person_id] = _recipient(row.person, row.role or (held.role if held else ""))
    return {account: list(people.values()) for account, people in found.items()}


def _named_by(kind: str, accounts: Iterable[str]) -> dict[str, set[str]]:
    """Whom the open signals of a kind name, by account; nobody without a kind."""
    found: dict[str, set[str]] = {}
    if not kind:
        return found
    open_ = Signal.objects.filter(account_id__in=accounts, kind=kind, resolved_at=None)
    named = list(open_.exclude(person_id="").values_list("account_id", "person_id"))
    links = IdentityLink.objects.filter(kind="person", raw_id__in={raw for _, raw in named})
    whole = dict(links.exclude(canonical_id="").values_list("raw_id", "canonical_id"))
    for account_id, raw in named:
        found.setdefault(account_id, set()).add(whole.get(raw, raw))
    return found


def _champions(accounts: Iterable[str]) -> dict[str, str]:
    rows = AccountCard.objects.filter(pk__in=accounts).values_list("pk", "values")
    return {pk: str(values.get("champion_id") or "") for pk, values in rows}


def _recipient(person: Person, role: str = "") -> Recipient:
    traits = person.traits or _NO_TRAITS
    return Recipient(person.person_id, person.email.strip(), traits, person.name, role)
