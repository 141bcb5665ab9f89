"""The card of one account or person: now, or with what was known at a time.

Now an account's card is one row of state; a person's, and every past one, is computed from the
lake, reading what concerns it alone. A past card asks state nothing: an id stands for whom it stood
for then.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.base.errors import InvalidInput, NotFound
from tenure.base.home import Home
from tenure.card.catalogue import ACCOUNT, PERSON, account_columns, person_columns
from tenure.card.models import AccountCard
from tenure.customers.merging import canonical_id
from tenure.kit.wide_relation import Column
from tenure.lake.reading import Only, company_day, reading

THREADS = 2


@dataclass(frozen=True, slots=True)
class Card:
    """`values` holds every column of the catalogue by name; `id` is canonical, and may be another
    than was asked for. `as_of` is None for the card of now; `today` is the company's day.
    """

    id: str
    values: dict[str, object]
    as_of: datetime | None
    today: date


def account_card(
    home: Home, account_id: str, *, now: datetime, as_of: datetime | None = None
) -> Card:
    """The card of the account that this id leads to. Raises NotFound when there is none (yet), and
    InvalidInput when `as_of` lies after today.
    """
    columns = account_columns()
    if as_of is not None:
        return _from_lake(home, ACCOUNT, account_id, columns, now=now, as_of=as_of)
    id = canonical_id("account", account_id)
    held = AccountCard.objects.filter(pk=id).values_list("values", flat=True).first()
    if held is None:
        raise _no_account(account_id)
    return held_card(id, held, company_day(home, now))


def held_card(account_id: str, held: Mapping[str, object], today: date) -> Card:
    """The card of now from `AccountCard.values`, for who has read the row already."""
    return Card(account_id, _whole(account_columns(), held, today), None, today)


def person_card(
    home: Home, person_id: str, *, now: datetime, as_of: datetime | None = None
) -> Card:
    """The card of the person that this id leads to. Raises as `account_card` does."""
    return _from_lake(home, PERSON, person_id, person_columns(), now=now, as_of=as_of)


def read_as_of(home: Home, text: str) -> datetime:
    """What `2025-03-01` (the end of that day, in the company's zone) or `2025-03-01T14:30:00Z` (an
    instant; UTC when it names no zone) means. Raises InvalidInput for anything else.
    """
    try:
        if len(text.strip()) <= len("2025-03-01"):
            after = date.fromisoformat(text.strip()) + timedelta(days=1)
            zone = ZoneInfo(home.company.time_zone)
            begins = datetime.combine(after, time(), tzinfo=zone).astimezone(UTC)
            return begins - timedelta(microseconds=1)
        at = datetime.fromisoformat(text.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(
            f"as_of is {text!r}; write a day as 2025-03-01, or an instant as 2025-03-01T14:30:00Z",
            field="as_of",
        ) from None


def check_past(home: Home, as_of: datetime, now: datetime) -> None:
    """Raises InvalidInput when `as_of` lies after today: nobody knows yet what was known then."""
    if company_day(home, as_of) > company_day(home, now):
        raise InvalidInput(
            f"as_of is {as_of:%Y-%m-%d %H:%M} UTC, which is still to come; name a past time",
            field="as_of",
        )


def _from_lake(
    home: Home,
    relation: str,
    id: str,
    columns: Mapping[str, Column],
    *,
    now: datetime,
    as_of: datetime | None,
) -> Card:
    if as_of is not None:
        check_past(home, as_of, now)
    kind = "account" if relation == ACCOUNT else "person"
    only = Only(accounts=[id]) if relation == ACCOUNT else Only(people=[id])
    known_at = min(as_of, now) if as_of is not None else None
    with reading(home, known_at, THREADS, only=only) as reader:
        found = reader.relation(relation).to_pylist()
        [canonical] = reader.canonical_ids(kind, [id])
    today = company_day(home, as_of or now)
    key = f"{kind}_id"
    for row in found:
        if row.pop(key) == canonical:
            return Card(canonical, with_days(columns, row, today), as_of, today)
    if as_of is None:
        raise NotFound(f"there is no {kind} {id!r}; its id is what events and files call it")
    raise NotFound(f"nothing was known of the {kind} {id!r} at {as_of:%Y-%m-%d %H:%M} UTC")


def _whole(columns: Mapping[str, Column], held: Mapping[str, object], today: date) -> dict:
    """All columns from those that state keeps: without nulls and defaults, and as JSON has them."""
    values = {
        name: _read(column, held[name]) if name in held else column.default
        for name, column in columns.items()
    }
    return with_days(columns, values, today)


def with_days(columns: Mapping[str, Column], values: dict[str, object], today: date) -> dict:
    """The values, with those that count days since or until one of them, as of `today`."""
    for name, column in columns.items():
        if column.since or column.until:
            on = values[column.since or column.until]
            days = None if on is None else (today - on).days * (1 if column.since else -1)
            values[name] = days if days is None or days >= 0 else None
    return values


def _read(column: Column, value: object) -> object:
    if column.type == "date":
        return date.fromisoformat(value)
    if column.type == "timestamptz":
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


def _no_account(account_id: str) -> NotFound:
    near = AccountCard.objects.filter(account_id__iexact=account_id.strip())
    named = AccountCard.objects.filter(name__iexact=account_id.strip())
    for found in (*near[:1], *named[:1]):
        return NotFound(f"there is no account {account_id!r}; did you mean {found.account_id!r}?")
    return NotFound(
        f"there is no account {account_id!r}; its id is what events and billing files call it, "
        "and its card is there after the next refresh"
    )
