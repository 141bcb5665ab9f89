"""An editor can point at the line of a mistake."""

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
