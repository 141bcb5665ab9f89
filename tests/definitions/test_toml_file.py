"""A definition's text is read by type, and every mistake says where it is and what to do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.base.errors import BadDefinition
from tenure.definitions.toml_file import Fields


def read(text: str) -> Fields:
    return Fields.of(text, "x.toml")


@pytest.mark.parametrize(
    ("text", "ask", "message"),
    [
        ("a = 1", lambda f: f.text("a"), "x.toml: a: 1 is not text; write it as one"),
        ("", lambda f: f.text("a"), "x.toml: a: this is missing; add it"),
        ('a = " "', lambda f: f.text("a"), "x.toml: a: this is empty; fill it in"),
        (
            'a = "dat"', lambda f: f.text("a", among=("day", "week")),
            "x.toml: a: there is no value 'dat'; did you mean 'day'?",
        ),
        ("a = true", lambda f: f.whole("a"), "x.toml: a: True is not a whole number; write it as one"),
        ("a = -1", lambda f: f.whole("a"), "x.toml: a: -1 is below 0; write a larger number"),
        (
            "a = 99", lambda f: f.whole("a", most=9),
            "x.toml: a: this is above 9; write a smaller number",
        ),
        ('a = ["b", 1]', lambda f: f.texts("a"), "x.toml: a: 1 is no text; write a list of quoted texts"),
        ('a = ["b", "b"]', lambda f: f.texts("a"), "x.toml: a: a text stands here twice; leave one out"),
        ("[a]", lambda f: f.tables("a"), "x.toml: a: write each one as [[a]]"),
        (
            "[[a]]\nb = 1", lambda f: f.tables("a")[0].tables("b"),
            "x.toml: a[1].b: write each one as [[a.b]]",
        ),
        ("a = 1", lambda f: f.flag("a"), "x.toml: a: 1 is not true or false; write it as one"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_place_and_what_to_do(text, ask, message):
    with pytest.raises(BadDefinition) as refused:
        ask(read(text))

    assert refused.value.message == message


def test_a_field_that_nobody_asked_for_is_a_mistake_with_the_nearest_that_is_known():
    fields = read('[[feature]]\nname = "x"\nevnts = []')
    [feature] = fields.tables("feature")
    feature.text("name")
    feature.texts("events", [])

    with pytest.raises(BadDefinition) as refused:
        fields.done()

    assert refused.value.message == (
        "x.toml: feature[1].evnts: there is no such field; did you mean events?"
    )
    assert refused.value.field == "feature[1].evnts"


@pytest.mark.parametrize(
    "text", ["a = ", "a = 1\na = 2", "[a", "a = " + "[" * 5000, "a = " + "9" * 5000]
)
def test_what_is_no_toml_is_a_bad_definition(text):
    with pytest.raises(BadDefinition, match="x.toml: this is"):
        read(text)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_text_at_all_breaks_the_reader(text):
    try:
        fields = read(text)
        fields.tables("feature")
        fields.done()
    except BadDefinition as refused:
        assert refused.message.startswith("x.toml: ")
