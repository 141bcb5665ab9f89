"""What was known of each subject before its time: use, people, words, bills, incidents."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tenure.card.product import Product
from tenure.kit.sql_file import load
from tenure.lake.reading import Reader
from tenure.reasons.inferring_subjects import RELATION, Subject, as_relation

TALKS = ("Call Logged", "Conversation Held", "Message Received")
SIGNS = (
    *TALKS, "Account Removed User", "User Deactivated", "Person Deactivated", "User Deleted",
    "Email Bounced", "Domain Redirected", "Outcome Stated", "Commitment Broken", "near_limit",
    "champion_left", "account_acquired_or_closing", "payment_trouble",
)  # fmt: skip
GONE = frozenset(SIGNS[3:7])


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person's use for the subject's account."""

    person_id: str
    first_at: datetime
    last_at: datetime
    days_28: int
    days_before: int
    events_28: int


@dataclass(frozen=True, slots=True)
class Use:
    """One event's name: since when, until when, how often."""

    first_at: datetime
    last_at: datetime
    uses_28: int
    uses_before: int
    uses: int


@dataclass(frozen=True, slots=True)
class Said:
    """One event with words or weight: a ticket, a call, a sign."""

    type: str
    name: str
    person_id: str
    at: datetime
    known_at: datetime
    properties: dict[str, Any]
    ref: str  # source/message_id


@dataclass(frozen=True, slots=True)
class Fact:
    kind: str
    subscription: str
    effective_at: datetime
    ends_at: datetime | None
    status: str
    plan: str
    billing_interval: str
    quantity: int | None
    mrr_minor: int | None
    currency: str
    ref: str


@dataclass(frozen=True, slots=True)
class Incident:
    title: str
    began_at: datetime
    ended_at: datetime | None
    features: frozenset[str]
    accounts: frozenset[str]
    is_major: bool
    known_at: datetime
    ref: str


@dataclass(slots=True)
class Seen:
    """All that is known of one subject; rules read it, and nothing else."""

    subject: Subject
    product: Product
    people: list[Somebody] = field(default_factory=list)
    names: dict[str, Use] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)  # all of the company's, known by then
    _texts: list[tuple[Said, str]] | None = None

    def since(self, days: int) -> datetime:
        return self.subject.at - timedelta(days=days)

    @property
    def people_28(self) -> int:
        return sum(each.days_28 > 0 for each in self.people)

    @property
    def days_28(self) -> int:
        """Days on which anybody was there, counted for each person."""
        return sum(each.days_28 for each in self.people)

    @property
    def days_before(self) -> float:
        """The same per 28 days, in the 84 days before those."""
        return sum(each.days_before for each in self.people) / 3

    @property
    def first_at(self) -> datetime | None:
        return min((each.first_at for each in self.names.values()), default=None)

    def tickets(self, days: int = 180) -> Iterator[Said]:
        """Tickets that were opened in those days."""
        since = self.since(days)
        return (
            each
            for each in self.said
            if each.type == "ticket" and each.at >= since and not is_closing(each)
        )

    def closings(self, days: int = 180) -> Iterator[Said]:
        since = self.since(days)
        return (
            each
            for each in self.said
            if each.type == "ticket" and each.at >= since and is_closing(each)
        )

    def texts(self, days: int = 120) -> Iterator[tuple[Said, str]]:
        """What was written or noted in those days, with its words."""
        if self._texts is None:
            self._texts = [(each, words) for each in self.said if (words := _words_of(each))]
        since = self.since(days)
        return (pair for pair in self._texts if pair[0].at >= since)

    def signs(self, *names: str, days: int = 120) -> Iterator[Said]:
        since = self.since(days)
        return (each for each in self.said if each.name in names and each.at >= since)

    def outcome(self) -> str:
        """What they said last that they want; empty where they said nothing."""
        for each in reversed(self.said):
            said = (
                each.properties.get("outcome")
                if each.name == "Outcome Stated"
                else each.properties.get("required_outcome")
            )
            if isinstance(said, str) and said.strip():
                return said.strip()
        return ""

    def role_of(self, person_id: str) -> str:
        """The role that was last said of a person, as the product file calls it."""
        for each in reversed(self.said):
            role = each.properties.get("role")
            if each.person_id == person_id and each.type in ("identify", "group") and role:
                return _declared_role(self.product, str(role))
        return ""


def is_closing(said: Said) -> bool:
    """Whether this ends a ticket and opens none."""
    return said.name in ("Ticket Closed", "Ticket Solved")


def _words_of(said: Said) -> str:
    """What was written in a ticket or noted of a talk; empty for everything else."""
    if is_closing(said) or not (said.name in TALKS or said.type == "ticket"):
        return ""
    words = said.properties.get("text") or said.properties.get("subject")
    return words if isinstance(words, str) else ""


def look(reader: Reader, subjects: list[Subject], product: Product) -> list[Seen]:
    """What was known of each, in their order. Four queries, however many there are."""
    seen = [Seen(subject, product) for subject in subjects]
    if not seen:
        return seen
    reader.register(RELATION, as_relation(subjects))
    for row in _rows(reader, "subject_person"):
        seen[row.pop("subject")].people.append(Somebody(**row))
    for row in _rows(reader, "subject_name"):
        name, subject = row.pop("name"), row.pop("subject")
        seen[subject].names[name] = Use(**row)
    for row in _rows(reader, "subject_said", names=list(SIGNS), is_known_then=True):
        seen[row["subject"]].said.append(said_of(row))
    for row in _rows(reader, "subject_fact"):
        seen[row["subject"]].facts.append(fact_of(row))
    incidents = _incidents(reader)
    for each in seen:
        at = each.subject.at
        each.incidents = [
            one if one.ended_at is None or one.ended_at < at else replace(one, ended_at=None)
            for one in incidents
            if one.began_at < at and one.known_at < at
        ]
    return seen


def _rows(reader: Reader, name: str, **params: object) -> list[dict[str, Any]]:
    return reader.arrow(load("tenure.reasons", name), **params).to_pylist()


def said_of(row: Mapping[str, Any]) -> Said:
    """A row of `subject_said`."""
    return Said(
        row["type"],
        row["name"] or "",
        row["person_id"] or "",
        row["occurred_at"],
        row["known_at"],
        _object(row["properties"]),
        f"{row['source']}/{row['message_id']}",
    )


def fact_of(row: Mapping[str, Any]) -> Fact:
    """A row of `subject_fact`."""
    return Fact(
        kind=row["kind"],
        subscription=f"{row['source']}/{row['subscription_id']}",
        effective_at=row["effective_at"],
        ends_at=row["ends_at"],
        status=row["status"] or "",
        plan=row["plan"] or "",
        billing_interval=row["billing_interval"] or "",
        quantity=row["quantity"],
        mrr_minor=row["mrr_minor"],
        currency=row["currency"] or "",
        ref=f"{row['source']}/{row['message_id']}",
    )


def _incidents(reader: Reader) -> list[Incident]:
    began: dict[str, dict[str, Any]] = {}
    ended: dict[str, datetime] = {}
    for row in reader.rows(load("tenure.reasons", "incident_said")):
        said = _object(row["properties"])
        key = str(said.get("incident_id") or row["message_id"])
        if "End" in (row["name"] or ""):
            ended[key] = row["occurred_at"]
        else:
            began[key] = {**row, "said": said}
    return [_incident(row, ended.get(key)) for key, row in began.items()]


def _incident(row: dict[str, Any], ended_at: datetime | None) -> Incident:
    said = row["said"]
    accounts = said.get("accounts") or ([row["account_key"]] if row["account_key"] else [])
    return Incident(
        title=str(said.get("title") or ""),
        began_at=row["occurred_at"],
        ended_at=ended_at,
        features=frozenset(map(str, said.get("features") or ())),
        accounts=frozenset(map(str, accounts)),
        is_major=str(said.get("severity") or "major") not in ("minor", "low"),
        known_at=row["known_at"],
        ref=f"{row['source']}/{row['message_id']}",
    )


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    return value if isinstance(value, dict) else {}


def _declared_role(product: Product, said: str) -> str:
    folded = said.strip().casefold()
    for role in product.roles:
        if folded == role.name or folded in role.values:
            return role.name
    return folded
