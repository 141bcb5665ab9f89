"""Somebody thinks of leaving: what counts as evidence, and what joins what."""

import pytest

from signals.signal_worlds import live, told

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_cancel_page_seen_is_a_signal_with_its_evidence(home):
    [signal] = live(
        home,
        """
        2026-03-02 09:00  ada@acme  Report Exported
        2026-03-03 10:30  ada@acme  Cancel Page Viewed  {"path": "/billing/cancel"}
        """,
        "2026-03-04",
    )

    assert told([signal]) == ["2026-03-03 cancel_intent acme"]
    assert (signal.urgency, signal.person_id, signal.next_step) == (
        "now",
        "ada",
        "call_before_they_decide",
    )
    [evidence] = signal.evidence
    assert evidence["what"] == "page"
    assert evidence["at"] == "2026-03-03T10:30:00+00:00"
    assert signal.task.title and signal.task.account_id == "acme"
