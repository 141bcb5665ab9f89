"""An editor can point at the line of a mistake."""

import time

import pytest

from tenure.base.errors import BadDefinition
from tenure.definitions.toml_file import Fields
from tenure.definitions.toml_lines import line_of, line_said

TEXT = """\
# a comment with [[feature]] in it
[product]
name = "Fernhill"

[[feature]]
name = "one"
[[feature]]      # the second
name = "two"
plans = ["Pro"]

[first_value]
[[first_value.step]]
name = "a"
[[first_value.step]]
event = "B"

[[plan]]
name = "Free"
limits = { seats = 3 }
"quoted key" = 1
"""


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("product.name", 3),
        ("feature[1].name", 6),
        ("feature[2]", 7),
        ("feature[2].plans", 9),
        ("feature[2].events", 7),  # missing: where its table begins
        ("first_value.step[2].event", 15),
        ("plan[1].limits", 19),
        ("plan[1].limits.seats", 19),
        ("plan[1].quoted key", 20),
        ("feature[3].name", None),
        ("nowhere", None),
        ("", None),
    ],
)
def test_a_field_is_found_on_its_line(field, line):
    assert line_of(TEXT, field) == line


def test_the_reader_of_toml_names_a_line_itself():
    with pytest.raises(BadDefinition) as refused:
        Fields.of("a = 1\nb = \n", "x.toml")

    assert line_said(refused.value.message) == 2
    assert line_said("no line is named here") is None


@pytest.mark.parametrize("line", ["[" + " " * 900 + "x", "[[" + " " * 5_000, '"' + "\\a" * 400])
def test_a_text_written_to_hold_up_the_reader_does_not(line):
    began = time.perf_counter()

    assert line_of("\n".join([line] * 300), "x") is None
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("  [ why ]   # of them", "why"),
        ("[[ reason ]]", "reason[1]"),
        ("[a . b]", "a.b"),
    ],
)
def test_headers_are_found_however_they_are_spaced(line, field):
    assert line_of(f"x = 1\n{line}\n", field) == 2


@pytest.mark.parametrize("line", ["[1, 2] is no header", "[x] y", "[a[b]]", "[]"])
def test_what_is_no_header_is_none(line):
    assert line_of(f"{line}\n", "x") is None
