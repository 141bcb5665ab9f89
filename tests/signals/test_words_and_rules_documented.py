"""docs/signals.md says which kinds there are, how a rule is changed, and how good the words are."""

import re
from pathlib import Path

import pytest

from signals.test_words import LANGUAGES, TELLS, counts, precision_and_recall
from tenure.signals.rules import KINDS, read_rules

PAGE = (Path(__file__).parents[2] / "docs" / "signals.md").read_text("utf-8")


def test_each_kind_is_on_the_page():
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.split("### Changing a rule")[0], re.M)

    assert sorted(listed) == sorted(KINDS)


def test_the_example_of_a_changed_rule_is_read():
    example = PAGE.split("```toml\n")[1].split("```")[0]
    rules = read_rules(example, "signals.toml")

    assert rules.gone_quiet.least_silence_days == 14
    assert not rules.paid_feature_unused.on
    assert [kind.name for kind in rules.declared] == ["price_page_seen"]


@pytest.mark.parametrize(
    ("rows", "name"),
    [("held out", "words_held_out.txt"), ("the same afterwards", "words_modelled.txt")],
)
def test_the_figures_of_the_words_are_those_that_are_measured(rows, name):
    lines = PAGE.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith(f"| {rows}"))

    for line, told in zip(lines[first:], TELLS, strict=False):
        if name == "words_modelled.txt" and told == "closing":
            continue  # the page has one line for it
        found = counts(name, *TELLS[told])
        cells = line.split("|")[3:6]
        for cell, language in zip(cells, LANGUAGES, strict=True):
            precision, recall = precision_and_recall(found, language)
            assert cell.strip().startswith(f"{precision:.2f}, {recall:.2f}"), (told, language)
