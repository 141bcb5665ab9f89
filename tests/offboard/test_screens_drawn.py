"""The screens as HTML: one set of templates, no script, and colours that can be read."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from flow_worlds import ASK, RICH, TEXT, Visitor, flow_from, offer
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tenure.base.errors import InvalidInput
from tenure.offboard.colours import DARK, LIGHT, contrast, readable, text_on
from tenure.offboard.flow_parts import SHAPES, Theme
from tenure.offboard.passage import Step, take
from tenure.offboard.screens_drawn import fragment, page, policy_of, style_of, theme_of
from tenure.offboard.screens_made import screen_of

VOID = {"input", "meta", "link", "br"}


class Read(HTMLParser):
    """The elements of a page, in order, with their attributes; refuses tags that do not close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == [], self._open

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag, (tag, self.getpos())

    def all(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


def drawn(visitor, **more):
    screen = screen_of(visitor.passage, visitor.flow, visitor.facts, **more)
    return fragment(screen, visitor.flow, visitor.passage, token="SEALED", action="/leave")


def every_screen(**more):
    """A visitor on each screen there is, by a name."""
    ways = {
        "why": [],
        "value": ["answer"],
        "offers": ["answer", "next"],
        "confirm": ["leave"],
        "accepted": ["answer", "next", "accept:training"],
        "left": ["leave", "leave"],
        "back": ["leave", "leave", "return"],
        "stayed": ["stay"],
    }
    for name, actions in ways.items():
        visitor = Visitor(**more)
        for action in actions:
            visitor.does(action)
        assert visitor.screen == name
        yield name, visitor
    yield "direct", Visitor(shape="direct", **more)
    asked = Visitor(shape="direct", **more).does("leave")
    yield "direct left", asked
    yield (
        "direct offered",
        Visitor(shape="direct", **more).does("leave").does("answer", reason="other"),
    )


@pytest.mark.parametrize(("name", "visitor"), list(every_screen()), ids=lambda each: str(each)[:14])
def test_each_screen_is_sound_without_a_script(name, visitor):
    read = Read(drawn(visitor))

    assert len(read.all("h1")) == 1
    ids = [each["id"] for _, each in read.elements if "id" in each]
    assert len(ids) == len(set(ids))
    assert read.all("script") == []
    assert not any(
        key.startswith("on") or key == "style" for _, each in read.elements for key in each
    )
    [form] = read.all("form")
    assert (form["method"], form["action"]) == ("post", "/leave")
    assert {"type": "hidden", "name": "passage", "value": "SEALED"} in read.all("input")
    labels = {each.get("for") for each in read.all("label")}
    for each in read.all("input", "textarea"):
        assert each.get("type") == "hidden" or each["id"] in labels
    for each in read.all("fieldset"):
        assert "aria-labelledby" in each or read.all("legend")
    for each in read.all("button"):
        assert (each["type"], each["name"]) == ("submit", "action")
    assert not any("checked" in each for each in read.all("input"))


def test_the_whole_page_has_its_style_inside_and_a_policy_that_lets_nothing_else_in():
    visitor = Visitor()
    style = style_of(visitor.flow)
    screen = screen_of(visitor.passage, visitor.flow, visitor.facts)

    html = page(screen, visitor.flow, visitor.passage, token="t", action="/leave", style=style)

    [inside] = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    seal = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
    assert f"style-src 'sha256-{seal}'" in policy_of(style)
    assert "default-src 'none'" in policy_of(style)
    assert '<html lang="en" dir="ltr">' in html
    assert "<title>What is the main reason for leaving? – Acme</title>" in html


def test_enter_in_a_field_goes_on_and_does_not_leave():
    for name, visitor in every_screen():
        buttons = Read(drawn(visitor)).all("button")
        fields = [each for each in Read(drawn(visitor)).all("input") if each.get("type") == "radio"]
        if name in ("why", "left", "direct left") and fields:
            assert buttons[0]["value"] == "answer"


EVIL = "<script>alert(1)</script>\"'&"


def test_what_somebody_else_wrote_is_never_markup():
    facts = replace(
        RICH, account_name=EVIL, plan=EVIL, required_outcome=EVIL, first_value=EVIL,
        features=(EVIL,), receipt_to=EVIL,
    )  # fmt: skip
    offers = (offer("pause", title=EVIL, text=EVIL, accept=EVIL, terms_text=EVIL,
                    commitments=({"side": "us", "text": EVIL, "due_on": "2026-03-20"},)),)  # fmt: skip
    ask = replace(ASK, account=EVIL, return_url='https://app.example.com/?a="><script>')
    for _, visitor in every_screen(facts=facts, offers=tuple(replace_kind(offers)), ask=ask):
        html = drawn(visitor)
        assert "<script" not in html
        assert Read(html).all("script") == []


def replace_kind(offers):
    """The same as an offer that is named as the screens' walk takes it."""
    [one] = offers
    yield offer(
        "training", "training", title=one.title, text=one.text, accept=one.accept,
        terms_text=one.terms_text, commitments=one.commitments,
    )  # fmt: skip


def test_an_answer_is_shown_again_as_it_was():
    visitor = Visitor().does("answer", reason="price_value", text="<b>Too & dear</b>").does("back")

    html = drawn(visitor)

    [chosen] = [each for each in Read(html).all("input") if "checked" in each]
    assert chosen["value"] == "price_value"
    assert "&lt;b&gt;Too &amp; dear&lt;/b&gt;" in html


def test_an_error_leads_to_its_field():
    visitor = Visitor()
    with pytest.raises(InvalidInput) as refused:
        take(visitor.passage, visitor.flow, Step("answer", {"text": "x" * 3000}))

    html = drawn(visitor, refused=refused.value)

    read = Read(html)
    [problem] = [each for each in read.all("div") if each.get("role") == "alert"]
    assert problem["tabindex"] == "-1"
    [field] = read.all("textarea")
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"].split() == ["error-text"]
    assert {"href": "#field-text"} in read.all("a")


def test_a_reason_that_is_missing_leads_to_the_first():
    flow = flow_from(TEXT.replace("[why]", "[why]\nis_required = true"))
    visitor = Visitor(flow)
    with pytest.raises(InvalidInput) as refused:
        visitor.does("answer")

    read = Read(drawn(visitor, refused=refused.value))

    assert {"href": "#field-reason-1"} in read.all("a")
    assert "field-reason-1" in [each.get("id") for each in read.all("input")]


def test_a_test_says_that_it_is_one():
    assert "nothing here changes" in drawn(Visitor(ask=replace(ASK, mode="test")))
    assert "nothing here changes" not in drawn(Visitor())


@pytest.mark.parametrize("shape", SHAPES)
def test_the_bar_with_the_way_out_is_there_where_it_must_stay_in_sight(shape):
    html = drawn(Visitor(shape=shape))

    assert ("has-leave-always" in html) == (shape == "click_to_cancel")


# --- colours

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [  # W3C's own: black on white is 21:1; #777777 on white 4.48, #767676 4.54 (WCAG techniques)
        ("#000000", "#ffffff", 21.0), ("#fff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54), ("#ff0000", "#ffffff", 4.0), ("#0000ff", "#ffffff", 8.59),
    ],
)  # fmt: skip
def test_contrast_is_as_the_w3c_works_it_out(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@settings(max_examples=300, deadline=None)
@given(colours, st.sampled_from([LIGHT, DARK]), st.sampled_from([3.0, 4.5]))
def test_any_accent_is_moved_until_it_can_be_read(accent, behind, ratio):
    used = readable(accent, behind, ratio)

    assert contrast(used, behind) >= ratio
    if contrast(accent, behind) >= ratio:
        assert used == accent  # and not a shade more than that


@settings(max_examples=300, deadline=None)
@given(colours)
def test_words_on_any_accent_can_be_read(accent):
    assert contrast(text_on(accent), accent) >= 4.5


@settings(max_examples=150, deadline=None)
@given(colours)
def test_a_theme_holds_the_ratios_in_both_schemes(accent):
    said = dict(re.findall(r"(--[\w-]+):([^;}]+)", theme_of(Theme(accent=accent))))

    for at, behind in enumerate((LIGHT, DARK)):
        fill, words, line = (_of(said[name], at) for name in ("--fill", "--on-fill", "--accent"))
        assert contrast(fill, behind) >= 3.0
        assert contrast(words, fill) >= 4.5
        assert contrast(line, behind) >= 4.5


def _of(value, at):
    found = re.fullmatch(r"light-dark\((.*),(.*)\)", value)
    return found[at + 1] if found else value


def test_the_sheet_is_written_for_both_kinds_of_page_and_no_larger_than_it_must_be():
    style = style_of(flow_from())

    assert ":host, body {" in style
    assert "/*" not in style
    assert "@import" not in style
    assert "url(" not in style
    assert len(style) < 14_000
