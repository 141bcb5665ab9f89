"""`docs/card.md`, written from the catalogue and the headers: `python -m tenure.card.docs`."""

import sys

from tenure.card.catalogue import ACCOUNT, PERSON
from tenure.kit.sql_file import SqlFile, load
from tenure.kit.wide_relation import Column, WideRelation, catalogues

PACKAGE = "tenure.card"
_HEAD = """\
# The cards: every column

Written by `python -m tenure.card.docs` from [catalogue.toml](../src/tenure/card/catalogue.toml)
and the headers of the SQL files; a test holds it to them.
How columns that judge come about stands in [card-rules.md](card-rules.md), how to add one in
[the slice's README](../src/tenure/card/README.md).

A card is of a day, and says what holds at its end. Days are cut in the company's time zone; a
window of *n* days is that day and the *n* − 1 before it.
Money is in minor units. A share is a fraction. *Empty* is what stands where nothing is known;
`null` in JSON, and neither equal nor unequal to anything in a condition.

    tenure card ACCOUNT [--as-of DATE|INSTANT] [--format table|json]      --person for a person's
    GET /api/accounts/{id}/card?as_of=        GET /api/people/{id}/card?as_of=

A past card (`as_of`; a day means its end) knows only what was known then: rows by their
`known_at`, ids as they were linked. What the product file declares is not history: it is read
as it stands now.
"""


def card_page() -> str:
    """The reference page of all columns of both cards, as Markdown."""
    wides = catalogues((PACKAGE,))
    parts = [_HEAD]
    for name, title in ((ACCOUNT, "Account card"), (PERSON, "Person card")):
        parts.append(f"\n## {title}: {len(wides[name].columns)} columns\n")
        parts += [_topic(sql, rows) for sql, rows in _by_topic(wides[name])]
    return "".join(parts)


def _by_topic(wide: WideRelation) -> list[tuple[SqlFile, list[Column]]]:
    """The columns under the SQL file that they come from, files in the catalogue's order."""
    found: dict[str, list[Column]] = {}
    for column in wide.columns.values():
        counted = column.since or column.until
        found.setdefault(column.sql or wide.columns[counted].sql, []).append(column)
    return [(load(PACKAGE, name), columns) for name, columns in found.items()]


def _topic(sql: SqlFile, columns: list[Column]) -> str:
    lines = [
        f"\n### {sql.name}: {sql.summary}\n\n",
        f"From [{sql.name}.sql](../src/tenure/card/sql/{sql.name}.sql), "
        f"{sql.grain}. {_rule(sql)}\n\n",
        "| column | type | unit | meaning | question | empty |\n|---|---|---|---|---|---|\n",
    ]
    lines += [_row(column) for column in columns]
    return "".join(lines)


def _rule(sql: SqlFile) -> str:
    text = _cell(sql.rule)
    return text if text.endswith(".") else f"{text}."


def _row(column: Column) -> str:
    meaning = column.meaning
    if column.since or column.until:
        word = "since" if column.since else "until"
        meaning = f"{meaning} (counted {word} `{column.since or column.until}`)"
    empty = "" if column.default is None else f"`{column.default_literal}`"
    cells = (f"`{column.name}`", column.type, column.unit, meaning, column.question, empty)
    return f"| {' | '.join(map(_cell, cells))} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(card_page())
