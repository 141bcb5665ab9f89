"""Short questions to the state that somebody waits for, with their SQL made once.

The database answers each in some 50 microseconds; putting the question together anew takes Django
ten times as long, and at the way out half a dozen are asked for each screen.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import connection
from django.db.models import QuerySet

from tenure.card.models import AccountCard
from tenure.customers.models import IdentityLink, Person
from tenure.offboard.models import Visit, VisitOutcome
from tenure.offers.models import Concession
from tenure.proof.assignment import Arm, assign, held_arm, home_salt
from tenure.proof.models import Assignment
from tenure.segments.models import SegmentMember

_MARK = "\ufdd0"  # no text of anybody has it


class Asked:
    """`asked("acme")` gives the rows of the query that `make("acme")` stands for.

    The arguments are texts that stand in the query as they are; columns are the driver's.
    """

    def __init__(self, make: Callable[..., QuerySet]) -> None:
        self._make = make
        self._made: dict[str, tuple[str, list[Any]]] = {}
        self._lock = threading.Lock()

    def __call__(self, *args: str) -> list[tuple]:
        made = self._made.get(connection.vendor) or self._prepare(len(args))
        sql, params = made
        with connection.cursor() as cursor:
            cursor.execute(sql, [args[p] if isinstance(p, int) else p[0] for p in params])
            return cursor.fetchall()

    def _prepare(self, count: int) -> tuple[str, list[Any]]:
        """The SQL, and for each of its params which argument it is, or its own value."""
        with self._lock:
            marks = [f"{_MARK}{number}" for number in range(count)]
            sql, params = self._make(*marks).query.sql_with_params()
            places = [marks.index(p) if p in marks else (p,) for p in params]
            self._made[connection.vendor] = sql, places
            return sql, places


_card_row = Asked(lambda id: AccountCard.objects.filter(pk=id).values_list("name", "values"))
_person_row = Asked(lambda id: Person.objects.filter(pk=id).values_list("email", "merged_into"))
_decided = Asked(
    lambda visit: VisitOutcome.objects.filter(visit_id=visit).values_list("outcome", "offer")
)
_last_decided = Asked(
    lambda account, subscription: (
        VisitOutcome.objects.filter(
            account_id=account,
            subscription_id=subscription,
            mode="live",
            outcome__in=("canceled", "returned"),
        )
        .order_by("-at", "-id")
        .values_list("outcome")[:1]
    )
)
# By the account alone, which has few: asked for a mode too, SQLite looks through all of that mode.
_visits = Asked(
    lambda account: (
        Visit.objects.filter(account_id=account)
        .order_by("-opened_at")
        .values_list("visit_id", "opened_at", "subscription_id", "mode", "has_seen_offers")
    )
)
_links = Asked(
    lambda id: IdentityLink.objects.filter(kind="account", canonical_id=id).values_list("id")[:1]
)
_given = Asked(lambda id: Concession.objects.filter(account_id=id).values_list("mode"))
_arms = Asked(
    lambda experiment, account: Assignment.objects.filter(
        experiment=experiment, account_id=account
    ).values_list("arm", "share")
)
_stays = Asked(
    lambda id: SegmentMember.objects.filter(
        over="account", subject_id=id, left_at=None
    ).values_list("segment")
)


def card_row(account_id: str) -> tuple[str, dict[str, Any]] | None:
    """Name and values of an account's card."""
    for name, values in _card_row(account_id):
        return name, msgspec.json.decode(values) if isinstance(values, str) else values
    return None


def address_of(person_id: str) -> str:
    """The mail address of a person, or of whom they were merged into; "" where none is known."""
    for _ in range(2):
        rows = _person_row(person_id) if person_id else []
        if not rows:
            return ""
        [(email, merged_into)] = rows
        if not merged_into:
            return email
        person_id = merged_into
    return ""


def decided_in(visit_id: str) -> dict[str, str]:
    """What was decided in a visit, with the offer that it names."""
    return dict(_decided(visit_id))


def last_decided(account_id: str, subscription_id: str) -> str:
    """What was decided last of a subscription, in live mode: canceled, returned, or nothing."""
    rows = _last_decided(account_id, subscription_id)
    return rows[0][0] if rows else ""


def offers_seen_at(account_id: str, subscription_id: str, but_for: str) -> datetime | None:
    """When a visit was opened in which offers were seen last, besides one."""
    for visit_id, at, subscription, mode, has_seen in _visits(account_id):
        if (subscription, mode) == (subscription_id, "live") and has_seen and visit_id != but_for:
            at = datetime.fromisoformat(at) if isinstance(at, str) else at
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def has_history(account_id: str) -> bool:
    """Whether anything was ever given to the account, or it was merged with another."""
    return ("live",) in _given(account_id) or bool(_links(account_id))


def arm_of(experiment: str, account_id: str, hold_out_share: float) -> Arm:
    """What `proof.assignment.held_arm` gives, soon for whom no other account was merged into."""
    if _links(account_id):
        return held_arm(experiment, account_id, hold_out_share)
    for name, share in _arms(experiment, account_id):
        return Arm(name, share)
    return assign(experiment, account_id, hold_out_share, home_salt())


def segments_now(account_id: str) -> frozenset[str]:
    """The segments that the account is in."""
    return frozenset(segment for (segment,) in _stays(account_id))
