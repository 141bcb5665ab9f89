"""Billing facts from rows that a map has read: subscriptions, their pauses and invoice lines.

| kind of row | facts |
|---|---|
| subscription | `start`; `end`, known at notice where the row names it; `notice` |
| subscription, `effect = "pause"` | `pause`, `resume` |
| invoice_line | `invoice_line`, with its amount per month of service |

The SQL files read the relation `mapped_row`, which has a column for every field of the kind; see
`collect/files/mapped_row.py`. A part that a row says is not there takes the earlier fact back.
"""

from tenure.kit.sql_file import SqlFile, load

PARTS = ("subscription_parts", "subscription_pause_parts", "invoice_line_parts")


def fact_parts(name: str) -> SqlFile:
    """The statement that makes the facts of rows of one kind. `name` is one of PARTS."""
    assert name in PARTS, f"{name} makes no facts"
    return load("tenure.billing", name)
