"""How the way out looks and is used: by keyboard alone, on a phone, in three languages, from right
to left, in the dark, without motion; and axe finds nothing on any screen, embedded or hosted."""

import pytest
from leaving_world import Embedded, OnPage, axe_faults
from playwright.sync_api import expect

pytestmark = pytest.mark.slow
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1200, "height": 900}
# Where it is looked at: way, language, scheme, size.
LOOKS = [
    ("embed", "en", "light", DESK),
    ("page", "en", "dark", PHONE),
    ("embed", "zh-hans", "dark", PHONE),
    ("page", "zh-hant", "light", PHONE),
    ("embed", "ar", "light", PHONE),
    ("page", "ar", "dark", DESK),
]
GERMAN, US = {"country": "DE", "is_consumer": True}, {"country": "US"}


@pytest.fixture
def look(browser, world):
    contexts = []

    def begin(way, language="en", scheme="light", size=DESK, **said):
        more = {"java_script_enabled": False} if said.pop("no_script", False) else {}
        context = browser.new_context(
            viewport=size, color_scheme=scheme, reduced_motion="reduce", **more
        )
        contexts.append(context)
        if language == "ar":
            said["account"] = said.get("account") or world.account("arabic")
        said.setdefault("locale", language)
        page = context.new_page()
        return (Embedded if way == "embed" else OnPage)(page, world, **said)

    yield begin
    for context in contexts:
        context.close()


def faults(walk, name):
    """What axe has against the screen, and whether anything is wider than it."""
    scope = "tenure-cancel" if isinstance(walk, Embedded) else None
    told = [f"{name}: {each}" for each in axe_faults(walk.page, scope)]
    width = walk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return told + ([f"{name}: {width} px too wide"] if width > 0 else [])


@pytest.mark.parametrize(("way", "language", "scheme", "size"), LOOKS)
def test_axe_finds_nothing_on_any_screen(look, way, language, scheme, size):
    direction = "rtl" if language == "ar" else "ltr"
    offers = ["training", "pause_2_months"]
    walk = look(way, language, scheme, size, offers=offers).sees("why")
    assert walk.screen.get_attribute("dir") == direction
    found = faults(walk, "why")
    walk.says("missing_feature").presses("answer").sees("value")
    found += faults(walk, "value")
    found += faults(walk.presses("next").sees("offers"), "offers")
    found += faults(walk.accepts("training"), "accepted")
    found += faults(walk.presses("leave").sees("confirm"), "confirm")
    found += faults(walk.presses("leave").sees("left"), "left")
    found += faults(walk.presses("return").sees("back"), "back")

    assert found == []


@pytest.mark.parametrize("way", ["embed", "page"])
def test_axe_finds_nothing_in_the_shapes_of_the_law_nor_where_something_is_wrong(look, way):
    walk = look(way, size=PHONE, **US).sees("why")
    found = faults(walk, "in sight")
    walk = look(way, size=PHONE, offers=["pause_2_months"], **GERMAN).sees("confirm")
    found += faults(walk, "notice")
    walk.page.locator("input[name=receipt_to]").fill("no address")
    walk.presses("leave")
    expect(walk.page.locator("#problem")).to_be_visible()
    found += faults(walk, "wrong")
    walk.page.locator("input[name=receipt_to]").fill("")
    found += faults(walk.presses("leave").sees("left"), "left")
    walk.says("changed_needs").presses("answer")
    expect(walk.way("accept:pause_2_months")).to_be_visible()
    found += faults(walk, "after")
    walk = look(way).sees("why").presses("stay").sees("stayed")
    found += faults(walk, "stayed")

    assert found == []


@pytest.mark.parametrize("way", ["embed", "page"])
def test_what_billing_refused_is_seen_by_everybody(look, world, way):
    world.billing.before = lambda asked: (
        (lambda request: request.answer(200, b'{"status": "refused"}'))
        if asked["kind"] == "cancel_at_period_end"
        else None
    )
    walk = look(way, size=PHONE).sees("why").leaves()

    assert "Your cancellation was received" in walk.text
    assert faults(walk, "refused") == []


@pytest.mark.parametrize("way", ["embed", "page"])
def test_the_keyboard_alone_leads_from_the_first_screen_to_the_end_and_back(look, way):
    walk = look(way, offers=["pause_2_months"], no_script=way == "page").sees("why")
    keyboard = walk.page.keyboard

    def reach(selector):
        """Tab by tab, and within a choice by the arrows."""
        for _ in range(40):
            focused = walk.page.locator(f"{selector}:focus")
            if focused.count():
                return
            keyboard.press("Tab")
        raise AssertionError(f"{selector} is not reached")

    reach("input[name=reason]")
    keyboard.press("Space")
    expect(walk.page.locator("input[name=reason]:checked")).to_have_count(1)
    reach("button[value=answer]")
    keyboard.press("Enter")
    walk.sees("value")
    reach("button[value=next]")
    keyboard.press("Enter")
    walk.sees("offers")
    reach("button[value=leave]")
    keyboard.press("Enter")
    walk.sees("confirm")
    reach("button[value=leave]")
    keyboard.press("Enter")
    walk.sees("left")
    reach("button[value=return]")
    keyboard.press("Enter")
    walk.sees("back")


def test_in_the_embed_each_screen_begins_at_its_title_and_the_focus_stays_inside(look):
    walk = look("embed", offers=["training"]).sees("why")
    for action in ("answer", "next", "accept:training", "leave", "leave"):
        expect(walk.page.locator("#screen-title")).to_be_focused()
        for _ in range(14):
            walk.page.keyboard.press("Tab")
            inside = "['TENURE-CANCEL', 'BODY'].includes(document.activeElement.tagName)"
            assert walk.page.evaluate(inside)
        walk.presses(action)
        walk.page.wait_for_function(
            "() => document.querySelector('tenure-cancel').shadowRoot.activeElement?.id === 'screen-title'"
        )
    walk.sees("left").closes()
    expect(walk.page.locator("#go")).to_be_focused()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_cross_stands_at_the_end_of_the_line_and_covers_nothing(look, language):
    walk = look("embed", language, size=PHONE).sees("why")

    cross = walk.page.locator(".shut").bounding_box()
    is_left = cross["x"] < 195
    assert is_left == (language == "ar")


def test_nothing_moves_for_who_wants_nothing_to_move(look):
    walk = look("embed").sees("why")

    moving = walk.page.evaluate("""() => [...document.querySelector('tenure-cancel').shadowRoot
        .querySelectorAll('*')].filter((each) => {
            const style = getComputedStyle(each);
            return parseFloat(style.transitionDuration) || style.animationName !== 'none';
        }).length""")
    assert moving == 0


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_every_word_of_every_screen_is_in_the_language_of_the_visit(look, language):
    walk = look("page", language, offers=["pause_2_months"], no_script=True)
    walk.to_offers().accepts("pause_2_months")
    seen = walk.text
    walk.presses("leave").sees("confirm")
    seen += walk.text
    walk.presses("leave").sees("left")
    seen += walk.text

    english = [line for line in seen.splitlines() if line.strip() and line.isascii()]
    plain = {"", "Team", "Team-0", "ann@acme.example"}
    assert [line for line in english if line.strip() not in plain and " " in line.strip()] == []
