"""What each screen shows of an account, and asks: its own, in its words, and nothing invented."""

from datetime import date
from decimal import Decimal

import pytest
from flow_worlds import ASK, OFFERS, POOR, RICH, TEXT, TODAY, Visitor, built_in, flow_from, offer
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tenure.base.errors import InvalidInput
from tenure.card.product_parts import Product
from tenure.offboard.facts import Facts, Record, Settling
from tenure.offboard.facts_known import facts_of
from tenure.offboard.flow_parts import SHAPES, VALUE_BLOCKS
from tenure.offboard.passage import HOLD_OUT, Step, actions, take
from tenure.offboard.screens_asked import shuffled
from tenure.offboard.screens_made import screen_of
from tenure.offboard.screens_text import day, direction, money, time_of


def seen(visitor, **more):
    return screen_of(visitor.passage, visitor.flow, visitor.facts, **more)


def blocks(screen):
    return {block.name: block for block in screen.blocks}


def told(block):
    return [(item.title, item.value, item.text) for item in block.items]


def everything(screen):
    """All words of a screen that somebody reads."""
    lines = [screen.title, screen.text]
    for block in screen.blocks:
        lines += [block.title, block.text, *(way.label for way in block.ways)]
        lines += [word for item in block.items for word in (item.title, item.value, item.text)]
    return "\n".join(lines)


def test_the_value_screen_shows_the_account_s_own():
    screen = seen(Visitor().does("answer"))

    found = blocks(screen)
    assert list(found) == [
        "required_outcome", "first_value", "records", "people", "history", "features",
        "stops_working", "data",
    ]  # fmt: skip
    assert told(found["required_outcome"]) == [
        ("Invoices go out faster", "", "said on Jan 14, 2025; reached on Feb 20, 2025")
    ]
    assert told(found["first_value"]) == [
        ("First invoice from tracked time", "", "reached on Jan 29, 2025")
    ]
    assert told(found["records"]) == [
        ("Invoices sent", "1,482", "last on Feb 27, 2026"),
        ("Projects created", "31", ""),
    ]
    assert told(found["people"]) == [("In the last 90 days", "9", "")]
    assert told(found["history"]) == [
        ("Since", "January 10, 2025", ""),
        ("Days on which it was used", "212", ""),
    ]
    assert [item.title for item in found["features"].items] == ["Report export", "Client portal"]
    assert found["stops_working"].text == "Links for clients stop opening."
    assert found["data"].text == "It is kept until June 29, 2026, and deleted after that."
    assert [(way.label, way.href) for way in found["data"].ways] == [
        ("Export my data", "https://app.example.com/export?account=acme")
    ]


@pytest.mark.parametrize(
    ("name", "nothing"),
    [
        ("required_outcome", {"required_outcome": "", "outcome_reached_on": None}),
        ("first_value", {"first_value_on": None}),
        ("records", {"records": ()}),
        ("people", {"people": 0}),
        ("history", {"active_days": 0}),
        ("features", {"features": ()}),
    ],
)
def test_a_block_with_nothing_to_say_is_not_there(name, nothing):
    visitor = Visitor(facts=replace(RICH, **nothing)).does("answer")

    assert name not in blocks(seen(visitor))


def test_what_was_reached_without_being_wanted_is_told_by_itself():
    facts = replace(RICH, required_outcome="")

    assert "required_outcome" not in blocks(seen(Visitor(facts=facts).does("answer")))


@given(st.sampled_from(["account_name", "plan", "required_outcome", "first_value", "receipt_to"]),
       st.sampled_from(SHAPES), st.integers(0, 4))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_nothing_is_shown_that_is_not_known(field, shape, steps):
    """A fact that is left out leaves no trace: no blank name, no date, no count."""
    marker = "UNLIKELY WORD"
    known = Visitor(facts=replace(RICH, **{field: marker}), shape=shape)
    unknown = Visitor(facts=replace(RICH, **{field: ""}), shape=shape)
    for visitor in (known, unknown):
        for _ in range(steps):
            going = "next" if "next" in actions(visitor.passage) else "leave"
            visitor.does(going)

    assert marker not in everything(seen(unknown))
    assert "None" not in everything(seen(unknown))


def test_an_address_in_a_link_is_quoted():
    ask = replace(ASK, account='a&b="c/ü')

    data = blocks(seen(Visitor(ask=ask).does("answer")))["data"]

    assert data.ways[0].href == "https://app.example.com/export?account=a%26b%3D%22c%2F%C3%BC"


def test_the_confirmation_says_what_ends_when_and_what_that_means():
    screen = seen(Visitor().does("leave"))

    assert told(screen.blocks[0]) == [
        ("Account", "Marsh & Vale", ""),
        ("Subscription", "Team", "€180 a month"),
        ("It ends on", "March 31, 2026", ""),
        ("Next payment", "Nothing more is charged", ""),
        ("Your discount", "20% off, until the subscription ends", ""),
        ("Your data", "Kept until June 29, 2026, then deleted", ""),
        ("Confirmation by mail", "ada@marsh.example", ""),
    ]
    assert [way.action for way in screen.ways] == ["leave", "stay", "back"]
    assert screen.ways[0].label == "Cancel now"


def test_the_confirmation_takes_the_price_of_a_year_as_one_of_a_year():
    facts = replace(RICH, billing_interval="year", price_minor=216_050)

    assert told(seen(Visitor(facts=facts).does("leave")).blocks[0])[1] == (
        "Subscription", "Team", "€2,160.50 a year",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ({"billing_interval": "month", "mrr_minor": 2900, "bill_minor": 2900}, 2900),
        ({"billing_interval": "year", "mrr_minor": 2417, "bill_minor": 29001}, 29001),
        ({"billing_interval": "year", "mrr_minor": 2417}, None),  # not twelve times the MRR
        ({"billing_interval": "3 months", "mrr_minor": 2900, "bill_minor": 8700}, None),
        ({"billing_interval": "month", "mrr_minor": 0}, None),
    ],
)
def test_the_price_is_that_of_a_bill_and_nothing_where_none_is_known(said, price):
    assert facts_of(said, Product(), today=TODAY, time_zone="UTC").price_minor == price


def test_a_flow_that_ends_at_once_says_today():
    flow = flow_from(more='[confirm]\neffective = "now"\n')
    screen = seen(Visitor(flow).does("leave"))

    assert ("It ends on", "Today, as soon as you cancel", "") in told(screen.blocks[0])
    left = seen(Visitor(flow).does("leave").does("leave"))
    assert "return" not in [way.action for way in left.ways]  # there is nothing to go on with


def test_an_end_that_nobody_knows_is_no_date():
    screen = seen(Visitor(facts=POOR).does("leave"))

    assert told(screen.blocks[0])[0] == ("It ends on", "The last day that is paid for", "")


def test_a_subscription_that_was_cancelled_before_says_so():
    facts = replace(RICH, ends_on=date(2026, 3, 20))

    notice = seen(Visitor(facts=facts).does("leave")).blocks[0]

    assert notice.text == "It is cancelled already, and ends on March 20, 2026."


def test_where_the_law_lists_what_the_confirmation_asks_it_asks_that_and_no_more():
    screen = seen(Visitor(shape="direct"))

    assert [field.name for field in screen.fields] == ["notice_kind", "wanted_on", "receipt_to"]
    assert not any(field.is_required for field in screen.fields)
    assert [block.kind for block in screen.blocks] == ["dates"]
    assert "Your data" not in everything(screen)
    assert screen.fields[2].value == "ada@marsh.example"
    assert screen.ways[0].action == "leave"


def test_what_stops_working_is_told_to_who_never_saw_it():
    held_out = seen(Visitor(arm=HOLD_OUT).does("leave"))
    treated = seen(Visitor().does("leave"))

    assert "stops_working" in blocks(held_out)
    assert "stops_working" not in blocks(treated)


def test_an_offer_is_shown_with_its_terms_and_what_both_promise():
    screen = seen(Visitor().does("answer", reason="other").does("next"))

    pause, training = screen.blocks
    assert (pause.title, pause.text) == ("The offer pause", "What pause is about.")
    assert told(pause) == [("The exact terms", "", "The terms of pause.")]
    assert told(training) == [
        ("The exact terms", "", "The terms of training."),
        ("What we promise", "by March 20, 2026", "We send the recording."),
        ("What you agree to do", "by March 12, 2026", "Two of you attend."),
    ]
    assert [way.action for way in training.ways] == ["accept:training"]
    assert screen.text == "You can cancel all the same: none of these is a condition of leaving."


def test_a_promise_that_names_its_day_names_it_once():
    promise = {"side": "us", "text": "We answer by March 20, 2026.", "due_on": "2026-03-20"}
    visitor = Visitor(offers=(offer(commitments=(promise,)),)).does("answer").does("next")

    assert told(seen(visitor).blocks[0])[1] == (
        "What we promise",
        "",
        "We answer by March 20, 2026.",
    )


def test_somebody_to_talk_to_has_free_times_to_choose_from():
    [_, training] = seen(Visitor().does("answer").does("next")).blocks

    [field] = training.fields
    assert field.name == "slot.training"
    assert [option.label for option in field.options] == ["Thursday, March 5, 2026, 13:00"]


def test_a_person_is_offered_by_a_link_and_never_in_place_of_the_way_out():
    flow = flow_from(
        more='[human]\nlink = "https://cal.example.com/ada"\ntext = { en = "Ada helps." }\n'
    )

    screen = seen(Visitor(flow, offers=()).does("answer").does("next"))

    [human] = screen.blocks
    assert (human.name, human.text, human.ways[0].href) == (
        "human",
        "Ada helps.",
        "https://cal.example.com/ada",
    )
    assert "leave" in [way.action for way in screen.ways]


def test_what_was_agreed_is_told_in_the_words_that_are_stored():
    visitor = Visitor().does("answer").does("next").does("accept:pause")

    screen = seen(visitor, settling=Settling(billing="done"))

    agreed, after = screen.blocks
    assert told(agreed) == [("The exact terms", "", "The terms of pause.")]
    assert after.text == "It is set up already."
    pending = seen(visitor, settling=Settling(billing="pending"))
    assert "set up. We write" in blocks(pending)["next_steps"].text
    assert screen.is_end
    assert "leave" in [way.action for way in screen.ways]


def test_who_left_is_told_what_happens_and_how_to_come_back():
    screen = seen(Visitor().does("leave", reason="closing").does("leave"))

    assert told(screen.blocks[0]) == [
        ("It ends on", "March 31, 2026", ""),
        ("Next payment", "Nothing more is charged", ""),
        ("Confirmation by mail", "ada@marsh.example", ""),
    ]
    assert "You can undo this with one click until March 31, 2026" in everything(screen)
    assert "return" in [way.action for way in screen.ways]
    assert [field.name for field in screen.fields] == ["next_job"]


def test_an_end_that_was_wished_for_later_is_the_end():
    visitor = Visitor(shape="direct").does("leave", wanted_on="2026-06-30")

    assert told(seen(visitor).blocks[0])[0] == ("It ends on", "June 30, 2026", "")


def test_an_end_before_the_earliest_is_the_earliest():
    visitor = Visitor(shape="direct").does("leave", wanted_on="2026-03-10")

    assert told(seen(visitor).blocks[0])[0] == ("It ends on", "March 31, 2026", "")


def test_questions_after_leaving_come_one_at_a_time():
    visitor = Visitor(shape="direct").does("leave")

    assert [field.name for field in seen(visitor).fields] == ["reason", "text"]
    visitor.does("answer", reason="price_value")
    assert [field.name for field in seen(visitor).fields] == ["next_job"]
    visitor.does("answer", next_job="rival", rival="Toggl")
    assert seen(visitor).fields == ()
    assert visitor.passage.rival == "Toggl"


# --- the order of reasons


def test_the_order_of_reasons_is_the_visit_s_own_and_other_comes_last():
    flow = built_in()
    orders = {
        tuple(each.code for each in shuffled(Visitor(flow, visit_id=f"v{n}").passage, flow))
        for n in range(50)
    }

    assert len(orders) > 40
    assert {order[-1] for order in orders} == {"other"}
    assert len({tuple(sorted(order)) for order in orders}) == 1
    again = Visitor(flow, visit_id="v7").passage
    assert shuffled(again, flow) == shuffled(Visitor(flow, visit_id="v7").passage, flow)


def test_each_reason_is_as_often_first():
    flow = flow_from()
    firsts = [shuffled(Visitor(flow, visit_id=f"v{n}").passage, flow)[0].code for n in range(2000)]

    # 4 reasons, 2000 visits: 500 each; 5 standard deviations of a binomial are 97.
    for code in ("missing_feature", "price_value", "not_adopted", "changed_needs"):
        assert abs(firsts.count(code) - 500) < 97


def test_nothing_is_chosen_for_anybody():
    [reasons, text] = seen(Visitor()).fields

    assert (reasons.value, text.value) == ("", "")
    assert all(field.value == "" for option in reasons.options for field in option.fields)
    assert not reasons.is_required


# --- every screen


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("arm", ["treated", HOLD_OUT])
def test_every_screen_but_the_last_has_the_way_out(shape, arm):
    visitor = Visitor(shape=shape, arm=arm)

    for _ in range(6):
        screen = seen(visitor)
        if screen.name == "left":
            break
        assert [way.kind for way in screen.ways].count("leave") == 1
        going = "next" if "next" in actions(visitor.passage) else "leave"
        visitor.does(going)
    assert visitor.screen == "left"


def test_every_way_of_a_screen_is_an_action_that_it_takes():
    visitor = Visitor()
    for action in ("answer", "next", "accept:pause", "leave", "back", "leave", "leave", "return"):
        screen = seen(visitor)
        ways = [*screen.ways, *(way for block in screen.blocks for way in block.ways)]
        for way in ways:
            assert way.href or way.action in actions(visitor.passage)
        visitor.does(action)


def test_where_a_click_must_always_do_the_way_out_stays_in_sight():
    assert seen(Visitor(shape="click_to_cancel")).has_leave_always
    assert not seen(Visitor(shape="full")).has_leave_always


def test_a_step_that_was_refused_is_told_at_its_field():
    visitor = Visitor(shape="direct")
    with pytest.raises(InvalidInput) as refused:
        take(visitor.passage, visitor.flow, Step("leave", {"wanted_on": "soon"}))

    screen = seen(visitor, refused=refused.value, said={"wanted_on": "soon"})

    assert screen.error == "Write the day as 2026-03-31, or leave this empty."
    marked = {field.name: (field.error, field.value) for field in screen.fields}
    assert marked["wanted_on"] == (screen.error, "soon")
    assert marked["receipt_to"][0] == ""


def test_the_words_of_the_flow_take_the_place_of_tenure_s():
    flow = flow_from(more='[words]\nleave = { en = "End my plan" }\nkeep = { en = "Go on" }\n')

    labels = [way.label for way in seen(Visitor(flow)).ways]

    assert labels == ["Continue", "End my plan", "Go on"]


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_reasons_and_dates_are_in_the_language_of_the_page(language):
    visitor = Visitor(built_in(), language=language)

    [reasons, _] = seen(visitor).fields
    labels = {option.value: option.label for option in reasons.options}
    for asked in visitor.flow.why.reasons:
        assert labels[asked.code] == asked.title[language]
    confirm = everything(seen(visitor.does("leave")))
    assert {"en": "March 31, 2026", "zh-hans": "2026年3月31日", "zh-hant": "2026年3月31日"}[
        language
    ] in confirm


def test_a_page_from_right_to_left_says_so():
    flow = flow_from(TEXT.replace('["en"]', '["ar"]').replace("{ en =", "{ ar ="))

    screen = seen(Visitor(flow, language="ar"))

    assert (screen.language, screen.direction) == ("ar", "rtl")


def test_a_value_block_for_each_name_in_the_contract():
    facts = Facts(
        today=TODAY, required_outcome="x", outcome_reached_on=TODAY, first_value="x",
        first_value_on=TODAY, records=(Record("x", 1),), people=1, began_on=TODAY, active_days=1,
        features=("x",),
    )  # fmt: skip

    assert [name for name in VALUE_BLOCKS if not facts.has(name)] == ["stops_working"]


def test_an_example_is_marked_on_each_block_that_is_one():
    visitor = Visitor(facts=replace(RICH, is_example=True)).does("answer")

    screen = seen(visitor)

    assert {block.name: block.is_example for block in screen.blocks} == {
        "required_outcome": True, "first_value": True, "records": True, "people": True,
        "history": True, "features": True, "stops_working": False, "data": True,
    }  # fmt: skip
    assert screen.example == "Example"


# --- how numbers and days are written


@pytest.mark.parametrize(
    ("minor", "currency", "language", "text"),
    [
        (18_000, "EUR", "en", "€180"), (18_050, "EUR", "en", "€180.50"), (500, "JPY", "en", "¥500"),
        (1_234_567, "USD", "zh-hans", "US$12,345.67"), (18_000, "EUR", "de", "180\u00a0€"),
        (1_500, "KWD", "en", "KWD\u00a01.500"), (2_000, "KWD", "en", "KWD\u00a02"), (-500, "USD", "en", "\u2212$5"),
    ],
)  # fmt: skip
def test_money_is_written_as_the_language_writes_it(minor, currency, language, text):
    assert money(minor, currency, language) == text


@given(st.integers(0, 10**9), st.sampled_from(["EUR", "USD", "JPY", "KWD", "CNY"]))
@settings(max_examples=60, deadline=None)
def test_no_minor_unit_is_lost(minor, currency):
    digits = {"JPY": 0, "KWD": 3}.get(currency, 2)

    read_back = Decimal("".join(c for c in money(minor, currency, "en") if c.isdigit() or c == "."))

    assert read_back == Decimal(minor) / 10**digits


def test_days_and_times_are_written_as_the_language_writes_them():
    slot = RICH.slots[0].starts_at

    assert day(date(2026, 3, 31), "de") == "31. März 2026"
    assert time_of(slot, "Europe/Berlin", "en") == "Thursday, March 5, 2026, 14:00"
    assert time_of(slot, "Asia/Taipei", "zh-hant") == "2026年3月5日 星期四, 21:00"
    assert [direction(each) for each in ("en", "ar", "he", "zh-hans")] == [
        "ltr",
        "rtl",
        "rtl",
        "ltr",
    ]


def test_the_offers_of_the_world_are_what_offers_gives():
    assert all(each.terms_text for each in OFFERS)
