"""SQL lives in files. This finds one, and reads the header that says what it promises.

-- mrr_movement: why monthly recurring revenue changed, account by account.
--
-- Grain    one row per (account_id, currency, moved_on) whose MRR changed
-- Reads    subscription_period, event            relations, separated by commas; or `nothing`
-- Params   $time_zone varchar, $first_on date    or `none`; the file uses these, all
-- Columns  account_id   varchar    what it is, if the name does not tell
--          moved_on     date
-- Refresh  by account                            absent: a query. Else `by day`, `full`, or
--                                                `with the card`: computed when asked, never stored
-- Window   114 days                              absent: all that ever happened counts. Else what
--                                                it says follows from these last days alone
-- Days     event_day                             absent: its own. By day, without ids of people:
--                                                whose rows tell which days a changed link touches
-- Merge    last_on max, events sum               absent: made anew from all. By account, of one
--                                                relation by day: how what follows from some days
--                                                and what follows from the others become one row
-- Holds    until use_day.day + 180              absent: a new day changes all that names $today. By
--                                                account: what it says of one holds until such a
--                                                date of it comes, or so many days after
-- First    reached_on, back trial.days          absent: made anew from all. By account: the first
--                                                day on which something was so, and what is so on a
--                                                day follows from so many days back, at the most
-- Portable no: why it need not run on Spark      absent: it must
-- Rule     docs/metrics/mrr.md
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tenure.base.errors import BadDefinition
from tenure.base.ids import digest

TYPES = ("varchar", "bigint", "integer", "boolean", "double", "date", "timestamptz", "timestamp")
WITH_THE_CARD = "with the card"
REFRESHES = ("by account", "by day", "full", WITH_THE_CARD)
_KEYS = (
    "Grain", "Reads", "Params", "Columns", "Refresh", "Window", "Days", "Merge", "Holds", "First",
    "Portable", "Rule",
)  # fmt: skip
_REQUIRED = ("Grain", "Reads", "Params", "Columns", "Rule")
MERGED_BY = ("min", "max", "sum")
_DATE_OF = re.compile(r"^([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)(?: \+ (\d+))?$")
_FIRST = re.compile(r"^([a-z][a-z0-9_]*), back ([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)$")
_KEY_OF_REFRESH = {"by account": ("account_id", "varchar"), "by day": ("day", "date")}
_FIELD = re.compile(r"^([A-Z][a-z]+)(?:\s+(.*))?$")
_WORD = re.compile(r"^[a-z][a-z0-9_]*$")
_TYPE = r"(?:" + "|".join(sorted(TYPES, key=len, reverse=True)) + r")(?:\[\])?"
_PARAM = re.compile(rf"\$([a-z][a-z0-9_]*)(?:\s+({_TYPE})(?![\w\[]))?")


@dataclass(frozen=True, slots=True)
class SqlColumn:
    """A column of the result, with its DuckDB type in lower case."""

    name: str
    type: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Until:
    """A date on which something turns: `days` after that in `column` of a row of `relation`."""

    relation: str
    column: str
    days: int = 0


@dataclass(frozen=True, slots=True)
class First:
    """In `column` stands the first day of something that follows from the days before it, back to
    the most that `back_column` of any row of `back_relation` says.
    """

    column: str
    back_relation: str
    back_column: str


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One statement and what its header promises of it.

    `refresh` is None for a query and otherwise says how the derived relation is kept up to date.
    `window_days` is how many days back, today included, what happened may count; None for ever.
    `days_told_by` is a relation by day with a row for each event that counts here.
    `merges` says of each column that is no key whether the `min`, `max` or `sum` of any two parts
    of the days is that of both.
    `holds_until` are the dates of an account until which what is said of it holds, as long as
    nothing new is said; empty where each new day may change anything that names `$today`.
    `first` is the column with a first day, where what is said later cannot move an earlier one.
    `params` maps each name to its type; the type is "" where the header does not give one.
    """

    package: str
    name: str
    summary: str
    text: str
    grain: str
    reads: tuple[str, ...]
    params: dict[str, str]
    columns: tuple[SqlColumn, ...]
    rule: str
    refresh: str | None = None
    window_days: int | None = None
    days_told_by: str = ""
    merges: tuple[tuple[str, str], ...] = ()
    holds_until: tuple[Until, ...] = ()
    first: First | None = None
    not_portable_because: str = ""
    made_from: str = ""  # the file that a statement was put together from; "" where it is one

    @property
    def path(self) -> str:
        return self.made_from or f"{self.package}/sql/{self.name}.sql"

    @property
    def is_stored(self) -> bool:
        """Whether a refresh keeps this derived relation's rows."""
        return self.refresh is not None and self.refresh != WITH_THE_CARD

    @property
    def digest(self) -> str:
        """Stands for this exact text: a relation made by another text has to be made again."""
        return digest(self.text)

    def __hash__(self) -> int:
        return hash((self.package, self.name, self.text))


@cache
def load(package: str, name: str) -> SqlFile:
    """The file `<package>/sql/<name>.sql`, its header read and checked.

    Raises BadDefinition when the file is not there or its header breaks a rule.
    """
    path = files(package) / "sql" / f"{name}.sql"
    if not path.is_file():
        raise BadDefinition(f"{package}/sql/{name}.sql: there is no such file")
    return read_sql_file(package, name, path.read_text("utf-8"))


def sql_files(packages: Iterable[str]) -> list[SqlFile]:
    """Every SQL file of these packages, in the order of the packages and then by name."""
    found = []
    for package in packages:
        folder = files(package) / "sql"
        if folder.is_dir():
            names = [item.name for item in folder.iterdir() if item.name.endswith(".sql")]
            found += [load(package, name.removesuffix(".sql")) for name in sorted(names)]
    return found


def discover(packages: Iterable[str]) -> list[SqlFile]:
    """The derived relations of these packages: files whose header has a `Refresh`.

    Raises BadDefinition when two files claim one relation.
    """
    relations: dict[str, SqlFile] = {}
    for sql in sql_files(packages):
        if sql.refresh is None:
            continue
        if sql.name in relations:
            raise BadDefinition(
                f"{sql.path}: {relations[sql.name].path} has made this relation already; "
                "rename one of them"
            )
        relations[sql.name] = sql
    return list(relations.values())


def read_sql_file(package: str, name: str, text: str) -> SqlFile:
    """A SqlFile from its text. Raises BadDefinition, naming file, header line and remedy."""
    where = f"{package}/sql/{name}.sql"
    lines = _header_lines(text)
    title, fields = _fields(where, lines)
    if not title.startswith(f"{name}: "):
        raise BadDefinition(f"{where}: the first line has to read `-- {name}: what it tells.`")
    for key in _REQUIRED:
        if not fields.get(key):
            raise BadDefinition(f"{where}: the header has no `{key}`; add `-- {key}  ...`")
    columns = _columns(where, fields["Columns"])
    refresh = " ".join(fields["Refresh"]).strip() if "Refresh" in fields else None
    _check_refresh(where, refresh, columns)
    reads = _reads(where, _words(fields["Reads"]))
    merges = _merges(where, _words(fields.get("Merge", [])), columns)
    if merges and (refresh != "by account" or len(reads) != 1):
        raise BadDefinition(f"{where}: Merge: only by account, of one relation that it reads")
    params = _params(where, _words(fields["Params"]))
    holds_until = _holds(where, _words(fields.get("Holds", [])))
    if holds_until and (refresh != "by account" or "today" not in params or merges):
        raise BadDefinition(f"{where}: Holds: only by account, of what names $today, without Merge")
    first = _first(where, _words(fields.get("First", [])), columns, reads)
    if first and (refresh != "by account" or "today" in params or merges):
        raise BadDefinition(f"{where}: First: only by account, without $today and without Merge")
    return SqlFile(
        package=package,
        name=name,
        summary=title.removeprefix(f"{name}: "),
        text=text,
        grain=_words(fields["Grain"]),
        reads=reads,
        params=params,
        columns=columns,
        rule=_words(fields["Rule"]),
        refresh=refresh,
        days_told_by=_words(fields.get("Days", [])),
        merges=merges,
        holds_until=holds_until,
        first=first,
        window_days=_window(where, _words(fields.get("Window", []))),
        not_portable_because=_not_portable(where, _words(fields.get("Portable", [])), refresh),
    )


def _header_lines(text: str) -> list[str]:
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line[2:].removeprefix(" ").rstrip())
    return lines


def _fields(where: str, lines: list[str]) -> tuple[str, dict[str, list[str]]]:
    """The title, and the lines under each key; a line keeps its indent so columns can be told."""
    title: list[str] = []
    fields: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in lines:
        match = _FIELD.match(line)
        if match and match[1] in _KEYS:
            if match[1] in fields:
                raise BadDefinition(f"{where}: `{match[1]}` stands in the header twice")
            rest = match[2] or ""
            current = fields[match[1]] = [" " * match.start(2) + rest] if rest else []
        elif current is not None:
            if line and not line.startswith(" "):
                known = ", ".join(_KEYS)
                raise BadDefinition(
                    f"{where}: {line!r} is no header line; use {known}, or indent what continues"
                )
            current.append(line)
        elif line:
            title.append(line)
    return _words(title), fields


def _words(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())


def _reads(where: str, text: str) -> tuple[str, ...]:
    names = re.sub(r"\([^)]*\)", "", text).rstrip(".").split(",")
    reads = tuple(name.strip() for name in names)
    if reads == ("nothing",):
        return ()
    for name in reads:
        if not _WORD.match(name):
            raise BadDefinition(
                f"{where}: Reads: {name!r} is no relation; list names, separated by commas"
            )
    return reads


def _params(where: str, text: str) -> dict[str, str]:
    params: dict[str, str] = {}
    untyped: list[str] = []
    for match in _PARAM.finditer(text):
        name, type_ = match[1], match[2] or ""
        if name in params:
            raise BadDefinition(f"{where}: Params: ${name} is named twice")
        params[name] = type_
        untyped.append(name)
        if type_:  # `$first_on, $before_on date` types both
            params.update(dict.fromkeys(untyped, type_))
            untyped = []
    if not params and text.rstrip(".") != "none":
        raise BadDefinition(f"{where}: Params: write `$name type`, or `none`, not {text!r}")
    return params


def _columns(where: str, lines: list[str]) -> tuple[SqlColumn, ...]:
    indent = len(lines[0]) - len(lines[0].lstrip())
    columns: list[SqlColumn] = []
    for line in lines:
        if not line.strip():
            continue
        deeper = len(line) - len(line.lstrip()) > indent
        if deeper and columns:
            last = columns.pop()
            columns.append(SqlColumn(last.name, last.type, f"{last.words} {line.strip()}".strip()))
            continue
        name, type_, *words = line.split(None, 2) + [""]
        if not _WORD.match(name) or not re.fullmatch(_TYPE, type_):
            raise BadDefinition(
                f"{where}: Columns: {line.strip()!r} is no column; write `name type`, "
                f"the type one of {', '.join(TYPES)}"
            )
        columns.append(SqlColumn(name, type_, words[0]))
    if len({column.name for column in columns}) < len(columns):
        raise BadDefinition(f"{where}: Columns: a column is named twice")
    return tuple(columns)


def _check_refresh(where: str, refresh: str | None, columns: tuple[SqlColumn, ...]) -> None:
    if refresh is None:
        return
    if refresh not in REFRESHES:
        raise BadDefinition(f"{where}: Refresh: {refresh!r} is not one of {', '.join(REFRESHES)}")
    key = _KEY_OF_REFRESH.get(refresh)
    if key and key not in {(column.name, column.type) for column in columns}:
        raise BadDefinition(
            f"{where}: Refresh: `{refresh}` replaces rows by `{key[0]}`, "
            f"so the relation needs the column `{key[0]} {key[1]}`"
        )


def _window(where: str, text: str) -> int | None:
    if not text:
        return None
    days = text.removesuffix(" days")
    if not days.isdigit():
        raise BadDefinition(f"{where}: Window: write `114 days`, or leave the line out")
    return int(days)


def _merges(where: str, text: str, columns: tuple[SqlColumn, ...]) -> tuple[tuple[str, str], ...]:
    types = {column.name: column.type for column in columns}
    merges = tuple(tuple(each.split()) for each in text.split(",")) if text else ()
    for each in merges:
        if len(each) != 2 or each[0] not in types or each[1] not in MERGED_BY:
            raise BadDefinition(
                f"{where}: Merge: write `column {'|'.join(MERGED_BY)}`, separated by commas, "
                f"not {' '.join(each)!r}"
            )
        if each[1] == "sum" and types[each[0]] != "bigint":
            raise BadDefinition(
                f"{where}: Merge: {each[0]} is {types[each[0]]}; only a bigint adds up to the same "
                "in any order"
            )
    return merges


def _holds(where: str, text: str) -> tuple[Until, ...]:
    if not text:
        return ()
    dates = [_DATE_OF.match(each.strip()) for each in text.removeprefix("until ").split(",")]
    if not text.startswith("until ") or None in dates:
        raise BadDefinition(
            f"{where}: Holds: write `until relation.column + days`, more of them after commas, "
            f"not {text!r}"
        )
    return tuple(Until(each[1], each[2], int(each[3] or 0)) for each in dates)


def _first(
    where: str, text: str, columns: tuple[SqlColumn, ...], reads: tuple[str, ...]
) -> First | None:
    if not text:
        return None
    named = _FIRST.match(text)
    dates = {column.name for column in columns if column.type == "date"}
    if not named or named[1] not in dates or named[2] not in reads:
        raise BadDefinition(
            f"{where}: First: write `column, back relation.days` with a date of its own and a "
            f"relation that it reads, not {text!r}"
        )
    return First(named[1], named[2], named[3])


def _not_portable(where: str, text: str, refresh: str | None) -> str:
    if not text:
        return ""
    reason = text.removeprefix("no:").strip()
    if not text.startswith("no:") or not reason:
        raise BadDefinition(f"{where}: Portable: write `no: why`, or leave the line out")
    if refresh is not None:
        raise BadDefinition(f"{where}: Portable: a derived relation has to run on every engine")
    return reason
