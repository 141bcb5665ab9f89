"""A definition's text is read by type, and every mistake says where it is and what to do."""

import time

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


@pytest.mark.parametrize(
    "text", ["x = 1\na" + ".a" * 60_000 + " = 1", "\n[" + '"a" . ' * 70 + "a]"]
)
def test_a_key_of_thousands_of_parts_is_refused_at_once_with_its_line(text):
    began = time.perf_counter()

    with pytest.raises(BadDefinition, match=r"64 parts or more \(at line 2, column 1\)"):
        Fields.of(text, "x.toml")
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("text", ["a" * 190_000, "." * 190_000, '"' * 190_000, "a." * 95_000])
def test_no_run_of_letters_holds_up_the_reader(text):
    began = time.perf_counter()

    with pytest.raises(BadDefinition):
        Fields.of(text, "x.toml")
    assert time.perf_counter() - began < 1


def test_keys_and_texts_with_a_few_dots_are_read():
    read = Fields.of('a.b."c.d" = "one.two.three"\n[x . y]\nz = 1.5\n', "x.toml")

    assert read.values == {"a": {"b": {"c.d": "one.two.three"}}, "x": {"y": {"z": 1.5}}}
