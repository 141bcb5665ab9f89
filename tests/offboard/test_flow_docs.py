"""What the page on the cancel flow says is so."""

import re
from pathlib import Path

from flow_worlds import TAXONOMY

from tenure.offboard.flow_file import read_whole
from tenure.offboard.flow_parts import VALUE_BLOCKS, Flow
from tenure.offboard.jurisdictions import rules
from tenure.offboard.lint import findings_of

PAGE = (Path(__file__).parents[2] / "docs" / "cancel-flow.md").read_text("utf-8")
SOURCE = Path(__file__).parents[2] / "src" / "tenure" / "offboard"


def test_the_example_is_a_flow_that_may_be_published():
    [text] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)

    read = read_whole(text, "flows/teams.toml", TAXONOMY)

    assert findings_of(read.flow, read.refused) == []
    assert read.flow.value.show == VALUE_BLOCKS
    assert isinstance(read.flow, Flow)


def test_every_rule_of_the_file_is_in_the_table_with_its_shapes():
    told = dict(re.findall(r"^\| `([a-z_]+)` \| .* \| (.*) \|$", PAGE, re.MULTILINE))

    for code, rule in rules().items():
        if code in told:
            named = set(re.findall(r"`(\w+)`", told[code]))
            wanted = {"all": {"full", "click_to_cancel", "direct"}, "warning": set()}
            assert wanted.get(told[code], named) == rule.shapes, code
    assert rules().keys() <= told.keys()


def test_every_code_that_the_linter_gives_is_on_the_page():
    text = "".join((SOURCE / name).read_text("utf-8") for name in ("lint.py", "lint_texts.py"))
    given = re.findall(r'(?:_of_house|Finding)\(\s*"([a-z_]+)"', text)

    assert len(given) >= 10
    assert [code for code in given if f"`{code}`" not in PAGE] == []
