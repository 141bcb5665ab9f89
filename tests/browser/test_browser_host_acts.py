"""The host's page makes a change itself, and the call that pages made to Churnkey."""

import json

import pytest
from browser_world import until
from leaving_world import Embedded
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
ACTS = ["pause", "discount", "cancel_at_period_end", "uncancel", "refund"]
# What a handler of these pages does: it tells the test, and ends as the test says.
HANDLER = "(act, result) => new Promise((resolve, reject) => { made.push(act); ends = { resolve, reject }; })"


@pytest.fixture(scope="module")
def shop(browser):
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.said = []
    page.on("console", lambda line: page.said.append(line.text))
    yield page
    context.close()


@pytest.fixture
def begin(world, shop):
    def start(how, **said):
        if "/account" in shop.url:
            shop.evaluate("() => { window.made = []; }")
        shop.said.clear()
        said.setdefault("host_acts", ACTS)
        return Embedded(shop, world, how="onError: null, " + how, **said)

    shop.add_init_script("window.made = [];")
    return start


def handled(name, handler=HANDLER):
    return f"{name}: {handler}"


def made(walk):
    """What the handler was given, once it was called."""
    until(lambda: walk.page.evaluate("made.length"))
    return walk.page.evaluate("made[0]")


def make(world, act):
    """The host's own server does it, by a key of its own."""
    world.billing.make({"kind": act["kind"], "id": act["key"], "values": act["values"]})


def ends(walk, how, message=""):
    walk.page.evaluate(f"([message]) => ends.{how}({{ message }})", [message])


def to_pause(walk):
    return walk.to_offers().presses("accept:pause_2_months")


def test_the_handler_is_waited_for_and_counts_once_billing_shows_it(world, begin):
    walk = to_pause(begin(handled("handlePause"), offers=["pause_2_months"]))
    act = made(walk)
    waiting = walk.page.locator(".busy")
    expect(waiting).to_have_text("One moment: it is being set up.")
    expect(waiting).to_be_focused()
    assert walk.heard() == [] and world.billing.kinds() == []
    assert (act["kind"], act["subscription"]) == ("pause", "sub_1") and act["values"]["until_on"]

    make(world, act)
    ends(walk, "resolve", "Paused, with our thanks.")
    walk.sees("accepted")

    assert "It is set up already." in walk.text and "Paused, with our thanks." in walk.text
    assert set(world.billing.kinds()) == {"read_back"}
    until(walk.heard, [["onSaved", "saved"]])
    assert walk.closes()["billing"] == "done"


def test_a_handler_that_lies_is_not_believed(world, begin):
    lies = "() => Promise.resolve()"
    walk = to_pause(begin(handled("handlePause", lies), offers=["pause_2_months"]))

    walk.sees("accepted")

    assert "It is being set up." in walk.text
    assert walk.closes()["billing"] == "pending"


@pytest.mark.parametrize(
    "fails", ["() => { throw new Error('no'); }", "() => Promise.reject('no')"]
)
def test_a_handler_that_fails_shows_who_does_it_a_way_to_try_again_and_the_way_out(
    world, begin, fails
):
    walk = to_pause(begin(handled("handlePause", fails), offers=["pause_2_months"]))
    walk.sees("accepted")

    expect(walk.page.locator("#problem")).to_be_focused()
    assert "This could not be set up just now" in walk.text and "A person does that by" in walk.text
    assert walk.heard() == []  # nothing is saved as far as anybody knows
    walk.leaves()
    assert walk.closes()["outcome"] == "canceled"


def test_what_failed_is_tried_again_by_the_same_page(world, begin):
    walk = to_pause(begin(handled("handlePause"), offers=["pause_2_months"]))
    act = made(walk)
    ends(walk, "reject", "The bank says no.")
    expect(walk.sees("accepted").screen).to_contain_text("The bank says no.")

    walk.page.evaluate("() => { window.made = []; }")
    walk.presses("act")
    assert made(walk) == act  # under the same key
    make(world, act)
    ends(walk, "resolve")

    expect(walk.sees("accepted").screen).to_contain_text("It is set up already.")
    assert walk.heard() == [["onSaved", "saved"]]


def test_a_handler_that_never_ends_keeps_nobody(world, begin):
    walk = to_pause(
        begin("handlerTimeout: 300, " + handled("handlePause"), offers=["pause_2_months"])
    )
    walk.sees("accepted")

    assert "A person does that by" in walk.text


def test_who_closes_it_meanwhile_leaves_a_change_that_is_under_way(world, begin):
    walk = to_pause(begin(handled("handlePause"), offers=["pause_2_months"]))
    made(walk)

    result = walk.closes()

    assert (result["outcome"], result["billing"]) == ("saved", "pending")
    assert walk.heard() == [["onSaved", "saved"]]


def test_another_window_without_a_handler_says_nothing_of_what_is_under_way(world, browser, begin):
    token = world.token(host_acts=ACTS, offers=["pause_2_months"])
    context = browser.new_context()
    beside = Embedded(context.new_page(), world, token=token).to_offers()
    walk = to_pause(begin(handled("handlePause"), token=token))
    act = made(walk)

    beside.accepts("pause_2_months")
    assert "It is being set up." in beside.text
    assert beside.page.locator("#problem").count() == 0

    make(world, act)
    ends(walk, "resolve")
    expect(walk.sees("accepted").screen).to_contain_text("It is set up already.")
    context.close()


def test_a_cancellation_is_the_pages_and_counts_when_its_handler_fails(world, begin):
    fails = "() => Promise.reject(new Error('offline'))"
    walk = begin(handled("handleCancel", fails), cancel_url=world.site.url + "/own")
    walk.sees("why").leaves()

    assert "Your cancellation was received" in walk.text
    assert "A person does that by" in walk.text and "It counts from" in walk.text
    assert walk.links()["Cancel on the application's own page"] == world.site.url + "/own"
    result = walk.closes()
    assert (result["outcome"], result["billing"]) == ("canceled", "unsure")


def test_leaving_and_coming_back_by_handlers(world, begin):
    both = handled("handleCancel") + ", " + handled("handleReturn")
    walk = begin(both).sees("why").presses("leave").sees("confirm").presses("leave")
    make(world, made(walk))
    ends(walk, "resolve")
    expect(walk.sees("left").screen).to_contain_text("Your subscription is cancelled")

    walk.page.evaluate("() => { window.made = []; }")
    walk.presses("return")
    make(world, made(walk))
    ends(walk, "resolve")
    walk.sees("back")

    assert walk.closes()["billing"] == "done"
    assert set(world.billing.kinds()) == {"read_back"}


def test_a_handler_that_nobody_signed_for_is_not_called_and_the_console_says_why(world, begin):
    walk = to_pause(
        begin(handled("handlePause"), host_acts=["discount"], offers=["pause_2_months"])
    )
    walk.sees("accepted")

    assert walk.page.evaluate("made") == []
    assert world.billing.kinds() == ["pause", "read_back"]
    assert any("host_acts lacks: pause" in line for line in walk.page.said)


def test_in_test_mode_no_handler_is_called(world, begin):
    walk = to_pause(begin(handled("handlePause"), mode="test", offers=["pause_2_months"]))
    walk.sees("accepted")

    assert walk.page.evaluate("made") == []
    assert any("test mode" in line for line in walk.page.said)


# --- the call that pages made to Churnkey

LISTENED = """['onPause', 'onDiscount', 'onPlanChange', 'onTrialExtension', 'onCancel', 'onClose',
    'onStepChange', 'handleSupportRequest', 'handleRedirect']"""
# As Churnkey's own guide has it: a page waits for `init`, then calls it.
SNIPPET = """<!doctype html><html lang="en"><title>Account</title><button id="go">Cancel</button><script>
!function () {
  if (!window.churnkey || !window.churnkey.created) {
    window.churnkey = { created: true };
    const a = document.createElement('script');
    a.src = 'SCRIPT';
    a.async = true;
    a.dataset.tokenUrl = '/token';
    const b = document.getElementsByTagName('script')[0];
    b.parentNode.insertBefore(a, b);
  }
}();
window.heard = [];
window.show = (more) => {
  const config = { customerId: 'cus_1', subscriptionId: 'sub_1', authHash: 'abc', appId: 'x',
    mode: 'live', provider: 'stripe', record: true };
  for (const name of LISTENED) config[name] = (...said) => { heard.push([name, ...said]); };
  window.ended = churnkey.init('show', Object.assign(config, more));
};
</script>"""


class Asking:
    """The host's own address for tokens: it notes what it was sent."""

    def __init__(self, world, page):
        self.world, self.asked, self.said = world, [], {}
        page.route("**/token", self.answer)

    def answer(self, route):
        self.asked.append(json.loads(route.request.post_data))
        route.fulfill(json={"token": self.world.token(**self.said)})


@pytest.fixture
def churnkey(browser, world):
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.said = []
    page.on("console", lambda line: page.said.append(line.text))
    page.asking = Asking(world, page)
    world.site.pages["/churnkey"] = SNIPPET.replace(
        "SCRIPT", world.url + "/churnkey.js?appId=x"
    ).replace("LISTENED", LISTENED)
    page.goto(world.site.url + "/churnkey")
    page.wait_for_function("() => typeof churnkey.init === 'function'")
    yield page
    context.close()


class Shimmed(Embedded):
    def __init__(self, page, more="{}", **said):
        self.page = page
        page.asking.said = said
        page.evaluate(f"() => show({more})")

    def told(self):
        return [said[0] for said in self.page.evaluate("heard") if said[0] != "onStepChange"]


def test_churnkeys_call_opens_our_flow_with_a_token_of_the_hosts_server(world, churnkey):
    walk = Shimmed(churnkey, offers=["pause_2_months"])
    to_pause(walk).sees("accepted")
    results = walk.closes()

    assert churnkey.asking.asked == [{"customerId": "cus_1", "subscriptionId": "sub_1"}]
    assert walk.told() == ["onPause", "onClose"]
    [_, customer, pause] = next(s for s in churnkey.evaluate("heard") if s[0] == "onPause")
    assert (customer["id"], pause["pauseDuration"]) == ("cus_1", 2)
    assert (results["canceled"], results["aborted"], results["mode"]) == (False, False, "LIVE")
    assert results["acceptedOffer"]["offerType"] == "PAUSE"
    steps = [said[1] for said in churnkey.evaluate("heard") if said[0] == "onStepChange"]
    assert steps == ["survey", "offer", "success"]


def test_churnkeys_handlers_come_first_and_get_what_they_always_got(world, churnkey):
    handler = """{ handleCancel: (customer, reason, text) => new Promise((resolve) => {
        heard.push(['handleCancel', customer.id, reason, text]);
        resolve({ message: 'You are free.' }); }) }"""
    walk = Shimmed(churnkey, handler, host_acts=["cancel_at_period_end"])
    walk.sees("why").says("closing", "nobody", "We retire.").leaves()

    assert "You are free." in walk.text
    assert walk.told() == ["handleCancel", "onCancel"]
    called = next(said for said in churnkey.evaluate("heard") if said[0] == "handleCancel")
    assert called == ["handleCancel", "cus_1", "closing", "We retire."]
    assert walk.closes()["result"] == "cancel"


@pytest.mark.parametrize(
    ("offer", "heard"),
    [
        ("discount_20_3_months", ["onDiscount", {"percent_off": 20, "duration_in_months": 3}]),
        ("cheaper_plan", ["onPlanChange", {"planId": "Starter"}]),
        ("talk_to_a_person", ["handleSupportRequest", None]),
        (
            "marsh_partners",
            ["handleRedirect", {"redirectUrl": "https://partner.example.com/start"}],
        ),
    ],
)
def test_each_kind_of_offer_is_told_as_churnkey_tells_it(world, churnkey, offer, heard):
    walk = Shimmed(churnkey, offers=[offer])
    walk.to_offers().accepts(offer)

    assert walk.told() == heard[:1]
    said = churnkey.evaluate("heard").pop(-1)
    if heard[1]:
        assert {name: said[2][name] for name in heard[1]} == heard[1]
    assert walk.closes()["aborted"] is False


def test_it_is_hidden_shown_anew_and_forgotten(world, churnkey):
    walk = Shimmed(churnkey, "{ onClose: (results) => heard.push(['onClose', results]) }")
    walk.sees("why")
    churnkey.evaluate("() => { churnkey.init('restart'); }")
    until(lambda: churnkey.evaluate("1") and len(churnkey.asking.asked), 2)
    walk.sees("why")

    churnkey.evaluate("() => churnkey.hide()")
    expect(churnkey.locator("tenure-cancel")).to_have_count(0)
    churnkey.evaluate("() => churnkey.clearState()")

    assert walk.told() == ["onClose", "onClose"]
    assert churnkey.evaluate("heard.filter(([name]) => name === 'onClose')[0][1].aborted")
    assert churnkey.evaluate("churnkey.init('check-failed-payments')") is None


def test_without_a_token_it_says_what_to_add_and_the_page_goes_on_by_itself(world, churnkey):
    churnkey.evaluate("document.querySelector('script[data-token-url]').dataset.tokenUrl = ''")
    said = churnkey.evaluate(
        "() => churnkey.init('show', { customerId: 'c', authHash: 'x' }).catch((error) => error.message)"
    )
    heard = churnkey.evaluate("""() => new Promise((done) => {
        churnkey.init('show', { customerId: 'c', onError: (error, type) => done([error.message, type]) });
    })""")

    assert "needs `token` or `tokenUrl`" in said and heard == [said, "tenure"]
    assert said in churnkey.said


def test_when_the_hosts_server_gives_no_token_who_listens_goes_on(world, churnkey):
    churnkey.route("**/token", lambda route: route.fulfill(status=500))

    churnkey.evaluate(
        "() => show({ onError: (error, type) => heard.push(['onError', error.message]) })"
    )

    until(lambda: churnkey.evaluate("heard.length"), 1)
    assert "HTTP 500" in churnkey.evaluate("heard[0][1]")
    assert churnkey.evaluate("ended") is None


def test_calls_made_before_it_has_come_are_kept(world, browser):
    context = browser.new_context()
    page = context.new_page()
    world.site.pages["/early"] = f"""<!doctype html><title>Early</title><script>
        window.churnkey = {{ created: true, q: [], init() {{ this.q.push(arguments); }} }};
        churnkey.init('show', {{ token: '{world.token()}' }});
        </script><script async src="{world.url}/t/churnkey.js"></script>"""
    page.goto(world.site.url + "/early")

    expect(page.locator("[data-screen=why]")).to_be_visible()
    assert page.evaluate("churnkey.created && typeof churnkey.hide") == "function"
    context.close()
