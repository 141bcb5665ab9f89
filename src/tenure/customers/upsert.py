"""Rows of state written in one statement, prepared before any lock is taken.

Django's `bulk_create` builds its SQL and adapts its values inside the transaction, which holds
SQLite's only lock five times as long as the writing itself takes; and it asks each field of each
row how to be adapted, which is most of the work when a million rows come at once.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.db import connection
from django.db.models import Field, Model

Write = Callable[[], object]
Counted = Callable[[], int]  # a write that says how many rows it wrote
Adapter = Callable[[Any], Any]


def upsert(
    model: type[Model], rows: Sequence[Model], unique: Sequence[str], update: Sequence[str]
) -> Write:
    """A write that inserts `rows`, or sets the fields `update` of those whose `unique` fields
    are there already. Every other field of a new row is as the row has it.
    """
    fields = _fields(model)
    changes = [f"{column} = excluded.{column}" for column in _columns(model, update)]
    return _many(
        _insert(model, fields)
        + f" on conflict ({', '.join(_columns(model, unique))})"
        + f" do update set {', '.join(changes)}",
        rows,
        fields,
    )


def upsert_rows(
    model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]], unique: Sequence[str]
) -> Write:
    """A write of `rows`, whose values are those of the fields `names`; a JSON value is its text.
    A row whose `unique` fields are there already is set. All columns must be among `names`.
    """
    fields = [model._meta.get_field(name) for name in names]
    update = [name for name in names if name not in unique]
    changes = [f"{column} = excluded.{column}" for column in _columns(model, update)]
    sql = (
        _insert(model, fields)
        + f" on conflict ({', '.join(_columns(model, unique))})"
        + f" do update set {', '.join(changes)}"
    )
    adapters = [None if _is_json(field) else _adapter(field) for field in fields]
    return _execute(sql, [list(row) for row in rows], adapters)


def update_rows(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Write:
    """A write that sets the fields `names` of rows that are there: a row of `rows` holds their
    values, JSON as its text, and then the primary key.
    """
    fields = [*(model._meta.get_field(name) for name in names), model._meta.pk]
    adapters = [None if _is_json(field) else _adapter(field) for field in fields]
    return _execute(_set(model, names), [list(row) for row in rows], adapters)


def _is_json(field: Field) -> bool:
    return field.get_internal_type() == "JSONField"


def insert(model: type[Model], rows: Sequence[Model]) -> Write:
    """A write that inserts `rows`, whose keys the database makes."""
    fields = _fields(model)
    return _many(_insert(model, fields), rows, fields)


def insert_missing(model: type[Model], rows: Sequence[Model]) -> Counted:
    """A write that inserts those of `rows` that nothing unique of them keeps out, and says how
    many."""
    fields = _fields(model)
    return _many(_insert(model, fields) + " on conflict do nothing", rows, fields)


def update(model: type[Model], rows: Sequence[Model], names: Sequence[str]) -> Write:
    """A write that sets the fields `names` of `rows`, found by their primary key."""
    fields = [model._meta.get_field(name) for name in names]
    return _many(_set(model, names), rows, [*fields, model._meta.pk])


def _set(model: type[Model], names: Sequence[str]) -> str:
    changes = ", ".join(f"{column} = %s" for column in _columns(model, names))
    [key] = _columns(model, [model._meta.pk.name])
    table = connection.ops.quote_name(model._meta.db_table)
    return f"update {table} set {changes} where {key} = %s"  # noqa: S608 - names of our own models


def _insert(model: type[Model], fields: Sequence[Field]) -> str:
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    places = ", ".join(["%s"] * len(fields))
    return f"insert into {table} ({columns}) values ({places})"  # noqa: S608 - as above


def _fields(model: type[Model]) -> list[Field]:
    made_by_database = {"AutoField", "BigAutoField"}
    fields = model._meta.concrete_fields
    return [field for field in fields if field.get_internal_type() not in made_by_database]


def _columns(model: type[Model], names: Sequence[str]) -> list[str]:
    return [connection.ops.quote_name(model._meta.get_field(name).column) for name in names]


def _many(sql: str, rows: Sequence[Model], fields: Sequence[Field]) -> Counted:
    read = attrgetter(*[field.attname for field in fields])
    return _execute(sql, [list(read(row)) for row in rows], [_adapter(field) for field in fields])


def _execute(sql: str, values: list[list[Any]], adapters: Sequence[Adapter | None]) -> Counted:
    adapted = [(place, adapt) for place, adapt in enumerate(adapters) if adapt is not None]
    for line in values:
        for place, adapt in adapted:
            if line[place] is not None:
                line[place] = adapt(line[place])

    def write() -> int:
        if not values:
            return 0
        with connection.cursor() as cursor:
            cursor.executemany(sql, values)
            return cursor.rowcount

    return write


def _adapter(field: Field) -> Adapter | None:
    """What a value of this field has to become for the driver; None when nothing."""
    kind = field.get_internal_type()
    if kind == "JSONField":
        return json.dumps
    if connection.vendor == "sqlite":
        return {"DateTimeField": _utc_text, "DateField": date.isoformat}.get(kind)
    return None


def _utc_text(at: datetime) -> str:
    """As Django writes an instant into SQLite: without the zone, which has to be UTC."""
    text = at.isoformat(" ")
    assert text.endswith("+00:00"), f"{at} is not in UTC"
    return text[:-6]
