"""Which columns the cards have, and what each tells: `catalogue.toml`, and those of other packages
among `settings.TENURE_SQL_PACKAGES` that add to it.
"""

from collections.abc import Sequence

from tenure.kit.wide_relation import Column, WideRelation, catalogues
from tenure.lake.reading import sql_packages

ACCOUNT, PERSON = "account_card", "person_card"


def account_columns(packages: Sequence[str] | None = None) -> dict[str, Column]:
    """The columns of the account card, by name, in the order of the catalogue."""
    return wide(ACCOUNT, packages).columns


def person_columns(packages: Sequence[str] | None = None) -> dict[str, Column]:
    """The columns of the person card, by name, in the order of the catalogue."""
    return wide(PERSON, packages).columns


def wide(name: str, packages: Sequence[str] | None = None) -> WideRelation:
    """One of the two cards as the catalogues put it together."""
    return catalogues(sql_packages(packages))[name]


def stored_columns(columns: dict[str, Column]) -> dict[str, Column]:
    """Those that no day alone changes: all but what counts days since or until another."""
    return {name: each for name, each in columns.items() if each.sql}
