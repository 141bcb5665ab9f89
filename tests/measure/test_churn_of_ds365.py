"""365 Data Science sells, but nothing in its files says what a subscription costs a month."""

import pytest
from imported_homes import imported, tenure

pytestmark = pytest.mark.slow


def test_where_nobody_is_known_to_pay_there_is_nothing_to_print(tmp_path, shared_data):
    home = imported(tmp_path / "home", shared_data, "ds365")

    churn = tenure(home, "churn", "--format", "json")
    mrr = tenure(home, "mrr", "--from", "2022-01", "--to", "2022-03", "--format", "csv")

    assert churn.stdout == "[]\n"
    assert "no subscription and no invoice line" in churn.stderr
    assert mrr.stdout.startswith("month,currency,accounts,mrr_at_start_minor")
    assert len(mrr.stdout.splitlines()) == 1
    assert "Nobody paid" in mrr.stderr
