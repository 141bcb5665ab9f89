"""Whatever a card says, choosing from the book that ships never breaks, and keeps its promises."""

import random
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st

from offers.offer_worlds import NOW, TODAY, USUAL, book, history, product
from tenure.card.card_of import Card
from tenure.card.catalogue import account_columns
from tenure.offers.choosing import choose
from tenure.offers.kinds import KINDS, PRICE_CUTS
from tenure.offers.learned import NOTHING
from tenure.offers.unfit import WHY_NOT
from tenure.offers.wanted import Wanted
from tenure.reasons.taxonomy import default_taxonomy

BOOKS = [book(), book(sold=product(""))]
REASONS = default_taxonomy().codes()
FOLLOW_UPS = [
    option.code
    for code in REASONS
    if (asked := default_taxonomy().reason(code).follow_up)
    for option in asked.options
]
WORDS = {
    "status": ["paying", "trial", "free", "leaving", "left", "never_paid"],
    "stage": ["new", "active", "fading", "lapsed", "leaving", "left"],
    "currency": ["EUR", "USD", "JPY", "XXX", ""],
    "plan": ["Free", "Starter", "Team", "Business", "Something"],
    "billing_interval": [
        "month",
        "year",
        "3 months",
        "2 years",
        "quarter",
        "week",
        "odd",
        "0 days",
    ],
    "next_step": ["first_project", "first_invoice", "gone"],
    "limit_name": ["seats", "projects", "gone"],
    "required_outcome": ["faster", "Invoices go out faster", "something else"],
    "paid_features_unused": [[], ["portal"], ["portal", "forecast"], ["gone"]],
}
_days = st.integers(-900, 900).map(lambda n: TODAY + timedelta(days=n))
_BY_TYPE = {
    "varchar": st.sampled_from(["", "x", "日本"]),
    "bigint": st.integers(-5, 10**9) | st.just(0),
    "integer": st.integers(-5, 10**6),
    "double": st.floats(-10, 10**6) | st.sampled_from([0.0, 0.5, 1.0]),
    "boolean": st.booleans(),
    "date": _days,
    "timestamptz": _days.map(lambda day: datetime(day.year, day.month, day.day, tzinfo=UTC)),
    "varchar[]": st.just([]),
}
ASKED = sorted(
    {*WORDS, "mrr_minor", "quantity", "list_price_minor", "price_to_list_share", "renews_on",
     "members", "people_active_90_days", "limit_used", "limit_use_share", "first_value_on",
     "last_seen_on", "last_paid_on", "is_outcome_reached", "is_season_own", "season_ratio",
     "events_trend_ratio", "trial_ends_on", "is_paused"}
)  # fmt: skip


@st.composite
def cards(draw) -> Card:
    """A usual account of which up to six things are as odd as can be."""
    columns = account_columns()
    values = {name: column.default for name, column in columns.items()}
    odd = draw(st.sets(st.sampled_from(ASKED), max_size=6))
    values |= USUAL
    for name in odd:
        own = st.sampled_from(WORDS[name]) if name in WORDS else None
        kind = _BY_TYPE.get(columns[name].type, st.none())
        values[name] = draw(st.none() | (own if own is not None else kind))
    return Card("acme", values, None, TODAY)


@settings(
    max_examples=150, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@drawn(
    card=cards(), reason=st.sampled_from(["", *REASONS]), follow_up=st.sampled_from(["", *FOLLOW_UPS]),
    because=st.sampled_from(["cancel_visit", "intent"]), language=st.sampled_from(["en", "zh-hant", "de"]),
    which=st.sampled_from(BOOKS), seed=st.integers(0, 99),
)  # fmt: skip
def test_no_card_breaks_it_and_what_is_shown_is_whole(
    card, reason, follow_up, because, language, which, seed
):
    wanted = Wanted(
        "acme", card, NOW, reason=reason, follow_up=follow_up, because=because, language=language,
        at_most=9,
    )  # fmt: skip
    found = choose(wanted, which, history(), NOTHING, random.Random(seed))

    assert all(set(each.why_not) <= WHY_NOT.keys() for each in found.considered)
    is_gone = {card.values["status"], card.values["stage"]} & {"leaving", "left"}
    assert not (is_gone and found.shown)
    for each in found.shown:
        if each.kind in PRICE_CUTS:
            assert because == "cancel_visit"
            assert {owed["side"] for owed in each.commitments} == {"us", "them"}
            assert 0 < each.cost_minor <= which.budget.per_account_minor[each.terms["currency"]]
        for name, value in each.terms.items():
            if name.endswith("_on"):
                assert date.fromisoformat(value) >= TODAY or name in ("paid_on", "ended_on")
            if name.endswith("_minor"):
                assert isinstance(value, int)
                assert value >= 0
        # Nothing that it must say is missing, and no place in a text stays open.
        assert all(value != "" for value in (each.title, each.text, each.accept, each.terms_text))
        assert "{{" not in each.title + each.text + each.accept + each.terms_text
        assert KINDS[each.kind].must_say <= {name.removesuffix("_minor") for name in each.terms}
        assert all("{{" not in owed["text"] and owed["text"] for owed in each.commitments)
