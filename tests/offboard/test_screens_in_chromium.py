"""The screens in Chromium without JavaScript: on a phone, in the dark, from right to left.

What leads from one to the next is tested where there is a server; here each is looked at by itself.
"""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from flow_worlds import RICH, TEXT, Visitor, built_in, flow_from
from msgspec.structs import replace

from chromium import launched
from tenure.offboard.colours import contrast
from tenure.offboard.flow import language_of
from tenure.offboard.flow_words import WORDS
from tenure.offboard.screens_drawn import page, style_of
from tenure.offboard.screens_made import screen_of

browser = pytest.fixture(scope="module")(launched)

MARKS = """() => [...document.querySelectorAll("button.way, a.way")].map(way => {
    const box = way.getBoundingClientRect(), style = getComputedStyle(way);
    return {kind: way.className.replace("way way-", ""), height: box.height, width: box.width,
            ink: style.color, fill: style.backgroundColor, size: style.fontSize,
            weight: style.fontWeight, top: box.top};
})"""
PAGES = {
    "why": ("full", ["back_to_why"]),
    "value": ("full", ["answer"]),
    "offers": ("full", ["answer", "next"]),
    "confirm": ("full", ["leave"]),
    "accepted": ("full", ["answer", "next", "accept:training"]),
    "left": ("full", ["leave", "leave"]),
    "in sight": ("click_to_cancel", ["answer"]),
    "notice": ("direct", []),
    "asked": ("direct", ["leave"]),
}


def arabic():
    words = "".join(f"{key} = {{ ar = {json.dumps(str(word))} }}\n" for key, word in WORDS.items())
    return flow_from(
        TEXT.replace('["en"]', '["ar"]').replace("{ en =", "{ ar =") + "[words]\n" + words
    )


def html_of(name, flow, language, **more):
    shape, actions = PAGES[name]
    visitor = Visitor(
        flow, replace(RICH, account_name="A" * 60), shape=shape, language=language, **more
    )
    for action in actions:
        if action == "back_to_why":
            visitor.does("answer", reason="not_adopted").does("back")
        else:
            visitor.does(action)
    screen = screen_of(visitor.passage, flow, visitor.facts)
    return page(screen, flow, visitor.passage, token="t", action="/leave", style=style_of(flow))


@pytest.fixture
def looked_at(browser, tmp_path):
    """The page of a screen, opened without JavaScript."""
    contexts = []

    def look(name, *, flow=None, language="en", width=390, scheme="light", **more):
        context = browser.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme,
            java_script_enabled=more.pop("script", False),
        )  # fmt: skip
        contexts.append(context)
        file = tmp_path / f"{name}.html"
        file.write_text(html_of(name, flow or built_in(), language, **more), "utf-8")
        shown = context.new_page()
        shown.goto(file.as_uri())
        return shown

    yield look
    for context in contexts:
        context.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("en", 1200, "light"), ("zh-hans", 390, "dark"), ("ar", 320, "light")],
)
def test_axe_finds_nothing_and_nothing_is_cut_off(looked_at, language, width, scheme):
    flow = arabic() if language == "ar" else built_in()
    assert language_of(flow, language) == language
    for name in PAGES:
        shown = looked_at(
            name, flow=flow, language=language, width=width, scheme=scheme, script=True
        )
        found = Axe().run(shown).response["violations"]
        assert [
            (name, each["id"], [node["html"] for node in each["nodes"]]) for each in found
        ] == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_way_out_weighs_as_much_as_any_other(looked_at, scheme):
    for name in ("why", "offers", "confirm", "accepted"):
        shown = looked_at(name, width=1200, scheme=scheme, script=True)
        marks = shown.evaluate(MARKS)
        [out] = [mark for mark in marks if mark["kind"] == "leave"]
        for other in marks:
            assert out["height"] >= other["height"] - 0.5 or other["kind"] in ("back", "link")
            assert (out["size"], int(out["weight"]) >= int(other["weight"])) == (
                other["size"],
                True,
            )
        if name != "accepted":
            assert contrast(_hex(out["ink"]), _hex(out["fill"])) >= 12


def _hex(rgb):
    return "#" + "".join(f"{int(part):02x}" for part in rgb[4:-1].split(",")[:3])


def test_the_way_out_is_in_sight_before_and_after_scrolling(looked_at):
    shown = looked_at("in sight", script=True)

    for top in (0, 300, 5000):
        shown.evaluate(f"scrollTo(0, {top})")
        box = shown.locator("button.way-leave").bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 844


def test_a_follow_up_opens_under_the_reason_without_a_script(looked_at):
    shown = looked_at("why")

    inside = shown.locator(".inside:visible")
    assert inside.count() == 1
    assert "What kept people" in inside.inner_text()
    shown.get_by_label("It is too expensive for what we get from it.").check()
    assert shown.locator(".inside:visible").count() == 1
    assert "What kept people" not in shown.locator(".inside:visible").inner_text()


def test_by_keyboard_each_way_is_reached_in_the_order_of_reading(looked_at):
    shown = looked_at("why")
    reached = []
    for _ in range(6):
        shown.keyboard.press("Tab")
        reached.append(shown.locator(":focus").evaluate("each => each.value || each.name"))

    assert reached == ["not_adopted", "old_way", "text", "answer", "leave", "stay"]
