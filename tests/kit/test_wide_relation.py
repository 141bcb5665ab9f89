"""A wide relation is its catalogue and its topics, and every mistake in them is said."""

import pytest

from tenure.base.errors import BadDefinition
from tenure.kit.wide_relation import read_catalogue, statement, wide_relations

HEAD = """
[thing_card]
summary = "what each thing is."
rows = "thing_known"
key = "thing_id"
refresh = "with the card"

[thing_card.columns]
"""
WORDS = 'meaning = "m", question = "q"'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that can be imported, with one topic; gives its name and a writer of files."""
    folder = tmp_path / "wide_probe"
    (folder / "sql").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    (folder / "sql" / "card_thing.sql").write_text(
        "-- card_thing: x.\n--\n-- Grain    x\n-- Reads    thing\n-- Params   none\n"
        "-- Columns  thing_id  varchar\n--          size      bigint\n--          made_on   date\n"
        "-- Refresh  with the card\n-- Rule     x\n\nselect thing_id, size, made_on from thing\n"
    )
    return "wide_probe"


def read(package: str, lines: str):
    found = {}
    read_catalogue(package, HEAD + lines, found)
    return found["thing_card"]


def test_a_line_of_the_catalogue_is_a_column_of_the_type_that_the_topic_gives(package):
    wide = read(package, f'size = {{ sql = "card_thing", unit = "mm", default = 0, {WORDS} }}')
    made = statement(wide)

    assert (wide.columns["size"].type, wide.columns["size"].unit) == ("bigint", "mm")
    assert made.reads == ("thing_known", "card_thing")
    assert "coalesce(card_thing.size, 0) as size" in made.text
    assert [column.name for column in made.columns] == ["thing_id", "size"]
    assert (made.refresh, made.is_stored, made.params) == ("with the card", False, {})


def test_days_since_and_until_are_counted_from_today(package):
    made = statement(
        read(
            package,
            f'made_on = {{ sql = "card_thing", {WORDS} }}\n'
            f'days_since_made = {{ since = "made_on", {WORDS} }}\n'
            f'days_until_made = {{ until = "made_on", {WORDS} }}\n',
        )
    )

    assert made.params == {"today": "date"}
    assert "date_diff('day', card_thing.made_on::date, $today::date)" in made.text
    assert "date_diff('day', $today::date, card_thing.made_on::date)" in made.text


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f'size = {{ sql = "card_other", {WORDS} }}', "there is no such file"),
        (f'weight = {{ sql = "card_thing", {WORDS} }}', "has no column 'weight'"),
        ('size = { sql = "card_thing", meaning = "m" }', "say its `meaning` and the `question`"),
        (f'size = {{ sql = "card_thing", since = "made_on", {WORDS} }}', "give one of `sql`"),
        (f'size = {{ sql = "card_thing", colour = "red", {WORDS} }}', "'colour' says nothing here"),
        (f'days = {{ since = "made_on", {WORDS} }}', "'made_on' is no column of dates"),
        (f'thing_id = {{ sql = "card_thing", {WORDS} }}', "there is such a column already"),
        ("size = {", "this is not TOML"),
    ],
)
def test_a_mistake_is_said_with_its_place(package, line, problem):
    with pytest.raises(BadDefinition, match="wide_probe/.*" + problem.replace("(", r"\(")):
        read(package, line)


def test_a_package_without_a_catalogue_has_none():
    assert wide_relations(["tenure.measure"]) == []
