"""Which signals a link asks for, and back into links; how many each other choice would show."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.http import QueryDict

from tenure.card.models import AccountCard
from tenure.console.pages.list_link import query_of, read_page_number, read_said
from tenure.segments.models import SegmentMember
from tenure.segments.vocabulary import ACCOUNT
from tenure.signals.models import Signal
from tenure.signals.rules import URGENCIES
from tenure.signals.telling import BY
from tenure.tasks.models import Status

STATES = ("open", "snoozed", "done", "resolved", "all")
OWNERS = ("me", "nobody")  # else a user's name; empty is anyone
PERIODS = (1, 7, 30, 90)  # days back
DEFAULTS = {"state": "open", "page": 1}
_RANK = Case(
    *(When(urgency=each, then=Value(place)) for place, each in enumerate(URGENCIES)),
    default=Value(len(URGENCIES)),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page shows; an empty value asks for any. `days` is how far back, 0 is ever."""

    kind: str = ""
    urgency: str = ""
    owner: str = ""
    state: str = "open"
    account: str = ""
    segment: str = ""
    days: int = 0
    words: str = ""
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether something beside the state is chosen."""
        return any(
            (self.kind, self.urgency, self.owner, self.account, self.segment, self.days, self.words)
        )

    def query(self, **changes: object) -> str:
        """The query string of this choice, with changes; what is default is left out."""
        values: dict[str, object] = {
            "kind": self.kind,
            "urgency": self.urgency,
            "owner": self.owner,
            "state": self.state,
            "account": self.account,
            "segment": self.segment,
            "days": self.days or "",
            "q": self.words,
            "page": self.page,
        }
        return query_of(values | changes, DEFAULTS)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many signals each choice would show, all else as chosen."""

    by_kind: dict[str, int]
    by_urgency: dict[str, int]
    by_state: dict[str, int]


def read_choice(query: QueryDict) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    said = read_said(query)
    days, state, urgency = (said.get(name, "") for name in ("days", "state", "urgency"))
    return Choice(
        kind=said.get("kind", ""),
        urgency=urgency if urgency in URGENCIES else "",
        owner=said.get("owner", ""),
        state=state if state in STATES else "open",
        account=said.get("account", ""),
        segment=said.get("segment", ""),
        days=int(days) if days in map(str, PERIODS) else 0,
        words=said.get("q", ""),
        page=read_page_number(query),
    )


def in_state(state: str, today: date) -> Q:
    """Each signal is in exactly one of open, snoozed, done and resolved.

    Done: somebody closed its task. Resolved: its reason went away before anybody did.
    """
    closed = Q(task__isnull=False) & ~Q(task__status=Status.OPEN)
    by_hand = closed & ~Q(task__closed_by=BY)
    waits = Q(resolved_at=None) & ~closed
    asleep = Q(task__snoozed_until_on__isnull=False, task__snoozed_until_on__gt=today)
    return {
        "open": waits & ~asleep,
        "snoozed": waits & asleep,
        "done": by_hand,
        "resolved": ~waits & ~by_hand,
        "all": Q(),
    }[state]


def chosen(
    choice: Choice, user: Any, now: datetime, today: date, *, without: str = ""
) -> QuerySet[Signal]:
    """The signals, in no order; `without` names one choice that does not count."""
    found = Signal.objects.all()
    for name, value in (
        ("kind", choice.kind),
        ("urgency", choice.urgency),
        ("account_id", choice.account),
    ):
        if value and name != without:
            found = found.filter(**{name: value})
    if choice.owner == "nobody":
        found = found.filter(task__owner=None)
    elif choice.owner:
        name = user.get_username() if choice.owner == "me" else choice.owner
        found = found.filter(task__owner__username=name)
    if choice.segment:
        inside = SegmentMember.objects.filter(segment=choice.segment, over=ACCOUNT, left_at=None)
        found = found.filter(account_id__in=inside.values("subject_id"))
    if choice.days:
        found = found.filter(happened_at__gt=now - timedelta(days=choice.days))
    if choice.words:
        found = found.filter(account_id__in=_accounts_called(choice.words))
    return found if without == "state" else found.filter(in_state(choice.state, today))


def by_account(found: QuerySet[Signal], *, is_urgent_first: bool) -> QuerySet[Any]:
    """Accounts with their number of signals: the most urgent, then the greatest MRR, then the
    latest first; else the latest first.
    """
    mrr = AccountCard.objects.filter(pk=OuterRef("account_id")).values("mrr_minor")[:1]
    accounts = found.order_by().values("account_id")
    accounts = accounts.annotate(
        signals=Count("id"), rank=Min(_RANK), last_at=Max("happened_at"), mrr=Subquery(mrr)
    )
    if is_urgent_first:
        return accounts.order_by("rank", F("mrr").desc(nulls_last=True), "-last_at", "account_id")
    return accounts.order_by("-last_at", "account_id")


def urgent_first(found: QuerySet[Signal]) -> QuerySet[Signal]:
    """Signals of one account: the most urgent, then the latest first."""
    return found.order_by(_RANK, "-happened_at", "-id").select_related("task__owner")


def counts(choice: Choice, user: Any, now: datetime, today: date) -> Counts:
    """What the page's chips say, each of which opens a list of so many."""
    kinds = chosen(choice, user, now, today, without="kind").order_by()
    urgencies = chosen(choice, user, now, today, without="urgency").order_by()
    states = chosen(choice, user, now, today, without="state").order_by()
    return Counts(
        dict(kinds.values_list("kind").annotate(Count("id"))),
        dict(urgencies.values_list("urgency").annotate(Count("id"))),
        states.aggregate(
            **{each: Count("id", filter=in_state(each, today)) for each in STATES if each != "all"}
        ),
    )


def mrr_at_stake(found: QuerySet[Signal]) -> list[tuple[str, int]]:
    """What the accounts of these signals pay a month, by currency, each account once."""
    cards = AccountCard.objects.filter(pk__in=found.order_by().values("account_id"))
    sums = cards.exclude(mrr_minor=0).values_list("currency").annotate(total=Sum("mrr_minor"))
    return [(currency, total) for currency, total in sums.order_by("-total")]


def _accounts_called(words: str) -> QuerySet[Any]:
    cards = AccountCard.objects.all()
    for word in words.split():
        cards = cards.filter(
            Q(name__icontains=word) | Q(domain__icontains=word) | Q(account_id__icontains=word)
        )
    return cards.values("account_id")
