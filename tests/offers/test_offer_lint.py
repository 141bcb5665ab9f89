"""The linter refuses what no book may do, names the place, and says whose rule it is."""

import pytest

from offers.offer_worlds import BOTH_SIDES, PRODUCT, discount, offer, texts, usual_budget
from tenure.base.errors import BadDefinition
from tenure.definitions.store import put_in_force
from tenure.offers.book import check_offers, default_text, lint_offers, offer_book
from tenure.offers.lint import WARNINGS
from tenure.offers.lint_sources import SOURCES

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sold(home):
    """The product of these tests is in force, and the company bills in euros."""
    from offers.offer_worlds import NOW

    home.settings_file.write_text('[company]\ncurrency = "EUR"\n')
    put_in_force("product", "", PRODUCT, now=NOW, by="test")


def text(*offers: str, budget: str = "") -> str:
    return "\n".join([usual_budget(budget), *offers])


def codes(*offers: str, budget: str = "") -> list[tuple[str, str]]:
    return [(each.code, each.place) for each in lint_offers(text(*offers, budget=budget))]


def test_a_sound_discount_has_no_finding():
    assert codes(discount()) == []


@pytest.mark.parametrize(
    ("bad", "code", "place"),
    [
        (discount(more='percent_off = 20\nmonths = 3\nbecause = ["cancel_visit", "intent"]'),
         "discount_on_intent", "offer[1].because"),
        (discount(more='percent_off = 20\nmonths = 3\nwhere = "cancel_page_visits_14_days > 0"'),
         "discount_on_intent", "offer[1].where"),
        (discount(more='percent_off = 20\nmonths = 3\nsegments = ["signal_cancel_intent"]'),
         "discount_on_intent", "offer[1].segments"),
        (offer("down", "cheaper_plan"), "plan_advice_on_intent", "offer[1].because"),
        (offer("less", "discount", 'percent_off = 20\nmonths = 3\nwhere = "first_value_on is not null"'),
         "discount_without_commitments", "offer[1].commitment"),
        (offer("less", "discount", "percent_off = 20\nmonths = 3", commitments=BOTH_SIDES.replace(
            'event = "Invoice Sent"', "")), "discount_without_plan", "offer[1].commitment"),
        (discount(more="percent_off = 51\nmonths = 3"), "below_margin_floor", "offer[1].percent_off"),
        (offer("free", "free_months", "months = 7", commitments=BOTH_SIDES),
         "below_margin_floor", "offer[1].months"),
        (offer("pause", "pause", "months = 2"), "pause_without_reminder", "offer[1].reminder_days"),
        (offer("sleep", "dormant", "months = 4\nreminder_days = 0"),
         "pause_without_reminder", "offer[1].reminder_days"),
        (offer("talk", "human", 'link = "/talk"', commitments=BOTH_SIDES.replace("owner_task = true", "")),
         "commitment_of_ours_unowned", "offer[1].commitment[1].owner_task"),
        (offer("talk", "human", 'link = "/talk"', commitments=BOTH_SIDES.replace(
            'event = "Invoice Sent"', "")), "commitment_unwatched", "offer[1].commitment[2].event"),
        (offer("pause", "pause", "months = 2\nreminder_days = 7", terms="until {{ resumes_on }}"),
         "terms_hidden", "offer[1].terms.en"),
        (offer("pause", "pause", "months = 2\nreminder_days = 7",
               terms="{{ resumes_on }} {{ price_after }} {{ price_during }}"),
         "unknown_term", "offer[1].terms.en"),
        (offer("talk", "human", 'link = "/talk"', commitments=BOTH_SIDES.replace(
            'event = "Invoice Sent"', 'event = "Data Exported"')),
         "condition_on_leaving", "offer[1].commitment[2].event"),
    ],
)  # fmt: skip
def test_what_is_refused_with_its_place_and_its_source(bad, code, place):
    found = lint_offers(text(bad))

    assert (code, place) in [(each.code, each.place) for each in found]
    assert all(each.source for each in found)
    with pytest.raises(BadDefinition) as refused:
        check_offers(text(bad), "offers.toml")
    assert f"offers.toml: {place}: {code}: " in refused.value.message
    assert SOURCES[code] in refused.value.message


def test_without_a_budget_nothing_that_costs_is_accepted():
    text_without = "[budget]\n" + discount()
    found = lint_offers(text_without)

    assert [each.code for each in found] == ["no_budget", "no_budget"]
    assert "per_account_minor" in found[0].message
    assert codes(offer("hour", "advice", 'link = "/a"\ncost_minor = 100'), budget="per_account_minor = 0") == [
        ("no_budget", "offer[1]")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        "You cannot cancel before the training.",
        "You may not leave until the data is imported.",
        "With a minimum term of 12 months.",
        "An early termination fee applies.",
        "You commit to stay with us for at least 6 months.",
        "You pay the difference if you cancel.",
        "You waive your right to cancel.",
        "You can only cancel after the training.",
        "Cancel only once the data is imported.",
        "Your team will not leave before March.",
        "The discount is charged back if you leave.",
        "优惠期内不得取消。",
        "至少再使用 12 个月。",
        "提前解约须付违约金。",
        "完成培训后方可退订。",
        "優惠期間不可解約。",
        "綁約一年。",
    ],
)
def test_no_words_may_tie_leaving_to_anything(words):
    commitments = BOTH_SIDES.replace("You send an invoice by {{ due_on }}", words)
    found = lint_offers(text(offer("less", "discount", "percent_off = 20\nmonths = 3",
                                   commitments=commitments)))  # fmt: skip

    assert "condition_on_leaving" in [each.code for each in found]


@pytest.mark.parametrize(
    "words",
    [
        "You can leave at any time.",
        "It goes on, unless you end it before.",
        "You can wake it earlier, or cancel it then.",
        "We show you how to leave your old tool.",
        "If you do not cancel before then, it goes on at the old price.",
        "You pay nothing if you leave.",
        "Nothing is charged if you leave.",
        "We will not leave you alone with it.",
        "You are reminded at least 14 days before.",
        "随时可以取消。",
        "可以到時結束。",
    ],
)
def test_words_that_leave_them_free_are_let_through(words):
    found = lint_offers(text(offer("talk", "human", 'link = "/t"', terms=words)))

    assert found == []


def test_what_only_may_be_wrong_is_a_warning():
    long = offer("pause", "pause", "months = 5\nreminder_days = 7")
    odd = offer(
        "talk", "human", 'reasons = ["price_valeu", "price_value"]\nfollow_ups = ["nonsense"]\n'
        'segments = ["not_there"]',
    )  # fmt: skip
    unseen = offer("train", "training", 'link = "/t"', commitments=BOTH_SIDES.replace(
        "Invoice Sent", "Training Attended"))  # fmt: skip
    plan = offer("down", "cheaper_plan", 'plan = "Startre"\nbecause = ["cancel_visit"]')

    told = check_offers(text(long, odd, unseen, plan), "offers.toml")

    assert [line.split(": ")[2] for line in told] == [
        "pause_is_long", "no_way_there", "reason_unknown", "follow_up_unknown", "segment_unknown",
        "event_unknown", "plan_unknown",
    ]  # fmt: skip


def test_every_code_has_a_source_and_every_source_a_code():
    from inspect import getsource

    from tenure.offers import lint

    text_of_rules = getsource(lint)
    assert all(f'"{code}"' in text_of_rules for code in SOURCES)
    assert set(SOURCES) >= WARNINGS


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ('[[offer]]\nname = "x"\nkind = "discuont"',
         "offer[1].kind: there is no value 'discuont'; did you mean 'discount'?"),
        (discount(more="percent_off = 20"), "offer[1].months: this is missing"),
        (discount(more="months = 3"), "write either percent_off or amount_off_minor"),
        (discount(more="months = 3\npercent_off = 120"), "120 is no share"),
        (discount() + discount(), "offer[2].name: there is another 'less'"),
        (offer("t", "human", 'link = "javascript:alert(1)"'), "is no link"),
        (offer("t", "human", 'link = "//evil.example.com"'), "is no link"),
        (offer("t", "human", "where = \"plna = 'Team'\""), "offer[1].where: line 1, column 1"),
        (offer("t", "human", "where = \"did('Invoice Sent', 30) = 0\""),
         "counted in the lake"),
        (offer("t", "human", "where = \"last('Invoice Sent') > 3\""), 'segments = ["..."]'),
        (offer("t", "human", "pecent_off = 3"), "there is no such field"),
        (offer("t", "human").replace("zh-hant = ", "zh-tw = "), "zh-hant: this is missing"),
        (offer("T T", "human"), "is no name"),
        (offer("t", "human", 'because = ["intnet"]'), "did you mean 'intent'?"),
        ("[[offer]]\nname = 1", "offer[1].name: 1 is not text"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_where_and_what_to_write(bad, told):
    with pytest.raises(BadDefinition) as refused:
        check_offers(text(bad), "offers.toml")
    assert told in refused.value.message
    assert refused.value.message.startswith("offers.toml: ")


def test_the_book_that_ships_breaks_no_rule_for_this_company_or_one_without_a_product(home):
    from offers.offer_worlds import NOW
    from tenure.definitions.store import withdraw

    told = check_offers(default_text(), "offers.toml")
    assert {line.split(": ")[2] for line in told} == {"no_way_there"}
    withdraw("product", "", now=NOW)
    assert {line.split(": ")[2] for line in check_offers(default_text(), "offers.toml")} == {
        "no_way_there"
    }


def test_the_book_in_force_takes_the_place_of_the_one_that_ships(home):
    from offers.offer_worlds import NOW

    shipped = offer_book()
    assert {each.kind for each in shipped.offers} >= {"cheaper_plan", "pause", "dormant", "human"}
    put_in_force("offers", "", text(discount()), now=NOW, by="test")
    held = offer_book()

    assert [each.name for each in held.offers] == ["less"]
    assert held.digest != shipped.digest
    assert offer_book() is held  # read once


def test_a_book_that_cannot_be_read_any_more_offers_nothing_and_says_why(home):
    from offers.offer_worlds import NOW
    from tenure.definitions.models import DefinitionVersion

    gone = text(discount(more='percent_off = 20\nmonths = 3\nwhere = "gone_column > 3"'))
    DefinitionVersion.objects.create(
        kind="offers", name="", digest="d", text=gone, applied_at=NOW, applied_by="test"
    )
    held = offer_book()

    assert held.offers == ()
    assert "gone_column" in held.problem


def test_words_may_change_and_what_was_learned_still_holds_terms_may_not():
    from offers.offer_worlds import book

    version = book(discount()).offers[0].version
    assert book(discount().replace("We call by", "We ring up by")).offers[0].version == version
    assert book(discount(more="percent_off = 25\nmonths = 3")).offers[0].version != version
    assert (
        book(discount().replace("within_days = 28", "within_days = 7")).offers[0].version != version
    )


def test_garbage_is_refused_and_never_breaks():
    for bad in ("", "[budget]\ncurrency = 3", "offer = 3", "[[offer]]", "\x00", "languages = []",
                "[[offer]]\nname='a'\nkind='pause'\nmonths=2.5", texts("title", "x")):  # fmt: skip
        try:
            check_offers(bad, "offers.toml")
        except BadDefinition as error:
            assert error.message
