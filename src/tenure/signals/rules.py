"""When is something worth a signal? The thresholds of each kind, and the kinds of the operator.

`signals.toml` overrides any of them; docs/signals.md says what each means. What is sold (features,
limits, steps) is the product file's, which is part of the rules here.
"""

from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

from django.conf import settings

from tenure.base.ids import digest
from tenure.card.product import Product, read_product
from tenure.definitions.store import current
from tenure.definitions.toml_file import Fields
from tenure.signals.days import Calendar
from tenure.signals.declared import Declared, declared_kinds

KIND = "signals"
WHERE = "signals.toml"
URGENCIES = ("now", "soon", "watch")


@dataclass(frozen=True, slots=True)
class CancelIntent:
    """What says that somebody thinks of leaving. `joins_within_days`: one signal for all of it."""

    on: bool = True
    joins_within_days: int = 14
    events: tuple[str, ...] = (
        "Cancel Page Viewed",
        "Cancel Button Hovered",
        "Cancel Button Clicked",
        "Cancellation Started",
    )
    pages: tuple[str, ...] = ("*/cancel", "*/cancel/*", "*/cancel[?]*", "*/cancellation*")
    export_events: tuple[str, ...] = ("Data Exported", "Account Data Exported")
    heartbeat_event: str = "Widget Alive"
    heartbeat_least_days: int = 5  # days on which a widget was alive before its silence tells
    heartbeat_silent_days: int = 2  # whole days, at least


@dataclass(frozen=True, slots=True)
class NearLimit:
    on: bool = True
    at_percent: tuple[int, ...] = (80, 100)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A silence tells when the own rhythm makes it less likely than `likely_percent`."""

    on: bool = True
    likely_percent: float = 1.0
    least_days: int = 8  # active days
    least_span_days: int = 28  # from the first to the last of them
    least_silence_days: int = 7  # whole days, whatever the rhythm says


@dataclass(frozen=True, slots=True)
class PaidFeatureUnused:
    on: bool = True
    after_days: int = 30  # since the plan was taken


@dataclass(frozen=True, slots=True)
class StuckAtStep:
    on: bool = True


@dataclass(frozen=True, slots=True)
class ChampionLeft:
    """Who was there on most days, and goes. Theirs is the rhythm of `gone_quiet`."""

    on: bool = True
    over_days: int = 90
    least_days: int = 8  # on which a champion was there
    others_days: int = 3  # on which others were, since: the account goes on
    least_silence_days: int = 21
    events: tuple[str, ...] = (
        "Account Removed User",
        "Email Bounced",
        "User Deactivated",
        "Person Deactivated",
        "User Deleted",
    )


@dataclass(frozen=True, slots=True)
class PersonAtNewCompany:
    on: bool = True
    silent_days: int = 30  # in the account where they were known, unless they were removed there
    least_days: int = 3  # on which they were there


@dataclass(frozen=True, slots=True)
class PaymentTrouble:
    on: bool = True
    card_days: tuple[int, ...] = (30, 7)  # before a card expires
    card_event: str = "Card Expires"


@dataclass(frozen=True, slots=True)
class HandOver:
    on: bool = True
    founding_days: int = 30  # who was there in these chose it
    after_days: int = 90  # of the account's life, at the earliest
    silent_days: int = 45  # of all who chose it
    least_people: int = 2  # who use it now, over the last 30 days
    least_days: int = 8  # on which they did


@dataclass(frozen=True, slots=True)
class ConversationSilence(Rhythm):
    least_days: int = 6
    least_span_days: int = 42
    events: tuple[str, ...] = (
        "Conversation Started",
        "Chat Message Sent",
        "Message Received",
        "Email Received",
        "Email Replied",
        "Call Logged",
        "Meeting Held",
    )


@dataclass(frozen=True, slots=True)
class AccountAcquiredOrClosing:
    on: bool = True
    joins_within_days: int = 90
    redirect_event: str = "Domain Redirected"
    bounce_event: str = "Email Bounced"
    bounced_people: int = 2
    bounced_within_days: int = 30


@dataclass(frozen=True, eq=False)
class Rules:
    """All that the kinds go by. `product` and `calendar` come from elsewhere.

    The same rules are the same object, so that what follows from them can be kept beside it.
    """

    raise_back_days: int = 30
    note_events: tuple[str, ...] = ("Call Logged", "Note Added")
    cancel_intent: CancelIntent = CancelIntent()
    near_limit: NearLimit = NearLimit()
    gone_quiet: Rhythm = Rhythm()
    paid_feature_unused: PaidFeatureUnused = PaidFeatureUnused()
    stuck_at_step: StuckAtStep = StuckAtStep()
    champion_left: ChampionLeft = ChampionLeft()
    person_at_new_company: PersonAtNewCompany = PersonAtNewCompany()
    payment_trouble: PaymentTrouble = PaymentTrouble()
    hand_over: HandOver = HandOver()
    conversation_silence: ConversationSilence = ConversationSilence()
    account_acquired_or_closing: AccountAcquiredOrClosing = AccountAcquiredOrClosing()
    declared: tuple[Declared, ...] = ()
    product: Product = field(default_factory=Product)
    calendar: Calendar = field(default_factory=lambda: Calendar("UTC"), repr=False)
    digest: str = ""  # of what states follow from; two with the same one raise the same


KINDS = tuple(
    each.name
    for each in fields(Rules)
    if each.name
    not in ("raise_back_days", "note_events", "declared", "product", "calendar", "digest")
)


def rules_in_force(time_zone: str | None = None) -> Rules:
    """The rules that hold: of `signals.toml`, else the defaults, with the product in force."""
    held, sold = current(KIND), current("product")
    zone = time_zone or settings.TENURE_HOME.company.time_zone
    return _in_force(held.text if held else "", sold.text if sold else "", zone)


@lru_cache(maxsize=4)
def _in_force(text: str, product_text: str, zone: str) -> Rules:
    read, sold = read_rules(text, WHERE), read_product(product_text, "product.toml")
    return replace(read, product=sold, calendar=Calendar(zone), digest=_digest(read, sold, zone))


def _digest(read: Rules, sold: Product, zone: str) -> str:
    """Of all that states follow from: not of prices, roles or outcomes, nor of remarks."""
    plans = [(plan.name, sorted(plan.limits.items())) for plan in sold.plans]
    used = (sold.features, plans, sold.limits, sold.first_value, sold.intents)
    return digest(zone, repr(read), repr(used))


def read_rules(text: str, where: str) -> Rules:
    """What the text says; the rest as it is by default. Raises BadDefinition."""
    top = Fields.of(text, where)
    changes: dict[str, Any] = {
        "raise_back_days": top.whole("raise_back_days", Rules.raise_back_days),
        "note_events": tuple(top.texts("note_events", Rules.note_events)),
    }
    for kind in KINDS:
        changes[kind] = _overridden(getattr(Rules, kind), top.table(kind))
    changes["declared"] = declared_kinds(top.tables("kind"), [*KINDS, "signals"])
    top.done()
    return Rules(**changes)


def check_signals(text: str, where: str) -> list[str]:
    """What the text's own reader lets pass although it will never fire, or always.

    Raises BadDefinition as `read_rules` does.
    """
    read = read_rules(text, where)
    found = [
        f"{where}: {kind}: it is switched off, so no such signal will come"
        for kind in KINDS
        if not getattr(read, kind).on
    ]
    if not read.near_limit.at_percent:
        found.append(f"{where}: near_limit.at_percent: it is empty, so no such signal will come")
    pages = [("cancel_intent.pages", page) for page in read.cancel_intent.pages]
    pages += [(f"kind {each.name}", each.page) for each in read.declared if each.page]
    found += [
        f"{where}: {named}: {page!r} fits every page, so every visit will be a signal"
        for named, page in pages
        if not page.strip("*/?")
    ]
    return found


def _overridden(default: Any, table: Fields) -> Any:
    """The default with what the table says in its place, by the type of each field."""
    changes: dict[str, Any] = {}
    for each in fields(default):
        value = getattr(default, each.name)
        if isinstance(value, bool):
            changes[each.name] = table.flag(each.name, value)
        elif isinstance(value, int):
            least = 0 if each.name.startswith("raise") else 1
            changes[each.name] = table.whole(each.name, value, least=least)
        elif isinstance(value, float):
            changes[each.name] = _percent(table, each.name, value)
        elif isinstance(value, str):
            changes[each.name] = table.text(each.name, value)
        elif value and isinstance(value[0], int):
            changes[each.name] = tuple(table.wholes(each.name, value))
        else:
            changes[each.name] = tuple(table.texts(each.name, value))
    return type(default)(**changes)


def _percent(table: Fields, name: str, default: float) -> float:
    value = table.number(name, default)
    if not 0 < value < 50:
        raise table.refuse(name, f"{value} is not between 0 and 50; write a percentage such as 1")
    return value
