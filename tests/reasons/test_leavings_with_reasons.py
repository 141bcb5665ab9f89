"""What was said of a leaving beside what was seen, with the money, and where the two differ."""

import json

import pytest
from click.testing import CliRunner

from reasons.reason_worlds import at, seen
from tenure.reasons.commands import reasons
from tenure.reasons.following import follow_reasons
from tenure.reasons.inferring_follow import follow_inferred
from tenure.reasons.leavings_with_reasons import by_reason, leavings_with_reasons, quality

pytestmark = pytest.mark.django_db
WORLD = """
2026-01-01 08:00  @acme  fact: start  {"plan": "Team", "mrr_minor": 5000, "quantity": 3}
mon-fri 2026-01-05..2026-02-27 10:00  ada@acme  Invoice Sent
mon-fri 2026-01-05..2026-02-27 11:00  bob@acme  Invoice Sent
mon-fri 2026-01-05..2026-02-27 12:00  cyd@acme  Invoice Sent
2026-02-10 10:00  ada@acme  ticket: Ticket Opened  {"text": "The import failed again, and support took days."}
2026-02-20 10:00  ada@acme  Import Failed
2026-02-20 10:05  ada@acme  Import Failed
2026-02-20 10:09  ada@acme  Import Failed
2026-03-01 08:00  @acme  fact: notice  {"ends_at": "2026-03-31"}
2026-03-01 08:01  ada@acme  reason: Reason Given  {"reason": "too_expensive", "is_required": true}
"""


def test_a_price_that_was_stated_after_three_failed_imports_is_shown_beside_them(home):
    seen(home, WORLD, "2026-03-02")
    follow_reasons(home, at("2026-03-02"))
    follow_inferred(home, at("2026-03-02"))

    (leaving,) = leavings_with_reasons(home, at("2026-01-01"), at("2026-04-01"))

    assert leaving.said.code == "price_value"
    assert leaving.contradiction.code == "setup_trouble"
    assert {piece["what"] for piece in leaving.contradiction.evidence} == {"said", "set_up_failed"}
    assert leaving.mrr_minor == {"EUR": 5000}
    rows = {row.code: row for row in by_reason([leaving])}
    assert (rows["price_value"].stated, rows["price_value"].mrr_stated_minor) == (1, {"EUR": 5000})
    assert (rows["setup_trouble"].inferred, rows["setup_trouble"].avoidable) == (1, "yes")
    told = quality([leaving])
    assert (told.said_something, told.contradicted, told.volunteered_share) == (1, 1, 0.0)

    printed = CliRunner().invoke(reasons, ["--format", "json"])
    assert printed.exit_code == 0, printed.output
    assert {row["reason"] for row in json.loads(printed.stdout)} == {"price_value", "setup_trouble"}
