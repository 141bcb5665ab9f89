"""Every example in docs/metrics prints exactly what the page says."""

import io
import re
from dataclasses import asdict
from pathlib import Path

import pytest
from ledger_worlds import rate, spells, world

from tenure.base.months import Months, read_month
from tenure.kit.output import print_rows
from tenure.measure.churn import churn_by_month
from tenure.measure.mrr import mrr_by_month
from tenure.measure.rules import load_rules

DOCS = Path(__file__).parents[2] / "docs" / "metrics"
BLOCK = re.compile(r"^```(world|churn|mrr)([^\n]*)\n(.*?)^```", re.M | re.S)


def examples() -> list:
    """Each question with the world that was drawn last above it."""
    found, drawing = [], ""
    for page in sorted(DOCS.glob("*.md")):
        for number, block in enumerate(BLOCK.finditer(page.read_text("utf-8"))):
            kind, words, text = block.groups()
            if kind == "world":
                drawing = text
            else:
                name = f"{page.stem}-{number}"
                found.append(pytest.param(drawing, kind, words.split(), text, id=name))
    return found


@pytest.mark.parametrize(("drawing", "kind", "words", "expected"), examples())
def test_a_page_prints_what_the_command_prints(drawing, kind, words, expected):
    lines = drawing.strip().splitlines()
    rates = [line.split()[1:] for line in lines if line.startswith("rate ")]
    facts = spells("\n".join(line for line in lines if not line.startswith("rate ")))
    events = [rate(from_, to, float(value), when) for from_, to, value, when in rates]
    asked = dict(zip(words[2::2], words[3::2], strict=True))
    months = Months(read_month(words[0]), read_month(words[1]))

    with world(facts, events) as reader:
        found = (churn_by_month if kind == "churn" else mrr_by_month)(
            reader,
            months,
            by=asked.get("--by"),
            currency=asked.get("--currency"),
            rules=load_rules(asked.get("--rules", "tenure")),
        )

    rows = [
        {**asdict(one), "month": f"{one.month:%Y-%m}", str(asked.get("--by")): one.group}
        for one in found
    ]
    shown = io.StringIO()
    print_rows(rows, expected.split("\n")[0].split(), "table", shown)
    assert shown.getvalue() == expected


def test_every_page_has_an_example():
    assert len(examples()) >= 9
