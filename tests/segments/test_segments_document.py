"""What docs/segments.md says of the language is what the language does."""

import re
from pathlib import Path

import pytest

from segments.segment_worlds import COLUMNS, Column, condition, tables
from tenure.segments.asking import members
from tenure.segments.bad_condition import BadCondition
from tenure.segments.built_in import SIGNALS, STAGES, built_in
from tenure.segments.checking import ARITHMETIC_MOST, VALUES_MOST
from tenure.segments.condition import read_condition
from tenure.segments.literals import DAYS_MOST
from tenure.segments.tokens import CHARACTERS_MOST, DEPTH_MOST, FUNCTIONS, TOKENS_MOST
from tenure.segments.vocabulary import Vocabulary

DOCUMENT = (Path(__file__).parents[2] / "docs" / "segments.md").read_text("utf-8")
MORE = {"status": Column("varchar"), "ends_on": Column("date"),
        "days_since_champion_seen": Column("bigint")}  # fmt: skip
KNOWN = Vocabulary("account", COLUMNS | MORE)


def part(title: str) -> str:
    return DOCUMENT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows_of(title: str) -> list[tuple[str, str]]:
    return re.findall(r"^\| `(.+?)` \| (.+?) \|$", part(title), re.MULTILINE)


@pytest.mark.parametrize(("text", "said"), rows_of("What is not known"))
def test_what_is_not_known_is_as_the_table_says(tmp_path, text, said):
    with tables(tmp_path) as world:
        world.accounts([{"account_id": "zero", "mrr_minor": 0}])
        found = members(world, condition(text))["subject_id"].to_pylist()

    assert found == (["zero"] if said.startswith("in") else [])


def test_there_is_a_table_of_what_is_not_known():
    assert len(rows_of("What is not known")) == 8


def test_every_limit_of_the_language_is_told():
    told = part("What is refused").replace(",", "")

    for limit in (
        CHARACTERS_MOST,
        TOKENS_MOST,
        DEPTH_MOST,
        ARITHMETIC_MOST,
        VALUES_MOST,
        DAYS_MOST,
    ):
        assert re.search(rf"\b{limit}\b", told), limit


def test_every_function_is_told():
    told = part("What a condition can say")

    assert [name for name in FUNCTIONS if f"{name}(" not in told] == []


def test_every_condition_in_the_document_can_be_asked():
    quoted = re.findall(r'where = "(.+)"', DOCUMENT)
    quoted += re.findall(r'segment count "(.+?)"', DOCUMENT)
    quoted += [text for text, _ in rows_of("What is not known")]
    quoted += re.findall(r"write `(last.+?)`", DOCUMENT)

    assert len(quoted) >= 10
    for text in quoted:
        read_condition(text, vocabulary=KNOWN)


def test_the_refusal_that_is_shown_is_the_one_that_is_given():
    [text] = re.findall(r'segment check "(.+?)"', DOCUMENT)
    with pytest.raises(BadCondition) as caught:
        read_condition(text, vocabulary=KNOWN)

    assert f"tenure: {caught.value.message}\n" in DOCUMENT


@pytest.mark.django_db
def test_there_is_a_segment_for_each_stage_and_each_kind_of_signal(home):
    names = {segment.name for segment in built_in()}

    assert names == {f"stage_{stage}" for stage in STAGES} | {f"signal_{kind}" for kind in SIGNALS}
    assert len(STAGES) == 6
