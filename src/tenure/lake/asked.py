"""What a question needs of the relations: which of them, and of each which columns.

    asked_for({"card_stage": ["account_id", "stage"]}, derived, given) -> {name: SqlFile}

A card's topics say much that one question does not ask for, and each is put together from others.
What is found here says the same of the columns that are asked for, and reads no more than they
need: sqlglot leaves out the columns, the joins that add neither rows nor columns, and what is read
by nothing any more. A relation by day is left as it is or left out.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.eliminate_ctes import eliminate_ctes
from sqlglot.optimizer.eliminate_joins import eliminate_joins
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify

from tenure.base.errors import BadDefinition
from tenure.kit.sql_file import SqlFile
from tenure.lake.engine import duckdb_columns
from tenure.lake.given import Given
from tenure.lake.made_by import in_order
from tenure.lake.relations import STORED
from tenure.lake.views import ROW

DIALECT = "duckdb"
ID = "account_id"  # by which a relation by account is brought up, whatever is asked of it
ROUNDS_MOST = 8  # what one round leaves out lets the next leave out more, or nothing
_LISTED = re.compile(r"one row per \(([\w, ]+)\)")
_ACCOUNT = re.compile(r"one row per (known |canonical )?account(_id)?\b(?! (and|or)\b)")

Shape = tuple[str, tuple[tuple[str, str], ...], tuple[str, ...]]  # name, columns and types, key


def asked_for(
    wanted: Mapping[str, Sequence[str]], derived: Mapping[str, SqlFile], given: Given
) -> dict[str, SqlFile]:
    """The relations that say these columns, and all that they read, each after what it reads.
    Raises BadDefinition for a relation that nobody knows.
    """
    columns: dict[str, set[str]] = {}
    for name, asked in wanted.items():
        if name not in derived:
            raise BadDefinition(f"{name!r} is none of the relations {', '.join(sorted(derived))}")
        columns[name] = set(asked)
    found: dict[str, SqlFile] = {}
    for sql in reversed(in_order(derived, given.names())):
        if sql.name not in columns:
            continue
        shapes = tuple(_shape(read, derived, given) for read in sql.reads)
        less = sql
        if sql.refresh != "by day":
            less = _saying(sql, _with_what_it_needs(sql, columns[sql.name]), shapes)
        found[sql.name] = less
        for read, named in _columns_read(less, shapes).items():
            columns.setdefault(read, set()).update(named)
    return dict(reversed(found.items()))


def _with_what_it_needs(sql: SqlFile, asked: Collection[str]) -> tuple[str, ...]:
    """The columns asked for, in their order, and those without which it cannot be brought up: a row
    that merges or has a first day is told by its key, and one is there as long as a sum is not 0.
    """
    merged = dict(sql.merges)
    sums = [name for name, by in sql.merges if by == "sum"]
    needs = {ID, *sums[-1:]}
    if sql.first:
        needs |= {sql.first.column, *key_of(sql)}
    if sql.merges:
        needs |= {column.name for column in sql.columns if column.name not in merged}
    return tuple(each.name for each in sql.columns if each.name in asked or each.name in needs)


def key_of(sql: SqlFile) -> tuple[str, ...]:
    """The columns of which no two rows have the same, as far as the grain says so."""
    columns = {column.name for column in sql.columns}
    listed = _LISTED.match(sql.grain)
    key = tuple(each.strip() for each in listed[1].split(",")) if listed else ()
    if _ACCOUNT.match(sql.grain):
        key = (ID,)
    return key if columns.issuperset(key) else ()


def _shape(name: str, derived: Mapping[str, SqlFile], given: Given) -> Shape:
    if name in derived:
        sql = derived[name]
        return name, tuple((each.name, each.type) for each in sql.columns), key_of(sql)
    stored = STORED.get(name.removesuffix(ROW))
    schema = stored if stored is not None else given.rows(name).schema
    return name, tuple(duckdb_columns(schema).items()), ()


@lru_cache(maxsize=512)
def _saying(sql: SqlFile, asked: tuple[str, ...], shapes: tuple[Shape, ...]) -> SqlFile:
    """The same relation with these columns alone."""
    statement = f"select {', '.join(asked)} from ({sql.text}) as asked"  # noqa: S608 - our own
    tree = _qualified(statement, shapes)
    keys = {name: frozenset(key) for name, _, key in shapes if key}
    size = 0
    for _ in range(ROUNDS_MOST):
        tree = eliminate_joins(pushdown_projections(tree))
        for select in tree.find_all(exp.Select):
            _leave_out_idle_joins(select, keys)
        tree = eliminate_ctes(tree)
        before, size = size, sum(1 for _ in tree.walk())
        if size == before:
            break
    text = tree.sql(dialect=DIALECT, comments=False)
    named = {each.name for each in tree.find_all(exp.Table)}
    params = {each.name for each in tree.find_all(exp.Placeholder)}
    return replace(
        sql,
        text=text,
        reads=tuple(read for read in sql.reads if read in named),
        params={name: type_ for name, type_ in sql.params.items() if name in params},
        columns=tuple(column for column in sql.columns if column.name in asked),
        merges=tuple(each for each in sql.merges if each[0] in asked),
    )


def _qualified(statement: str, shapes: tuple[Shape, ...]) -> exp.Expression:
    """The statement, each column with the name of what it is read from."""
    tree = sqlglot.parse_one(statement, dialect=DIALECT)
    schema = {name: dict(columns) for name, columns, _ in shapes}
    return qualify(tree, schema=schema, dialect=DIALECT, quote_identifiers=False, identify=False)


def _leave_out_idle_joins(select: exp.Select, keys: Mapping[str, frozenset[str]]) -> None:
    """Take out each left join that adds no column that is asked for, and no row: at most one row of
    the relation has what it is joined on.
    """
    for join in list(select.args.get("joins") or ()):
        key = keys.get(join.this.name) if isinstance(join.this, exp.Table) else None
        if not key or join.side != "LEFT" or _is_cte(select, join.this.name):
            continue
        name = join.this.alias_or_name
        inside = {id(column) for column in join.find_all(exp.Column)}
        used = (column for column in select.find_all(exp.Column) if column.table == name)
        if any(id(column) not in inside for column in used):
            continue
        if key <= _joined_on(join, name):
            join.pop()


def _joined_on(join: exp.Join, name: str) -> set[str]:
    """The columns of `name` that have to be equal to something of the others."""
    on = join.args.get("on")
    parts = on.flatten() if isinstance(on, exp.And) else [on]
    found = set()
    for part in parts:
        if isinstance(part, exp.EQ):
            left, right = part.left, part.right
            mine = [each for each in (left, right) if isinstance(each, exp.Column) and each.table == name]  # fmt: skip # noqa: E501
            if len(mine) == 1:
                found.add(mine[0].name)
    return found


def _is_cte(select: exp.Select, name: str) -> bool:
    root = select.root()
    return any(cte.alias == name for cte in root.find_all(exp.CTE))


@lru_cache(maxsize=512)
def _columns_read(sql: SqlFile, shapes: tuple[Shape, ...]) -> dict[str, set[str]]:
    """The columns that a statement names of each relation that it reads."""
    tree = _qualified(sql.text, shapes)
    found: dict[str, set[str]] = {name: set() for name in sql.reads}
    for select in tree.find_all(exp.Select):
        tables = {each.alias_or_name: each.name for each in _tables_of(select)}
        for column in select.find_all(exp.Column):
            if column.parent_select is select and tables.get(column.table) in found:
                found[tables[column.table]].add(column.name)
    return found


def _tables_of(select: exp.Select) -> list[exp.Table]:
    sources = [select.args.get("from_"), *(select.args.get("joins") or [])]
    return [each.this for each in sources if each and isinstance(each.this, exp.Table)]
