"""docs/offers.md says what the code does: kinds, codes and the example."""

import re
from pathlib import Path

import pytest

from offers.offer_worlds import COMPANY, product
from tenure.offers.book_file import read_book
from tenure.offers.kinds import KINDS
from tenure.offers.lint import WARNINGS
from tenure.offers.lint_sources import SOURCES
from tenure.offers.unfit import WHY_NOT

DOCUMENT = (Path(__file__).parents[2] / "docs" / "offers.md").read_text("utf-8")


def part(title: str) -> str:
    return DOCUMENT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(title: str) -> list[str]:
    return re.findall(r"^\| (`.+?`) \|", part(title), re.MULTILINE)


def test_every_kind_stands_there_with_what_its_texts_can_say():
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", part("Kinds"), re.MULTILINE)

    assert {name for name, *_ in rows} == set(KINDS)
    for name, fields, says, billing in rows:
        assert set(re.findall(r"\w+", says)) == KINDS[name].says, name
        named = set(re.findall(r"`(\w+)`", fields))
        assert named == KINDS[name].fields, name
        assert billing.startswith(f"`{KINDS[name].change}`" if KINDS[name].change else "a task")


def test_every_reason_why_not_stands_there():
    told = set(re.findall(r"`(\w+)`", " ".join(first_cells("Why an offer does not fit"))))

    assert told == set(WHY_NOT)


def test_every_rule_of_the_linter_stands_there():
    told = set(re.findall(r"`(\w+)`", " ".join(first_cells("What a book may never do"))))
    warned = set(re.findall(r"`(\w+)`", part("What a book may never do").rpartition("Warnings")[2]))

    assert told == set(SOURCES) - WARNINGS
    assert warned == WARNINGS


@pytest.mark.parametrize(
    "field", ["where", "segments", "except_reasons", "owner_task", "explore_share"]
)
def test_the_example_names_fields_that_there_are(field):
    assert f"\n{field} = " in DOCUMENT.partition("```toml")[2].partition("```")[0]


def test_the_example_can_be_read():
    text = DOCUMENT.partition("```toml\n")[2].partition("```")[0]
    words = '{ en = "x", "zh-hans" = "x", "zh-hant" = "x" }'
    text = re.sub(r"= \{ (en = \"|\.\.\.).*\}", f"= {words}", text)

    [offer] = read_book(text, "offers.toml", product(), COMPANY).offers
    assert offer.kind == "discount"
    assert [each.side for each in offer.commitments] == ["us", "them"]
