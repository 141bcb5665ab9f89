"""A product file's text, read: every mistake with its place and what to do about it."""

import re
from collections.abc import Iterable
from functools import lru_cache

from tenure.card.product_parts import (
    SEATS,
    Feature,
    FirstValue,
    Intent,
    Limit,
    Outcome,
    Plan,
    Product,
    Reach,
    Role,
    Step,
)
from tenure.definitions.toml_file import Fields
from tenure.kit.web_address import web_address

COUNTS = ("events", "value", "sum", "people", "seats")
PERIODS = ("ever", "month")
ROLES = ("buyer", "implementer", "user", "executive")
SETS_APART = ("product", "plan")
OUTCOME_DAYS = 28  # four whole weeks: each weekday counts as often as the others
DAYS_MAX = 3650
OWN_LINKS = ("app", "choices")  # that messages have without being told

_SLUG = re.compile(r"[a-z][a-z0-9_]{0,62}")


def read_product(text: str, where: str) -> Product:
    """The product that the text describes.

    Raises BadDefinition, `product.toml: feature[2].plans: there is no plan 'Pro'; did you mean
    'Pro Plus'?`, for the first mistake.
    """
    return _read(text, where)


@lru_cache(maxsize=16)
def _read(text: str, where: str) -> Product:
    top = Fields.of(text, where)
    name = top.table("product").text("name", "")
    plans_read = top.tables("plan")
    limits = _limits(top.tables("limit"))
    plans = _plans(plans_read, [limit.name for limit in limits])
    if any(SEATS in plan.limits for plan in plans) and SEATS not in {one.name for one in limits}:
        limits.append(Limit(SEATS, "Seats", "seats", "", "", "ever"))
    product = Product(
        name=name,
        features=_features(top.tables("feature"), [plan.name for plan in plans]),
        plans=tuple(plans),
        limits=tuple(limits),
        roles=_roles(top.tables("role")),
        first_value=_first_value(top.table("first_value")),
        outcomes=_outcomes(top.tables("outcome")),
        reach=tuple(
            Reach(each.text("event"), each.text("property", "")) for each in top.tables("reach")
        ),
        intents=tuple(_intent(each) for each in top.tables("intent")),
        links=_links(top.table("links")),
    )
    top.done()
    return product


def _features(tables: list[Fields], plans: list[str]) -> tuple[Feature, ...]:
    features = []
    for each in tables:
        name = _slug(each, {one.name for one in features})
        title = _title(each, name)
        events = _events(each)
        sets_apart = each.texts("sets_apart", [])
        _all_known(each, "sets_apart", "value", sets_apart, SETS_APART)
        contained_in = each.texts("plans", plans)
        _all_known(each, "plans", "plan", contained_in, plans)
        features.append(
            Feature(
                name, title, events, "product" in sets_apart, "plan" in sets_apart,
                tuple(contained_in),
            )
        )  # fmt: skip
    return tuple(features)


def _limits(tables: list[Fields]) -> list[Limit]:
    limits: list[Limit] = []
    for each in tables:
        name = _slug(each, {one.name for one in limits})
        title = _title(each, name)
        counts = each.text("counts", among=COUNTS)
        event, prop = each.text("event", ""), each.text("property", "")
        if counts in ("people", "seats") and event:
            raise each.refuse("event", f"{counts} are counted without an event; leave it out")
        if counts in ("events", "value", "sum") and not event.strip():
            raise each.refuse("event", f"this is missing; name the event whose {counts} count")
        if counts in ("value", "sum") and not prop.strip():
            raise each.refuse("property", f"this is missing; name the property of {event!r}")
        if counts not in ("value", "sum") and prop:
            raise each.refuse("property", f"{counts} are counted without it; leave it out")
        limits.append(
            Limit(name, title, counts, event, prop, each.text("period", "ever", among=PERIODS))
        )
    return limits


def _plans(tables: list[Fields], limits: list[str]) -> list[Plan]:
    plans: list[Plan] = []
    for each in tables:
        name = each.text("name")
        if name in {plan.name for plan in plans}:
            raise each.refuse("name", f"{name!r} stands here twice; name each plan once")
        caps = each.table("limits")
        prices, yearly = _prices(each, "list_price_minor"), _prices(each, "list_price_year_minor")
        for limit in caps.values:
            if limit != SEATS and limit not in limits:
                raise caps.unknown(limit, "limit", limit, [*limits, SEATS])
        plans.append(
            Plan(
                name,
                each.flag("per_seat", default=False),
                prices,
                {limit: caps.whole(limit, least=1) for limit in caps.values},
                yearly,
            )
        )
    return plans


def _prices(plan: Fields, field: str) -> dict[str, int]:
    prices = plan.table(field)
    for currency in prices.values:
        if not re.fullmatch("[A-Z]{3}", currency):
            raise prices.refuse(currency, f"{currency!r} is no currency; write it as EUR")
    return {currency: prices.whole(currency) for currency in prices.values}


def _roles(tables: list[Fields]) -> tuple[Role, ...]:
    roles: list[Role] = []
    taken: dict[str, str] = {}
    for each in tables:
        name = each.text("name", among=ROLES)
        if name in {role.name for role in roles}:
            raise each.refuse("name", f"{name!r} stands here twice; put all values under one")
        values = tuple(dict.fromkeys(value.strip().lower() for value in each.texts("values")))
        for value in values:
            if value in taken:
                raise each.refuse("values", f"{value!r} means {taken[value]!r} already; choose one")
            taken[value] = name
        roles.append(Role(name, values))
    return tuple(roles)


def _first_value(table: Fields) -> FirstValue:
    title = table.text("title", "")
    steps: list[Step] = []
    for each in table.tables("step"):
        name = _slug(each, {step.name for step in steps})
        steps.append(
            Step(
                name,
                _title(each, name),
                each.text("event"),
                each.whole("within_days", None, least=1, most=DAYS_MAX),
                each.text("next", ""),
            )
        )
    if title and not steps:
        raise table.refuse("step", "there is none; write each one as [[first_value.step]]")
    return FirstValue(title, tuple(steps))


def _outcomes(tables: list[Fields]) -> tuple[Outcome, ...]:
    outcomes: list[Outcome] = []
    taken: dict[str, str] = {}
    for each in tables:
        name = _slug(each, {one.name for one in outcomes})
        title = _title(each, name)
        said = [name, title, *each.texts("values", [])]
        values = tuple(dict.fromkeys(value.strip().lower() for value in said))
        for value in values:
            if value in taken:
                raise each.refuse("values", f"{value!r} means {taken[value]!r} already; choose one")
            taken[value] = name
        days = each.whole("within_days", OUTCOME_DAYS, least=1, most=DAYS_MAX)
        outcomes.append(Outcome(name, title, _events(each), days, values))
    return tuple(outcomes)


def _intent(each: Fields) -> Intent:
    event, page = each.text("event", ""), each.text("page", "")
    if bool(event.strip()) == bool(page.strip()):
        raise each.refuse("event", 'name either an event or a page, as page = "*/cancel*"')
    return Intent(event, page)


def _links(table: Fields) -> dict[str, str]:
    found = {}
    for name in table.values:
        if not _SLUG.fullmatch(name) or name in OWN_LINKS:
            raise table.refuse(name, f"{name!r} is no name of a page; use a-z, 0-9 and _")
        link = table.text(name).strip()
        is_address = web_address(link) is not None
        is_path = link.startswith("/") and not link.startswith("//")
        if not (is_address or is_path) or any(letter.isspace() for letter in link):
            raise table.refuse(
                name, f'{link!r} leads nowhere; write "/billing", or "https://example.com/billing"'
            )
        found[name] = link
    return found


def _events(each: Fields) -> tuple[str, ...]:
    events = each.texts("events")
    if not events:
        raise each.refuse("events", "this is empty; name at least one event")
    return tuple(events)


def _slug(each: Fields, taken: set[str]) -> str:
    name = each.text("name")
    if not _SLUG.fullmatch(name):
        raise each.refuse(
            "name", f"{name!r} is no name; use a-z, 0-9 and _, and put other words in `title`"
        )
    if name in taken:
        raise each.refuse("name", f"{name!r} stands here twice; give one another name")
    return name


def _title(each: Fields, name: str) -> str:
    return each.text("title", "").strip() or title_of(name)


def _all_known(
    each: Fields, field: str, what: str, values: Iterable[str], known: Iterable[str]
) -> None:
    names = list(known)
    for value in values:
        if value not in names:
            raise each.unknown(field, what, value, names)


def title_of(name: str) -> str:
    """A title for people from a name: `report_export` gives `Report export`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
