"""The condition that says what the filters of the accounts table say."""

from collections.abc import Mapping

from tenure.card.catalogue import account_columns


def condition_of(filters: Mapping[str, str]) -> str:
    """A condition over those filters that are columns of the card; empty when there are none."""
    columns = account_columns()
    parts = []
    for name, value in filters.items():
        if name in columns and columns[name].type == "varchar":
            quoted = value.replace("'", "''")
            parts.append(f"{name} = '{quoted}'")
    return " and ".join(parts)
