"""Rows of the shared data sets by Python's csv module alone: nothing of Tenure reads them."""

import csv
import gzip
from pathlib import Path


def raw_rows(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text, delimiter=delimiter))
