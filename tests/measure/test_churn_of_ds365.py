"""365 Data Science sells, but nothing in its files says what a subscription costs a month."""

import gzip
from itertools import islice
from pathlib import Path

import pytest
from imported_homes import imported, tenure

pytestmark = pytest.mark.slow

ROWS = 2_000  # of each file: what it says of money is in its columns


@pytest.fixture
def first_rows(shared_data, tmp_path) -> Path:
    """The folder `ds365` with the begin of each file; tests/collect reads all of them."""
    (tmp_path / "ds365").mkdir()
    for file in (shared_data / "ds365").glob("*.csv.gz"):
        with gzip.open(file, "rt", encoding="utf-8") as read:
            begin = list(islice(read, ROWS))
        with gzip.open(tmp_path / "ds365" / file.name, "wt", encoding="utf-8") as cut:
            cut.writelines(begin)
    return tmp_path


def test_where_nobody_is_known_to_pay_there_is_nothing_to_print(tmp_path, first_rows):
    home = imported(tmp_path / "home", first_rows, "ds365")

    churn = tenure(home, "churn", "--format", "json")
    mrr = tenure(home, "mrr", "--from", "2022-01", "--to", "2022-03", "--format", "csv")

    assert churn.stdout == "[]\n"
    assert "no subscription and no invoice line" in churn.stderr
    assert mrr.stdout.startswith("month,currency,accounts,mrr_at_start_minor")
    assert len(mrr.stdout.splitlines()) == 1
    assert "Nobody paid" in mrr.stderr
