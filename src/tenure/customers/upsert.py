"""Rows of state written in one statement, prepared before any lock is taken.

Django's `bulk_create` builds its SQL and adapts its values inside the transaction, which holds
SQLite's only lock five times as long as the writing itself takes.
"""

from collections.abc import Callable, Sequence

from django.db import connection
from django.db.models import Field, Model

Write = Callable[[], None]


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


def insert(model: type[Model], rows: Sequence[Model]) -> Write:
    """A write that inserts `rows`, whose keys the database makes."""
    fields = _fields(model)
    return _many(_insert(model, fields), rows, fields)


def update(model: type[Model], rows: Sequence[Model], names: Sequence[str]) -> Write:
    """A write that sets the fields `names` of `rows`, found by their primary key."""
    fields = [model._meta.get_field(name) for name in names]
    changes = ", ".join(f"{column} = %s" for column in _columns(model, names))
    [key] = _columns(model, [model._meta.pk.name])
    table = connection.ops.quote_name(model._meta.db_table)
    sql = f"update {table} set {changes} where {key} = %s"  # noqa: S608 - names of our own models
    return _many(sql, rows, [*fields, model._meta.pk])


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


def _many(sql: str, rows: Sequence[Model], fields: Sequence[Field]) -> Write:
    values = [
        tuple(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields)
        for row in rows
    ]

    def write() -> None:
        if values:
            with connection.cursor() as cursor:
                cursor.executemany(sql, values)

    return write
