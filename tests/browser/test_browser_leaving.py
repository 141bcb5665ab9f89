"""Every branch of the way out in Chromium, over a host's page and on the hosted page."""

import pytest
from browser_world import until
from leaving_world import Embedded, OnPage
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
SET_UP = "It is set up already."
# Each kind of offer: the change that billing is asked for, and where its last screen leads.
OFFERS = {
    "cheaper_plan": ("plan_change", ""),
    "pause_2_months": ("pause", ""),
    "discount_20_3_months": ("discount", ""),
    "trial_extension": ("trial_extension", ""),
    "training": ("", "https://meet.example.com/training"),
    "advice": ("", ""),
    "marsh_partners": ("", "https://partner.example.com/start"),
    "dormant_4_months": ("pause", ""),
    "free_month": ("free_months", ""),
    "talk_to_a_person": ("", ""),
    "money_back": ("refund", ""),
    "we_look_into_it": ("", ""),
}
WAYS = ["embed", "page"]
US, GERMAN = {"country": "US"}, {"country": "DE", "is_consumer": True}


@pytest.fixture(scope="module")
def shop(browser):
    """One page of the host for all of these."""
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert faults == []
    context.close()


@pytest.fixture(scope="module")
def plain(browser):
    """A browser without JavaScript, for the hosted page."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def begin(world, shop, plain):
    """Somebody at the way out: in the embed, or on the hosted page without JavaScript."""

    def start(way, **said):
        return Embedded(shop, world, **said) if way == "embed" else OnPage(plain, world, **said)

    return start


def account_for(world, offer):
    return world.account("trial" if offer == "trial_extension" else "team")


@pytest.mark.parametrize("way", WAYS)
def test_each_kind_of_offer_is_accepted_and_made_in_billing(world, begin, way):
    seen = {}
    for name in OFFERS:
        world.forget()
        walk = begin(way, account=account_for(world, name), offers=[name]).to_offers()
        terms = walk.page.locator("[data-block] dd").first.inner_text()
        walk.accepts(name)
        assert terms in walk.text  # what was shown is what was agreed
        asked = [kind for kind in world.billing.kinds() if kind != "read_back"]
        link = next((each for each in walk.links().values() if "example.com" in each), "")
        seen[name] = ("".join(asked), link)
        assert (SET_UP in walk.text) == bool(asked)
        if way == "embed":
            result = walk.closes()
            assert (result["outcome"], result["offer"]["name"]) == ("saved", name)
            assert result["billing"] == "done" and walk.heard() == [["onSaved", "saved"]]

    assert seen == OFFERS


@pytest.mark.parametrize("way", WAYS)
def test_a_free_time_is_chosen_and_stands_on_the_last_screen(world, begin, way):
    walk = begin(way, offers=["talk_to_a_person"]).to_offers()
    slots = walk.page.locator("input[name='slot.talk_to_a_person']")
    assert slots.count() == 5
    chosen = walk.page.locator("input[name='slot.talk_to_a_person'] + label").nth(1)
    time = chosen.inner_text()
    slots.nth(1).check()

    walk.accepts("talk_to_a_person")

    assert "The time that you chose" in walk.text and time in walk.text
    if way == "embed":
        walk.closes()
    again = begin(way, offers=["talk_to_a_person"]).to_offers()
    assert time not in again.text  # nobody else can have it


@pytest.mark.parametrize("way", WAYS)
def test_each_screen_has_a_way_out_of_two_clicks_at_most(world, begin, way):
    ways_in = {
        "why": lambda walk: walk,
        "value": lambda walk: walk.says("missing_feature").presses("answer").sees("value"),
        "offers": lambda walk: walk.to_offers(),
        "confirm": lambda walk: walk.presses("leave").sees("confirm"),
        "accepted": lambda walk: walk.to_offers().accepts("training"),
    }
    for screen, go in ways_in.items():
        world.forget()
        walk = go(begin(way, offers=["training"]).sees("why")).sees(screen)

        walk.leaves()

        assert world.billing.kinds()[-2:] == ["cancel_at_period_end", "read_back"]
        assert "Your subscription is cancelled" in walk.text
        if way == "embed":
            before = [["onSaved", "saved"]] if screen == "accepted" else []
            assert walk.heard() == [*before, ["onCanceled", "canceled"]]
            result = walk.closes()
            said = "accepted" if screen == "accepted" else "declined"
            has_seen = screen in ("offers", "accepted")
            assert result["outcome"] == "canceled"
            assert result["decision"] == (said if has_seen else None)


@pytest.mark.parametrize("way", WAYS)
def test_back_goes_the_way_that_was_come_and_keeps_what_was_said(world, begin, way):
    walk = begin(way, offers=["training"]).to_offers("not_adopted").presses("leave")
    walk.sees("confirm").presses("back").sees("offers").presses("back").sees("value")

    walk.presses("back").sees("why")

    expect(walk.page.locator("input[name=reason][value=not_adopted]")).to_be_checked()
    assert walk.way("back").count() == 0


@pytest.mark.parametrize("way", WAYS)
def test_staying_is_possible_from_each_screen_and_changes_nothing(world, begin, way):
    ways_in = {
        "why": lambda walk: walk,
        "value": lambda walk: walk.says("closing", "nobody").presses("answer"),
        "offers": lambda walk: walk.to_offers(),
        "confirm": lambda walk: walk.presses("leave"),
    }
    for screen, go in ways_in.items():
        walk = go(begin(way, offers=["training"]).sees("why")).sees(screen)
        walk.presses("stay").sees("stayed")
        if way == "embed":
            assert walk.closes()["outcome"] == "abandoned"
            assert walk.heard() == [["onAbandoned", "abandoned"]]

    assert world.billing.requests == []


def test_a_reason_with_its_follow_up_and_their_own_words_are_kept(world, begin):
    walk = begin("embed", offers=["training"]).sees("why")
    walk.says("price_value", "price_rose", "Twice in one year.").presses("answer").sees("value")

    result = walk.leaves().closes()

    said = (result["reason"], result["follow_up"], result["feedback"])
    assert said == ("price_value", "price_rose", "Twice in one year.")


@pytest.mark.parametrize("way", WAYS)
def test_who_has_left_may_say_what_does_the_job_now_and_is_thanked(world, begin, way):
    walk = begin(way).sees("why").leaves()
    walk.page.locator("input[name=next_job][value=rival]").check()
    walk.page.locator("input[name=rival]").fill("Ledgerly")
    walk.presses("answer")

    expect(walk.screen).to_contain_text("Thank you for telling us.")
    assert walk.page.locator("input[name=next_job]").count() == 0
    if way == "embed":
        assert walk.closes()["outcome"] == "canceled"
        assert walk.heard() == [["onCanceled", "canceled"]]  # once


@pytest.mark.parametrize("way", WAYS)
def test_leaving_is_taken_back_in_one_click(world, begin, way):
    walk = begin(way).sees("why").leaves()

    walk.presses("return").sees("back")

    assert world.billing.kinds()[-2:] == ["uncancel", "read_back"]
    assert "Your subscription goes on" in walk.text
    if way == "embed":
        assert walk.closes()["outcome"] == "returned"
        assert walk.heard() == [["onCanceled", "canceled"], ["onReturned", "returned"]]


@pytest.mark.parametrize("way", WAYS)
def test_who_is_held_out_or_here_again_sees_why_and_confirm_alone(world, begin, way):
    for account, subscription in ((world.held, "sub_1"), ("again", "sub-again")):
        walk = begin(way, account=account, subscription=subscription, mode="live").sees("why")
        walk.says("missing_feature").presses("answer").sees("confirm")
        walk.presses("stay").sees("stayed")
        if way == "embed":
            assert walk.closes()["offers_shown"] == []


@pytest.mark.parametrize("way", WAYS)
def test_where_the_law_wants_it_the_way_out_stays_in_sight(world, begin, way):
    walk = begin(way, offers=["training"], **US).sees("why")

    for screen in ("why", "value", "offers"):
        expect(walk.sees(screen).page.locator(".has-leave-always button.way-leave")).to_be_visible()
        if screen != "offers":
            walk.presses({"why": "answer", "value": "next"}[screen])
    walk.leaves()


@pytest.mark.parametrize("way", WAYS)
def test_a_german_consumer_confirms_at_once_and_hears_of_offers_after(world, begin, way):
    walk = begin(way, offers=["pause_2_months"], **GERMAN).sees("confirm")
    assert walk.page.locator("button[value^='accept:']").count() == 0
    walk.page.locator("input[name=notice_kind][value=ordinary]").check()
    walk.page.locator("input[name=receipt_to]").fill("me@home.example")
    walk.presses("leave").sees("left")
    assert "me@home.example" in walk.text and walk.page.locator("[data-block=pause]").count() == 0

    walk.says("changed_needs").presses("answer")
    walk.presses("accept:pause_2_months").sees("back")

    assert "What you accepted is agreed" in walk.text
    kinds = [kind for kind in world.billing.kinds() if kind != "read_back"]
    assert kinds[:2] == ["cancel_at_period_end", "uncancel"]
    if way == "embed":
        assert walk.closes()["outcome"] == "returned"


@pytest.mark.parametrize("way", WAYS)
def test_what_is_wrong_with_an_answer_is_said_and_keeps_nobody(world, begin, way):
    walk = begin(way, **GERMAN).sees("confirm")
    walk.page.locator("input[name=receipt_to]").fill("no address")
    walk.presses("leave").sees("confirm")
    expect(walk.page.locator("#problem")).to_contain_text("no mail address")

    walk.page.locator("input[name=receipt_to]").fill("")
    walk.presses("leave").sees("left")


def test_in_test_mode_everything_is_shown_and_nothing_is_asked_of_billing(world, begin):
    walk = begin("embed", mode="test", offers=["pause_2_months"]).to_offers()
    assert "Test: nothing here changes" in walk.text
    walk.accepts("pause_2_months").leaves()

    result = walk.closes()

    assert (result["mode"], result["billing"], world.billing.requests) == ("test", "done", [])


def test_an_abandoned_visit_names_its_mode_and_everything_else_of_a_result(world, begin):
    walk = begin("embed").sees("why")
    abandoned = walk.closes()
    whole = begin("embed").sees("why").presses("stay").sees("stayed").closes()

    assert abandoned["outcome"] == "abandoned" and abandoned["mode"] == "live"
    assert set(whole) - set(abandoned) == {"offers_intended", "offers_shown"}


def test_back_to_the_application_closes_the_flow_and_leads_there(world, shop):
    world.site.pages["/home"] = "<!doctype html><title>Home</title>"
    walk = Embedded(shop, world, return_url=world.site.url + "/home").sees("why")
    walk.presses("stay").sees("stayed")

    shop.get_by_text("Back to the application").click()

    shop.wait_for_url("**/home")
    assert len(shop.context.pages) == 1


def test_a_page_may_close_the_flow_itself(world, begin):
    walk = begin("embed").sees("why")

    walk.page.evaluate("ended.close()")

    assert walk.result()["outcome"] == "abandoned"
    expect(walk.page.locator("tenure-cancel")).to_have_count(0)


def test_opened_again_with_the_same_token_the_visit_goes_on(world, shop):
    token = world.token(offers=["training"])
    Embedded(shop, world, token=token).to_offers().accepts("training").closes()

    walk = Embedded(shop, world, token=token).sees("why").leaves()

    until(walk.heard, [["onCanceled", "canceled"]])
    assert walk.closes()["outcome"] == "canceled"
