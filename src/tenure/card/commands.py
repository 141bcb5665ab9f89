"""`tenure card`: everything that is known of one account or person, now or at a past time."""

import click
from django.conf import settings

from tenure.base.clock import system_clock
from tenure.card.card_of import Card, account_card, person_card, read_as_of
from tenure.card.catalogue import account_columns, person_columns
from tenure.kit.output import print_json, print_rows
from tenure.kit.wide_relation import Column


@click.command()
@click.argument("id", metavar="ACCOUNT")
@click.option("--person", is_flag=True, help="ACCOUNT is a person's id: print that person's card.")
@click.option(
    "--as-of",
    metavar="DATE|INSTANT",
    help="With what was known then; a DATE means the end of that day at the company.",
)
@click.option(
    "--format",
    "fmt",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print it.",
)
def card(id: str, person: bool, as_of: str | None, fmt: str) -> None:
    """Print the card of an account or person, as it is now or was known at a time.

    A table leaves out columns without a value; docs/card.md describes all of them.
    """
    home, now = settings.TENURE_HOME, system_clock()
    at = read_as_of(home, as_of) if as_of is not None else None
    found = (person_card if person else account_card)(home, id, now=now, as_of=at)
    if fmt == "json":
        print_json(as_object(found, "person" if person else "account"))
        return
    columns = person_columns() if person else account_columns()
    print_rows(_lines(found, columns), ("column", "value", "unit", "meaning"), fmt)


def as_object(found: Card, kind: str) -> dict[str, object]:
    """A card as one object: its id, the time and the day that it is of, and every column."""
    return {f"{kind}_id": found.id, "as_of": found.as_of, "today": found.today, **found.values}


def _lines(found: Card, columns: dict[str, Column]) -> list[dict[str, object]]:
    return [
        {
            "column": name,
            "value": _written(found.values[name]),
            "unit": column.unit,
            "meaning": column.meaning,
        }
        for name, column in columns.items()
        if found.values[name] is not None
    ]


def _written(value: object) -> object:
    """Words, because a column of the table holds values of every type."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return value if isinstance(value, str) else f"{value}"
