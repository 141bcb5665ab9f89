"""Where else is somebody known who turns up in an account?

Asked only of people who are new to an account, and answered from memberships, email addresses and,
for the few who are known elsewhere, from their days of use in the lake.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from tenure.base.home import Home
from tenure.customers.models import IdentityLink, Membership, Person
from tenure.kit.sql_file import load
from tenure.lake.reading import reading
from tenure.signals.days import micros
from tenure.signals.happenings import Happening
from tenure.signals.places import Places, parts
from tenure.signals.state import AccountState

Turn = tuple[AccountState, Sequence[Happening]]


def add_whereabouts(home: Home, places: Places, turns: Iterable[Turn]) -> None:
    """Set `was_in` of the happenings in which somebody who is known elsewhere turns up."""
    arrivals = [
        (state.account_id, happening)
        for state, happenings in turns
        for happening in _turning_up(state, happenings)
    ]
    if not arrivals:
        return
    twins = _twins([happening for _, happening in arrivals])
    people = {happening.person_id for _, happening in arrivals}
    memberships = _memberships(people | {each for some in twins.values() for each in some})
    asked = [
        (account_id, happening, elsewhere)
        for account_id, happening in arrivals
        if (elsewhere := _elsewhere(account_id, happening, twins, memberships))
    ]
    if not asked:
        return
    days = _days_of(home, places, {row["person_id"] for _, _, rows in asked for row in rows})
    for account_id, happening, rows in asked:
        happening.was_in = [
            {**row, "days": len(there), "last_day": there[-1]}
            for row in rows
            if row["account_id"] != account_id
            and (there := [
                day
                for day in days.get((row["person_id"], row["account_id"]), [])
                if day < happening.day
            ])
        ]  # fmt: skip


def _turning_up(state: AccountState, happenings: Sequence[Happening]) -> list[Happening]:
    """The first use of each person who is new to the account, and each new email address."""
    told = state.memory.get("person_at_new_company", {}).get("told", [])
    known, found = set(state.people) | set(told), []
    said: set[str] = set()
    for happening in happenings:
        who = happening.person_id
        if not who:
            continue
        if happening.sort == "use" and who not in known:
            known.add(who)
            found.append(happening)
        elif happening.type == "identify" and who not in said and who not in told:
            said.add(who)
            found.append(happening)
    return found


def _twins(arrivals: Sequence[Happening]) -> dict[str, set[str]]:
    """Other people with the same email address, in whatever case it is written, by person."""
    written: dict[str, set[str]] = defaultdict(set)
    for happening in arrivals:
        email = happening.properties.get("email") if happening.type == "identify" else None
        if isinstance(email, str) and "@" in email:
            written[email.strip()].add(happening.person_id)
    for part in parts({happening.person_id for happening in arrivals}):
        rows = Person.objects.filter(person_id__in=part).exclude(email="")
        for person_id, email in rows.values_list("person_id", "email"):
            written[email].add(person_id)
    people: dict[str, set[str]] = defaultdict(set)
    for email, some in written.items():
        people[email.casefold()] |= some
    found: dict[str, set[str]] = defaultdict(set)
    for part in parts({*written, *people}):
        rows = Person.objects.filter(email__in=part, merged_into="")
        for twin, email in rows.values_list("person_id", "email"):
            for person_id in people[email.casefold()] - {twin}:
                found[person_id].add(twin)
    return found


def _memberships(people: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for part in parts(set(people)):
        rows = Membership.objects.filter(person_id__in=part)
        for row in rows.values("person_id", "account_id", "since_at", "until_at", "known_at"):
            found[row["person_id"]].append(row)
    return found


def _elsewhere(
    account_id: str,
    happening: Happening,
    twins: dict[str, set[str]],
    memberships: dict[str, list[dict[str, Any]]],
) -> list[dict[str, Any]]:
    found = []
    for person_id in [happening.person_id, *sorted(twins.get(happening.person_id, ()))]:
        for row in memberships.get(person_id, ()):
            if row["account_id"] == account_id or micros(row["known_at"]) > happening.known_at:
                continue
            found.append(
                {
                    "account_id": row["account_id"],
                    "person_id": person_id,
                    "by": "id" if person_id == happening.person_id else "email",
                    "removed_at": _micros(row["until_at"]),
                }
            )
    return found


def _days_of(home: Home, places: Places, people: set[str]) -> dict[tuple[str, str], list[int]]:
    """The days of each of these people in each account, in order."""
    canonical = {each: each for each in people}
    for part in parts(people):
        links = IdentityLink.objects.filter(kind="person", canonical_id__in=part)
        canonical |= dict(links.values_list("raw_id", "canonical_id"))
    with reading(home, fresh=True, threads=1) as reader:
        rows = reader.rows(load("tenure.signals", "person_day"), user_ids=sorted(canonical))
    alone = {
        person_id: held[0]["account_id"] for person_id, held in _memberships(people).items() if held
    }
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in rows:
        person_id = canonical[str(row["user_id"])]
        key = row["account_key"]
        account_id = places.canonical_account(str(key)) if key else alone.get(person_id)
        if account_id:
            found[person_id, account_id].add(row["day"].toordinal())  # type: ignore[union-attr]
    return {each: sorted(days) for each, days in found.items()}


def _micros(at: datetime | None) -> int | None:
    return micros(at) if at is not None else None
