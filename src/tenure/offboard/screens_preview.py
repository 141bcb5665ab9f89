"""Every screen of a flow that is not in force yet, as somebody would see it.

    preview(text, "flows/acme.toml", language="zh-hant", shape="direct", card=card, now=now)

With a card it is that account's own; without one, what is shown of an account is an example, and
says so on each block. Nothing is recorded, and no step of a preview leads anywhere.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.card.card_of import Card
from tenure.card.models import AccountCard
from tenure.card.product import product
from tenure.card.product_parts import Product
from tenure.lake.reading import company_day
from tenure.offboard.facts import Facts, Record
from tenure.offboard.facts_known import facts_of
from tenure.offboard.flow_file import read_flow
from tenure.offboard.flow_parts import DIRECT, SHAPES, Flow
from tenure.offboard.passage import (
    ACCEPT,
    HOLD_OUT,
    TREATED,
    Ask,
    Passage,
    Shown,
    Step,
    begin,
    take,
    wants_offers,
    with_offers,
)
from tenure.offboard.screens_drawn import fragment, page, policy_of, style_of
from tenure.offboard.screens_made import screen_of
from tenure.offers.book import offer_book
from tenure.offers.choosing import choose
from tenure.offers.history import History
from tenure.offers.learned import NOTHING
from tenure.offers.wanted import Wanted
from tenure.reasons.taxonomy import taxonomy

WHOLE, HELD_OUT, AGAIN, UNKNOWN = "whole", "held_out", "again", "unknown"
SCENARIOS = (WHOLE, HELD_OUT, AGAIN, UNKNOWN)  # unknown: an account of which nothing is known
SCHEMES = ("", "light", "dark")  # empty: as the reader's system has it


@dataclass(frozen=True, slots=True)
class Preview:
    """One screen: as a page of its own with its policy, and as the embed would show it."""

    name: str
    title: str
    page: str
    policy: str
    fragment: str
    style: str


def preview(  # noqa: PLR0913
    text: str, where: str, *, language: str, shape: str, now: datetime, scenario: str = WHOLE,
    card: Card | None = None, reason: str = "", scheme: str = "",
) -> list[Preview]:  # fmt: skip
    """The screens in the order in which they are met, then the ends.

    `reason` is what the visitor answers; the flow's first where it is empty. `scheme` is light or
    dark, whatever the reader's system says. Raises BadDefinition for a text that is no flow, and
    InvalidInput for what the flow does not have.
    """
    flow = read_flow(text, where, taxonomy())
    _check(flow, language, shape, scenario, scheme)
    facts = _facts(flow, card, now, is_known=scenario != UNKNOWN)
    codes = [each.code for each in flow.why.reasons]
    answers = {"reason": reason or (codes[0] if codes else "")}
    first = _first(flow, facts, language, shape, now, scenario)
    shown = _offers(flow, facts, card, answers["reason"], language, now)
    style = style_of(flow)
    if scheme:
        style += f":host,body{{--tenure-scheme:{scheme}}}"
    return [_drawn(each, flow, facts, style) for each in _walked(first, flow, answers, shown)]


def _check(flow: Flow, language: str, shape: str, scenario: str, scheme: str) -> None:
    for field, value, known in (
        ("language", language, flow.languages),
        ("shape", shape, SHAPES),
        ("scenario", scenario, SCENARIOS),
        ("scheme", scheme, SCHEMES),
    ):
        if value not in known:
            raise InvalidInput(f"{field} is {value!r}; use {', '.join(known)}", field=field)


def _first(  # noqa: PLR0913
    flow: Flow, facts: Facts, language: str, shape: str, now: datetime, scenario: str
) -> Passage:
    ask = Ask(account="example", subscription="example", mode="live", exp=0, nonce="preview")
    arm = HOLD_OUT if scenario == HELD_OUT else TREATED
    return begin(
        ask,
        flow,
        facts,
        visit_id=f"preview {flow.digest}",
        shape=shape,
        arm=arm,
        share=1.0,
        language=language,
        now=now,
        is_repeat=scenario == AGAIN,
    )


def _walked(
    passage: Passage, flow: Flow, answers: dict[str, str], shown: Sequence[Shown]
) -> Iterator[Passage]:
    """Each screen once: to the confirmation, out, and what lies beside the way."""
    beside = []
    yield passage
    while passage.screen != passage.path[-1]:
        passage = _next(passage, flow, "next", answers, shown)
        yield passage
        if passage.screen == "offers" and passage.shown:
            beside.append(_next(passage, flow, ACCEPT + passage.shown[0].name, {}, shown))
    beside.append(_next(passage, flow, "stay", {}, shown))
    left = _next(passage, flow, "leave", {}, shown)
    yield left
    if left.shape == DIRECT:
        yield _next(left, flow, "answer", answers, shown)
    yield _next(left, flow, "return", {}, shown)
    yield from beside


def _next(
    passage: Passage, flow: Flow, action: str, values: dict[str, str], shown: Sequence[Shown]
) -> Passage:
    moved = take(passage, flow, Step(action, values))
    return with_offers(moved, flow, shown) if wants_offers(moved, flow) else moved


def _drawn(passage: Passage, flow: Flow, facts: Facts, style: str) -> Preview:
    screen = screen_of(passage, flow, facts)
    return Preview(
        name=screen.name,
        title=screen.title,
        page=page(screen, flow, passage, token="", action="", style=style),
        policy=policy_of(style),
        fragment=fragment(screen, flow, passage, token="", action=""),
        style=style,
    )


def _facts(flow: Flow, card: Card | None, now: datetime, *, is_known: bool) -> Facts:
    home: Home = settings.TENURE_HOME
    zone, today = home.company.time_zone, company_day(home, now)
    if not is_known:
        return Facts(today=today, time_zone=zone)
    if card is not None:
        names = AccountCard.objects.filter(pk=card.id).values_list("name", flat=True)
        name = names.first() or card.id
        return facts_of(card.values, product(), today=card.today, time_zone=zone, name=name)
    return example_facts(product(), Facts(today=today, time_zone=zone))


def example_facts(sold: Product, known: Facts) -> Facts:
    """What an account of this product might have: its own words, and days and counts made up."""
    today = known.today
    titles = tuple(feature.title for feature in sold.features)
    return Facts(
        today=today,
        time_zone=known.time_zone,
        plan=sold.plans[0].name if sold.plans else "",
        period_ends_on=today + timedelta(days=20),
        required_outcome=sold.outcomes[0].title if sold.outcomes else "",
        outcome_stated_on=today - timedelta(days=300),
        outcome_reached_on=today - timedelta(days=240) if sold.outcomes else None,
        first_value=sold.first_value.title,
        first_value_on=today - timedelta(days=280) if sold.first_value.title else None,
        began_on=today - timedelta(days=310),
        active_days=140,
        people=5,
        records=tuple(
            Record(title, count, today) for title, count in zip(titles, (240, 36, 12), strict=False)
        ),
        features=titles[:4],
        is_example=True,
    )


def _offers(  # noqa: PLR0913
    flow: Flow, facts: Facts, card: Card | None, reason: str, language: str, now: datetime
) -> tuple[Shown, ...]:
    """Those that the rules would choose first for this card, its history left out."""
    if flow.offers.at_most == 0:
        return ()
    asked = card or _example_card(facts)
    wanted = Wanted(
        account_id=asked.id,
        card=asked,
        now=now,
        reason=reason,
        mode="test",
        allowed=flow.offers.show,
        language=language,
        at_most=flow.offers.at_most,
    )
    choice = choose(wanted, offer_book(), History(facts.today), NOTHING, random.Random(0))
    return choice.shown


def _example_card(facts: Facts) -> Card:
    values: dict[str, object] = {
        "status": "paying",
        "plan": facts.plan or None,
        "billing_interval": "month",
        "mrr_minor": 10_000,
        "renews_on": facts.period_ends_on,
        "first_value_on": facts.first_value_on,
        "paying_since_on": facts.began_on,
        "stage": "active",
    }
    return Card("example", values, None, facts.today)
