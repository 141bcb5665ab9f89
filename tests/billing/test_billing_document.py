"""docs/billing.md says to the host's developer what the code does."""

import json
import re
from pathlib import Path
from typing import get_args

import msgspec

from tenure.billing import changes, ledger
from tenure.billing.exchange import REPLY_BYTES_MAX
from tenure.billing.kinds import KINDS, checked_values
from tenure.billing.system import WITHIN_S, Terms, TermsStatus
from tenure.billing.webhook import WebhookBilling

PAGE = (Path(__file__).parents[2] / "docs" / "billing.md").read_text("utf-8")


def words(pattern: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", re.search(pattern, PAGE, re.S | re.M).group(1)))


def test_every_kind_of_change_is_there():
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", PAGE, re.M)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}

    assert set(KINDS) | {"read_back", "ping"} <= named


def test_every_field_of_the_terms_is_there():
    named = words(r"^`terms`: (.*?)Other fields are ignored")

    assert set(Terms.__struct_fields__) <= named
    assert set(get_args(TermsStatus)) <= named


def test_the_examples_are_what_is_sent_and_understood():
    request, answer = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.S))

    assert request["kind"] in KINDS
    assert checked_values(request["kind"], request["values"], None) == request["values"]
    assert msgspec.convert(answer["terms"], Terms).status == "paused"


def test_the_times_are_those_of_the_code():
    steps = [step.total_seconds() for step in ledger.BACK_OFF]
    webhook = WebhookBilling(url="https://a.example", keys=[])

    assert "again after 5 s, 15 s, a minute, up to an hour" in PAGE
    assert (steps[:3], steps[-1]) == ([5, 15, 60], 3600)
    assert "(4 s while somebody waits, else `timeout_s`, 10)" in PAGE
    assert (changes.ASKED_S, WITHIN_S, webhook.timeout_s) == (4, 10, 10)
    assert "After three days" in PAGE
    assert webhook.gives_up_after_s == 3 * 86_400
    assert "does not show a minute later" in PAGE
    assert webhook.settles_within_s == 60
    assert "over 64 kB" in PAGE
    assert REPLY_BYTES_MAX == 64_000
