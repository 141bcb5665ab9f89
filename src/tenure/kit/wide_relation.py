"""A wide relation is put together from a catalogue, one line per column, and a SQL file per topic.

    # <package>/catalogue.toml
    [account_card]
    summary = "what each account is, pays, holds and does"
    rows = "account_known"            the relation that says who has a row
    key = "account_id"                by which it and the topics are joined
    refresh = "by account"

    [account_card.columns]
    status = { sql = "card_standing", default = "left", meaning = "...", question = "..." }
    days_since_seen = { since = "last_seen_on", meaning = "...", question = "..." }

A column is one of the topic's, of the type that the topic's header gives it; `default` stands where
the topic has no row or no value. `since` and `until` count whole days from, or to, another column
that is a date; negative ones are null. Any package may add columns to a relation of another: its
catalogue has `[account_card.columns]` alone.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tenure.base.errors import BadDefinition
from tenure.kit.sql_file import REFRESHES, WITH_THE_CARD, SqlColumn, SqlFile, load

FILE = "catalogue.toml"
_HEAD = {"summary", "rows", "key", "refresh"}
_WORDS = ("unit", "meaning", "question")
_SOURCES = ("sql", "since", "until")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a wide relation, and what it tells.

    `sql` is the topic file that has it, "" for one counted in days `since` or `until` another.
    """

    name: str
    type: str
    unit: str
    meaning: str
    question: str
    sql: str = ""
    since: str = ""
    until: str = ""
    default: object = None
    package: str = ""

    @property
    def default_literal(self) -> str:
        """The default as SQL."""
        return _literal(self.default)


@dataclass(frozen=True, slots=True)
class WideRelation:
    """A relation and its columns, in the order of the catalogue; the key is not among them."""

    name: str
    package: str
    summary: str
    rows: str
    key: str
    refresh: str
    columns: dict[str, Column]


def wide_relations(packages: Iterable[str]) -> list[SqlFile]:
    """The statement of each wide relation of these packages. Raises BadDefinition, naming file,
    column and remedy.
    """
    return [statement(wide) for wide in catalogues(tuple(packages)).values()]


@cache
def catalogues(packages: tuple[str, ...]) -> dict[str, WideRelation]:
    """What the catalogues of these packages say, by the name of the relation."""
    found: dict[str, WideRelation] = {}
    for package in packages:
        path = files(package) / FILE
        if path.is_file():
            read_catalogue(package, path.read_text("utf-8"), found)
    return found


def read_catalogue(package: str, text: str, found: dict[str, WideRelation]) -> None:
    """Add what one catalogue says to `found`. Raises BadDefinition as `wide_relations` does."""
    where = f"{package}/{FILE}"
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadDefinition(f"{where}: this is not TOML: {error}") from None
    for name, table in tables.items():
        head = {key: value for key, value in table.items() if key != "columns"}
        if name not in found:
            found[name] = _begun(where, package, name, head)
        elif head:
            raise BadDefinition(
                f"{where}: {name}: {found[name].package} has begun this relation already; "
                "give `columns` alone"
            )
        wide = found[name]
        lines: Mapping[str, Mapping[str, object]] = table.get("columns", {})
        for column, line in lines.items():
            if column in wide.columns or column == wide.key:
                raise BadDefinition(f"{where}: {name}.{column}: there is such a column already")
            wide.columns[column] = _column(f"{where}: {name}.{column}", package, column, line)
        for column in lines:
            _check_counted(f"{where}: {name}.{column}", wide, wide.columns[column])


def _begun(where: str, package: str, name: str, head: Mapping[str, str]) -> WideRelation:
    if head.keys() != _HEAD:
        raise BadDefinition(f"{where}: {name}: give {', '.join(sorted(_HEAD))} and `columns`")
    if head["refresh"] not in REFRESHES:
        raise BadDefinition(f"{where}: {name}: refresh is none of {', '.join(REFRESHES)}")
    return WideRelation(name, package, **head, columns={})


def _column(where: str, package: str, name: str, line: Mapping[str, object]) -> Column:
    unknown = line.keys() - {*_WORDS, *_SOURCES, "default"}
    if unknown:
        raise BadDefinition(f"{where}: {min(unknown)!r} says nothing here; take it out")
    if not line.get("meaning") or not line.get("question"):
        raise BadDefinition(f"{where}: say its `meaning` and the `question` that it answers")
    told = [source for source in _SOURCES if line.get(source)]
    if len(told) != 1:
        raise BadDefinition(f"{where}: give one of `sql`, `since` and `until`")
    words = {word: str(line.get(word, "")) for word in _WORDS}
    if told != ["sql"]:
        words["unit"] = words["unit"] or "days"
        return Column(name, "bigint", **words, **{told[0]: str(line[told[0]])}, package=package)
    sql = load(package, str(line["sql"]))
    types = {column.name: column.type for column in sql.columns}
    if name not in types:
        raise BadDefinition(f"{where}: {sql.path} has no column {name!r}")
    if sql.refresh not in (WITH_THE_CARD, "by account"):
        raise BadDefinition(f"{sql.path}: write `-- Refresh  {WITH_THE_CARD}`, or `by account`")
    return Column(
        name, types[name], **words, sql=sql.name, default=line.get("default"), package=package
    )


def _check_counted(where: str, wide: WideRelation, column: Column) -> None:
    from_name = column.since or column.until
    if from_name and (from_name not in wide.columns or wide.columns[from_name].type != "date"):
        raise BadDefinition(f"{where}: {from_name!r} is no column of dates; name one that is")


def statement(wide: WideRelation) -> SqlFile:
    """The relation as a SQL file that nobody had to write."""
    topics = sorted({column.sql for column in wide.columns.values() if column.sql})
    key = wide.key
    listed = [f"    {wide.rows}.{key},"]
    listed += [f"    {_expression(wide, each)} as {each.name}," for each in wide.columns.values()]
    joins = [f"left join {topic}\n    on {topic}.{key} = {wide.rows}.{key}" for topic in topics]
    text = "\n".join(["select", *listed, f"from {wide.rows}", *joins]) + "\n"
    counted = any(column.since or column.until for column in wide.columns.values())
    return SqlFile(
        package=wide.package,
        name=wide.name,
        summary=wide.summary,
        text=text,
        grain=f"one row per {key} of {wide.rows}",
        reads=(wide.rows, *topics),
        params={"today": "date"} if counted else {},
        columns=(
            SqlColumn(key, "varchar"),
            *(SqlColumn(each.name, each.type, each.meaning) for each in wide.columns.values()),
        ),
        rule=f"{wide.package}/{FILE}",
        refresh=wide.refresh,
        made_from=f"{wide.package}/{FILE}",
    )


def _expression(wide: WideRelation, column: Column) -> str:
    if column.sql:
        return _value(column)
    other = _value(wide.columns[column.since or column.until])
    days = (
        f"date_diff('day', {other}::date, $today::date)"
        if column.since
        else f"date_diff('day', $today::date, {other}::date)"
    )
    return f"case when {days} >= 0 then {days} end"


def _value(column: Column) -> str:
    place = f"{column.sql}.{column.name}"
    if column.default is None:
        return place
    return f"coalesce({place}, {column.default_literal})"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
