"""What did accounts pay from a day on, by the ledger, whatever they were shown before it?

with reading(home) as reader:
    rates = Rates(reader, "EUR")
    spans = retained_spans(reader, {"acme": date(2026, 3, 1)}, (30, 180), today)
    spans["acme", 30]        # one row per currency; no key: the span is not over
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import pyarrow as pa

from tenure.kit.sql_file import load
from tenure.lake.reading import Reader
from tenure.measure.ledger import fx_spans

DAYS_A_MONTH = 365 / 12
Spans = dict[tuple[str, int], list[dict[str, object]]]


class Rates:
    """What amounts of other currencies are worth in one, on a day."""

    def __init__(self, reader: Reader, into: str) -> None:
        self.into = into
        self._spans: dict[str, list[tuple[date, date | None, float]]] = defaultdict(list)
        for row in reader.rows(fx_spans(), into=into):
            span = (row["from_on"], row["until_on"], row["factor"])
            self._spans[str(row["currency"])].append(span)  # type: ignore[arg-type]

    def factor(self, currency: str, on: date) -> float | None:
        """Minor units of that currency for one of this; None without a rate."""
        if currency == self.into:
            return 1.0
        for from_on, until_on, factor in self._spans.get(currency, ()):
            if from_on <= on and (until_on is None or on < until_on):
                return factor
        return None


def ask_spans(
    reader: Reader, asked: Mapping[str, date], at_days: Iterable[int], today: date
) -> list[tuple[str, int]]:
    """The spans of these accounts that are over by `today`, registered as `asked_span`."""
    rows = [
        {
            "account_id": account_id,
            "at_days": days,
            "from_on": from_on,
            "until_on": from_on + timedelta(days),
        }
        for days in at_days
        for account_id, from_on in asked.items()
        if from_on + timedelta(days) < today
    ]
    schema = pa.schema(
        [
            ("account_id", pa.string()),
            ("at_days", pa.int32()),
            ("from_on", pa.date32()),
            ("until_on", pa.date32()),
        ]
    )
    reader.register("asked_span", pa.Table.from_pylist(rows, schema))
    return [(str(row["account_id"]), int(str(row["at_days"]))) for row in rows]


def retained_spans(
    reader: Reader, asked: Mapping[str, date], at_days: Iterable[int], today: date
) -> Spans:
    """What the ledger says of each account and span that is over, by currency."""
    found: Spans = {span: [] for span in ask_spans(reader, asked, at_days, today)}
    for row in reader.rows(load("tenure.measure", "retained_mrr")):
        found[str(row["account_id"]), int(str(row["at_days"]))].append(row)
    return found
