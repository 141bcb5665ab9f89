"""The reference page says what the catalogue and the headers say, and each column says enough."""

from pathlib import Path

import pytest

from tenure.card.catalogue import account_columns, person_columns
from tenure.card.changed_cards import PROMOTED
from tenure.card.docs import card_page
from tenure.card.models import AccountCard

ROOT = Path(__file__).parents[2]
EVERY = [*account_columns().values(), *person_columns().values()]


def test_the_page_of_columns_is_current():
    written = (ROOT / "docs" / "card.md").read_text("utf-8")

    assert written == card_page(), "run `python -m tenure.card.docs > docs/card.md`"


@pytest.mark.parametrize("column", EVERY, ids=lambda column: column.name)
def test_a_column_says_what_it_is_and_which_question_it_answers(column):
    assert column.meaning[0].isupper() or column.meaning.split(",")[0].islower()
    assert column.question.endswith("?")
    assert not column.name.endswith("_on") or column.type == "date"
    assert not column.name.endswith("_at") or column.type == "timestamptz"
    assert not column.name.startswith(("is_", "has_")) or column.type == "boolean"
    assert not column.name.endswith(("_share", "_ratio")) or column.type == "double"
    assert not column.name.endswith("_minor") or "minor" in column.unit


def test_there_are_about_sixty_columns_to_begin_with():
    assert len(account_columns()) >= 60


def test_what_pages_sort_by_is_of_the_card():
    fields = {field.name for field in AccountCard._meta.concrete_fields}

    assert set(PROMOTED) <= fields
    assert set(PROMOTED) <= account_columns().keys()
