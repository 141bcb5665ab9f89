"""Which accounts a link asks for: words, filters, order; read from the query, back into links."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import QueryDict

from tenure.card.models import AccountCard, Status
from tenure.console.pages.accounts.columns import BY_KEY, COLUMNS, DEFAULT_KEYS, Column
from tenure.console.pages.list_link import query_of, read_page_number
from tenure.console.pages.signals.choose import in_state
from tenure.segments.built_in import STAGES
from tenure.segments.models import SegmentMember
from tenure.segments.vocabulary import ACCOUNT
from tenure.signals.models import Signal

PAGE_ROWS = 50
# Traits that most companies have; those that no account has are not offered.
TRAITS = ("country", "industry", "segment", "size", "region", "referral_source")
FIELDS = {"status": "status", "plan": "plan", "stage": "values__stage"}  # of filters; else traits
MOST_OPTIONS = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page shows. `filters` maps a filter's name to the chosen value."""

    words: str = ""
    filters: dict[str, str] = field(default_factory=dict)
    order: str = "-mrr"
    keys: tuple[str, ...] = tuple(DEFAULT_KEYS)
    page: int = 1

    @property
    def columns(self) -> list[Column]:
        return [column for column in COLUMNS if column.key in self.keys]

    def query(self, **changes: object) -> str:
        """The query string of this choice, with changes; what is default is left out."""
        values: dict[str, object] = {"q": self.words, **self.filters}
        values["sort"] = "" if self.order == "-mrr" else self.order
        values["columns"] = "" if self.keys == tuple(DEFAULT_KEYS) else ",".join(self.keys)
        values["page"] = "" if self.page == 1 else self.page
        return query_of(values | changes)


def read_choice(query: QueryDict) -> Choice:
    """The choice in a link; what it does not understand it leaves out."""
    names = ("status", "stage", "in", "plan", *TRAITS)
    filters = {name: query[name] for name in names if query.get(name)}
    if filters.get("status") not in {None, *Status.values}:
        del filters["status"]
    if filters.get("stage") not in {None, *STAGES}:
        del filters["stage"]
    order = query.get("sort", "-mrr")
    if order.removeprefix("-") not in BY_KEY:
        order = "-mrr"
    keys = query.getlist("column") or query.get("columns", "").split(",")
    known = tuple(key for key in BY_KEY if key in keys or key == "name")
    return Choice(
        words=query.get("q", "").replace("\0", "").strip(),  # PostgreSQL holds no NUL
        filters=filters,
        order=order,
        keys=known if len(known) > 1 else tuple(DEFAULT_KEYS),
        page=read_page_number(query),
    )


def chosen(choice: Choice, today: date) -> QuerySet[AccountCard]:
    """The accounts, in order; those without a value in the ordering column come last."""
    cards = AccountCard.objects.annotate(signals_open=_signals_open(today))
    for word in choice.words.split():
        cards = cards.filter(
            Q(name__icontains=word) | Q(domain__icontains=word) | Q(account_id__icontains=word)
        )
    for name, value in choice.filters.items():
        if name == "in":
            inside = SegmentMember.objects.filter(segment=value, over=ACCOUNT, left_at=None)
            cards = cards.filter(account_id__in=inside.values("subject_id"))
        else:
            cards = cards.filter(**{FIELDS.get(name, f"traits__{name}"): value})
    column = F(BY_KEY[choice.order.removeprefix("-")].order_by)
    order = (
        column.desc(nulls_last=True)
        if choice.order.startswith("-")
        else column.asc(nulls_last=True)
    )
    return cards.order_by(order, "account_id")


def _signals_open(today: date) -> Coalesce:
    """How many signals of the account wait for somebody, as the inbox counts them."""
    waiting = Signal.objects.filter(in_state("open", today), account_id=OuterRef("account_id"))
    counted = waiting.order_by().values("account_id").annotate(n=Count("id")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def mrr_by_currency(cards: QuerySet[AccountCard]) -> list[tuple[str, int]]:
    """What these accounts pay per month, the greatest first."""
    sums = cards.exclude(mrr_minor=0).order_by().values_list("currency")
    return [
        (code, total) for code, total in sums.annotate(total=Sum("mrr_minor")).order_by("-total")
    ]


@lru_cache(maxsize=4)
def filter_options(manifest_number: int, home: str) -> dict[str, list[str]]:
    """For plan and each known trait, the values there are; kept until the next refresh."""
    options = {"plan": _values("plan")}
    for trait in TRAITS:
        options[trait] = _values(f"traits__{trait}")
    return {name: values for name, values in options.items() if len(values) > 1}


def _values(name: str) -> list[str]:
    found = AccountCard.objects.order_by(name).values_list(name, flat=True).distinct()
    return [value for value in found[:MOST_OPTIONS] if isinstance(value, str) and value]
