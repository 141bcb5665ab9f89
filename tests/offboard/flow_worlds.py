"""A flow, an account's facts and a visitor, as the tests of the way out need them. No store."""

from datetime import UTC, date, datetime

from tenure.offboard.facts import Facts, Record, Slot
from tenure.offboard.flow import built_in_text
from tenure.offboard.flow_file import ReadFlow, read_flow, read_whole
from tenure.offboard.flow_parts import Flow
from tenure.offboard.passage import (
    TREATED,
    Passage,
    Shown,
    Step,
    begin,
    take,
    wants_offers,
    with_offers,
)
from tenure.offboard.tokens import Ask
from tenure.reasons.taxonomy import default_taxonomy

TODAY = date(2026, 3, 3)
NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
TAXONOMY = default_taxonomy()
WHERE = "flows/acme.toml"

ASK = Ask(account="acme", subscription="sub_1", mode="live", exp=1_900_000_000, nonce="n" * 16)
RICH = Facts(
    today=TODAY,
    account_name="Marsh & Vale",
    plan="Team",
    billing_interval="month",
    price_minor=18_000,
    currency="EUR",
    period_ends_on=date(2026, 3, 31),
    required_outcome="Invoices go out faster",
    outcome_stated_on=date(2025, 1, 14),
    outcome_reached_on=date(2025, 2, 20),
    first_value="First invoice from tracked time",
    first_value_on=date(2025, 1, 29),
    began_on=date(2025, 1, 10),
    active_days=212,
    people=9,
    records=(Record("Invoices sent", 1482, date(2026, 2, 27)), Record("Projects created", 31)),
    features=("Report export", "Client portal"),
    receipt_to="ada@marsh.example",
    percent_off=20.0,
    slots=(Slot(datetime(2026, 3, 5, 13, tzinfo=UTC), datetime(2026, 3, 5, 14, tzinfo=UTC)),),
)
POOR = Facts(today=TODAY)

TEXT = """
title = "Acme"
languages = ["en"]
[why]
reasons = ["missing_feature", "price_value", "not_adopted", "changed_needs", "other"]
[value]
keeps_data_days = 90
export_url = "https://app.example.com/export?account={{ account }}"
stops_working = { en = "Links for clients stop opening." }
[receipt]
from_name = "Acme"
"""


def flow_from(text: str = TEXT, more: str = "") -> Flow:
    """The flow of a text; `more` is added at its end."""
    return read_flow(text + more, WHERE, TAXONOMY)


def whole_from(text: str) -> ReadFlow:
    return read_whole(text, WHERE, TAXONOMY)


def built_in() -> Flow:
    return read_flow(built_in_text(), "flows/default.toml", TAXONOMY)


def offer(name: str = "pause", kind: str = "pause", **more: object) -> Shown:
    said = {
        "name": name,
        "kind": kind,
        "probability": 0.5,
        "terms": {"months": 2},
        "title": f"The offer {name}",
        "text": f"What {name} is about.",
        "accept": f"Take {name}",
        "terms_text": f"The terms of {name}.",
    }
    return Shown(**(said | more))  # type: ignore[arg-type]


OFFERS = (
    offer("pause"),
    offer(
        "training",
        "training",
        commitments=(
            {"side": "us", "text": "We send the recording.", "due_on": "2026-03-20"},
            {"side": "them", "text": "Two of you attend.", "due_on": "2026-03-12"},
        ),
    ),
)


class Visitor:
    """Somebody on the way out, step by step. `offers` are what would be chosen for them."""

    def __init__(  # noqa: PLR0913
        self,
        flow: Flow | None = None,
        facts: Facts = RICH,
        *,
        shape: str = "full",
        arm: str = TREATED,
        language: str = "en",
        offers: tuple[Shown, ...] = OFFERS,
        visit_id: str = "visit_1",
        is_repeat: bool = False,
        ask: Ask = ASK,
    ) -> None:
        self.flow = flow or flow_from()
        self.facts, self.offers = facts, offers
        self.passage: Passage = begin(
            ask,
            self.flow,
            facts,
            visit_id=visit_id,
            shape=shape,
            arm=arm,
            share=0.8,
            language=language,
            now=NOW,
            is_repeat=is_repeat,
        )

    @property
    def screen(self) -> str:
        return self.passage.screen

    def does(self, action: str, **values: str) -> "Visitor":
        said = {name.replace("__", "."): value for name, value in values.items()}
        self.passage = settled(
            take(self.passage, self.flow, Step(action, said)), self.flow, self.offers
        )
        return self


def settled(passage: Passage, flow: Flow, offers: tuple[Shown, ...]) -> Passage:
    return with_offers(passage, flow, offers) if wants_offers(passage, flow) else passage
