"""The kinds a file can be of, and the fields that each may fill.

A row of a kind becomes one or more *parts*, each an event or a billing fact: a subscription has a
start, an end and a notice; a ticket is opened and closed. `<parts>.sql` says how, here for events
and in `billing/sql` for facts.
"""

from dataclasses import dataclass

TEXT, INSTANT, BOOLEAN, INTEGER, DECIMAL = "text", "instant", "boolean", "integer", "decimal"
AMOUNT, INTERVAL, STATUS, CURRENCY, LIST = "amount", "interval", "status", "currency", "list"

DUCKDB_TYPES = {
    TEXT: "varchar",
    INSTANT: "timestamptz",
    BOOLEAN: "boolean",
    INTEGER: "bigint",
    DECIMAL: "varchar",  # kept as written, once it is known to be a number
    AMOUNT: "bigint",
    INTERVAL: "varchar",
    STATUS: "varchar",
    CURRENCY: "varchar",
    LIST: "varchar",
}

INTERVAL_WORDS = {
    "day": "day", "daily": "day",
    "week": "week", "weekly": "week",
    "month": "month", "monthly": "month",
    "quarter": "quarter", "quarterly": "quarter",
    "year": "year", "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
STATUS_WORDS = {
    "active": "active",
    "trialing": "trialing", "trial": "trialing",
    "past_due": "past_due", "past due": "past_due",
    "free": "free",
    # The subscription is over from the start of this row.
    "ended": "ended", "canceled": "ended", "cancelled": "ended", "expired": "ended",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind: its type, what it means, and where else its value is kept.

    `kept_as` is its name among the event's properties; `again` puts it into the second part too.
    `is_final` keeps it out of the past: it is known only when the file is imported.
    """

    type: str
    words: str
    required: bool = False
    kept_as: str = ""
    again: bool = False
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """What rows of one kind say.

    `parts` names the SQL file that makes their parts. `id_fields` know a row when the map names no
    key; a kind without them is known by the hash of its values. `second` names the part that comes
    later (an end, a closing), to which the map's `at_end` columns belong. `makes_facts`: its parts
    are billing facts, made by `billing`.
    """

    name: str
    parts: str
    fields: dict[str, Field]
    id_fields: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    second: str = ""
    makes_facts: bool = False


_KNOWN_AT = Field(INSTANT, "when this row was recorded; absent: when it happened")
_ACCOUNT = Field(TEXT, "the account's key")
_ACCOUNT_NEEDED = Field(TEXT, "the account's key", required=True)
_PERSON = Field(TEXT, "the person's user id")
_SUBSCRIPTION = Field(TEXT, "the subscription's id", kept_as="subscription_id")
_HAPPENED = Field(INSTANT, "when it happened", required=True)
_HAS_LEFT = Field(
    BOOLEAN, "final state: whether it had left by the export", kept_as="has_left", is_final=True
)
_CURRENCY = Field(CURRENCY, "ISO 4217 code; absent: the map's `currency`")


def _kind(
    name: str,
    fields: dict[str, Field],
    *,
    id_fields: tuple[str, ...] = (),
    one_of: tuple[str, ...] = (),
    second: str = "",
    makes_facts: bool = False,
) -> Kind:
    return Kind(
        name=name.partition(":")[0],
        parts=f"{name.replace(':', '_')}_parts",
        fields={**fields, "known_at": _KNOWN_AT},
        id_fields=id_fields,
        one_of=one_of,
        second=second,
        makes_facts=makes_facts,
    )


KINDS = {
    "account": _kind(
        "account",
        {
            "account": _ACCOUNT_NEEDED,
            "name": Field(TEXT, "the account's name", kept_as="name"),
            "created_at": Field(INSTANT, "when it signed up", kept_as="createdAt"),
            "person": Field(TEXT, "a person who belongs to it"),
            "has_left": _HAS_LEFT,
        },
        id_fields=("account",),
    ),
    "person": _kind(
        "person",
        {
            "person": Field(TEXT, "the person's user id", required=True),
            "account": _ACCOUNT,
            "name": Field(TEXT, "the person's name", kept_as="name"),
            "email": Field(TEXT, "the person's mail address", kept_as="email"),
            "role": Field(TEXT, "what the person is in the account", kept_as="role"),
            "created_at": Field(INSTANT, "when they signed up", kept_as="createdAt"),
        },
        id_fields=("person", "account"),
    ),
    "event": _kind(
        "event",
        {
            "name": Field(TEXT, "what was done, as `Report Exported`", required=True),
            "occurred_at": _HAPPENED,
            "event": Field(TEXT, "the event's own id", kept_as="event_id"),
            "account": _ACCOUNT,
            "person": _PERSON,
            "anonymous": Field(TEXT, "the id of a visitor who is not known yet"),
            "subscription": _SUBSCRIPTION,
        },
        id_fields=("event",),
        one_of=("account", "person", "anonymous"),
    ),
    "subscription": _kind(
        "subscription",
        {
            "account": _ACCOUNT_NEEDED,
            "subscription": Field(TEXT, "the subscription's id", required=True),
            "version": Field(TEXT, "tells the versions of one subscription apart"),
            "starts_at": Field(INSTANT, "from when the row holds", required=True),
            "ends_at": Field(INSTANT, "first instant at which it no longer does; null: open"),
            "end_known_at": Field(INSTANT, "when the end was recorded"),
            "notice_at": Field(INSTANT, "when it was said that it will end"),
            "status": Field(STATUS, "active, trialing, past_due, free or ended"),
            "is_trial": Field(BOOLEAN, "true: the status is trialing"),
            "plan": Field(TEXT, "the plan's name"),
            "billing_interval": Field(INTERVAL, "day, week, month, quarter or year"),
            "billing_interval_count": Field(INTEGER, "intervals in a billing period; absent: 1"),
            "quantity": Field(INTEGER, "seats"),
            "amount": Field(AMOUNT, "price per billing period, after discount, without tax"),
            "mrr": Field(AMOUNT, "the same per month, where the source says so"),
            "currency": _CURRENCY,
            "has_left": _HAS_LEFT,
        },
        id_fields=("subscription", "version"),
        second="end",
        makes_facts=True,
    ),
    "subscription:pause": _kind(
        "subscription:pause",
        {
            "account": _ACCOUNT_NEEDED,
            "subscription": Field(TEXT, "the subscription's id; absent: all of the account's"),
            "starts_at": Field(INSTANT, "when the pause begins", required=True),
            "ends_at": Field(INSTANT, "first instant after it; null: it lasts"),
            "end_known_at": Field(INSTANT, "when the end was recorded; absent: when it ended"),
        },
        id_fields=("account", "subscription", "starts_at"),
        second="end",
        makes_facts=True,
    ),
    "invoice_line": _kind(
        "invoice_line",
        {
            "line": Field(TEXT, "the line's id"),
            "account": _ACCOUNT_NEEDED,
            "subscription": _SUBSCRIPTION,
            "starts_at": Field(INSTANT, "first instant of the service period", required=True),
            "ends_at": Field(INSTANT, "first instant after the service period"),
            "billing_interval": Field(INTERVAL, "the service period, where no end is given"),
            "billing_interval_count": Field(INTEGER, "intervals in it; absent: 1"),
            "billed_at": Field(INSTANT, "when it was billed: then it was known"),
            "amount": Field(AMOUNT, "after discount, without tax", required=True),
            "tax": Field(AMOUNT, "tax within the amount; is taken off it"),
            "currency": _CURRENCY,
            "quantity": Field(INTEGER, "seats"),
            "plan": Field(TEXT, "the plan's name"),
            "is_recurring": Field(BOOLEAN, "false: a single charge, which is no MRR"),
        },
        id_fields=("line",),
        makes_facts=True,
    ),
    "reason": _kind(
        "reason",
        {
            "account": _ACCOUNT_NEEDED,
            "occurred_at": _HAPPENED,
            "given": Field(TEXT, "the id of this giving of a reason", kept_as="reason_id"),
            "person": _PERSON,
            "subscription": _SUBSCRIPTION,
            "reason": Field(TEXT, "the reason as stated", kept_as="reason"),
            "followed_up": Field(TEXT, "the reason as a follow-up found it", kept_as="followed_up"),
            "text": Field(TEXT, "what they wrote", kept_as="text"),
        },
        id_fields=("given",),
    ),
    "ticket": _kind(
        "ticket",
        {
            "ticket": Field(
                TEXT, "the ticket's id", required=True, kept_as="ticket_id", again=True
            ),
            "opened_at": Field(INSTANT, "when it was opened", required=True),
            "closed_at": Field(INSTANT, "when it was closed; null: it is open"),
            "account": _ACCOUNT,
            "person": _PERSON,
            "subject": Field(TEXT, "what it is about", kept_as="subject"),
        },
        id_fields=("ticket",),
        one_of=("account", "person"),
        second="closing",
    ),
    "incident": _kind(
        "incident",
        {
            "incident": Field(TEXT, "the incident's id", kept_as="incident_id", again=True),
            "title": Field(TEXT, "what broke", kept_as="title", again=True),
            "starts_at": Field(INSTANT, "when it began", required=True),
            "ends_at": Field(INSTANT, "first instant after it; null: it lasts"),
            "features": Field(LIST, "features that were touched", kept_as="features", again=True),
            "accounts": Field(
                LIST,
                "accounts that were touched; absent: everybody",
                kept_as="accounts",
                again=True,
            ),
        },
        id_fields=("incident",),
        second="end",
    ),
    "mention": _kind(
        "mention",
        {
            "mention": Field(TEXT, "the mention's id", kept_as="mention_id"),
            "occurred_at": _HAPPENED,
            "channel": Field(TEXT, "where it was said", kept_as="channel"),
            "author": Field(TEXT, "who said it", kept_as="author"),
            "text": Field(TEXT, "what was said", kept_as="text"),
            "address": Field(TEXT, "where to read it", kept_as="url"),
            "account": _ACCOUNT,
            "person": _PERSON,
        },
        id_fields=("mention",),
    ),
    "metric": _kind(
        "metric",
        {
            "name": Field(TEXT, "the figure's name", required=True),
            "occurred_at": Field(INSTANT, "the time it is of", required=True),
            "value": Field(DECIMAL, "the figure", required=True, kept_as="value"),
            "unit": Field(TEXT, "its unit", kept_as="unit"),
            "account": _ACCOUNT,
        },
        id_fields=("name", "account", "occurred_at"),
    ),
}
NAMES = tuple(dict.fromkeys(kind.name for kind in KINDS.values()))
