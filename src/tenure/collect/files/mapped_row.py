"""A file's rows as rows of their kind: the fields typed, the other columns as JSON, an identity.

The relation `mapped_row` that this makes has, beside a column for each field of the kind:

    position      where the row stands in this import, unique
    row_key       what the row is known by: the entry's id and its key, or all its values
    is_keyed      whether a key knows it; else equal rows are told apart by their number
    row_value     digest of what it says
    problem       `code:field` of the first thing that is wrong, null when nothing is
    properties    JSON of the first part; `end_properties`, `final_properties` of the others
    has_final     whether the row has columns that hold a final state
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from duckdb import Expression
from duckdb import FunctionExpression as Call

from tenure.collect.files.columns import (
    column,
    constant,
    json_guess,
    json_instant,
    json_object,
    json_text,
    typed,
    when,
)
from tenure.collect.files.kinds import BOOLEAN, DECIMAL, DUCKDB_TYPES, INSTANT, INTEGER, LIST, Field
from tenure.collect.files.map_model import FileMap

WHO = ("account", "person", "anonymous", "subscription")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BARE = (DECIMAL, LIST, INTEGER)  # these are JSON as they are
Member = tuple[Expression, Expression]


def raw_name(number: int) -> str:
    """The column of `source_row` that holds the file's column `number`, as text."""
    return f"r_{number}"


def typed_columns(
    entry: FileMap, header: Sequence[str], zone: str, latest: datetime
) -> list[Expression]:
    """The first select, over `source_row`: fields typed, and what is wrong with a row.

    Events after `latest` are refused here, because the lake would refuse them.
    """
    made = [column("position"), *_identity(entry, header)]
    problem = _nobody(entry)
    for name, field in reversed(entry.kind.fields.items()):
        value: Expression = constant(None).cast(DUCKDB_TYPES[field.type])
        if name in entry.fields:
            text = column(f"f_{name}")
            value = typed(field.type, text, entry.fields[name], zone)
            unread = text.isnotnull() & value.isnull()
            problem = when(unread, constant(f"unreadable:{name}"), problem)
            if field.required:
                problem = when(text.isnull(), constant(f"missing:{name}"), problem)
            if field.type == INSTANT and name != "known_at" and not entry.kind.makes_facts:
                problem = when(value > constant(latest), constant(f"in_the_future:{name}"), problem)
                problem = when(value < constant(EPOCH), constant(f"too_early:{name}"), problem)
            if name == "billing_interval_count":
                problem = when(value < constant(1), constant(f"below_one:{name}"), problem)
            lookup = entry.fields[name].lookup
            if lookup:
                sought = column(raw_name(header.index(lookup.on)))
                lost = text.isnull() & sought.isnotnull()
                problem = when(lost, constant(f"not_found:{name}"), problem)
        made.append(value.cast(DUCKDB_TYPES[field.type]).alias(name))
    for name in WHO:
        if name not in entry.kind.fields:
            made.append(constant(None).cast("varchar").alias(name))
    made.append(problem.cast("varchar").alias("problem"))
    return [*made, *_raw_json(entry, header)]


def _nobody(entry: FileMap) -> Expression:
    """The problem of a row that does not say whose it is, where its kind has to."""
    named = [name for name in entry.kind.one_of if name in entry.fields]
    if not named:
        return constant(None)
    nobody = constant(True)
    for name in named:
        nobody = nobody & column(f"f_{name}").isnull()
    return when(nobody, constant(f"missing:{named[0]}"))


def mapped_columns(entry: FileMap) -> list[Expression]:
    """The second select, over the first: named fields join the JSON, and the value is digested."""
    names = [*entry.kind.fields, *(name for name in WHO if name not in entry.kind.fields)]
    first = _kept(entry, lambda field: bool(field.kept_as) and not field.is_final)
    again = _kept(entry, lambda field: field.again)
    final = _kept(entry, lambda field: field.is_final)
    said = {
        "properties": _joined(first, column("extra_json")),
        "end_properties": _joined(again, column("end_json")),
        "final_properties": _joined(final, column("final_json")),
    }
    parts = [column(name).cast("varchar") for name in names] + list(said.values())
    value = Call("md5", Call("to_json", Call("list_value", *parts)).cast("varchar"))
    return [
        *(column(name) for name in ("position", "row_key", "is_keyed", "problem")),
        Call("left", value, constant(12)).alias("row_value"),
        *(column(name) for name in names),
        *(expression.alias(name) for name, expression in said.items()),
        constant(entry.has_final).alias("has_final"),
    ]


def _kept(entry: FileMap, chosen: Callable[[Field], bool]) -> Expression:
    members = {
        field.kept_as: (column(name), _written(name, field))
        for name, field in entry.kind.fields.items()
        if chosen(field)
    }
    return json_object(members)


def _written(name: str, field: Field) -> Expression:
    if field.type == INSTANT:
        return json_instant(column(name))
    if field.type in _BARE or field.type == BOOLEAN:
        return column(name).cast("varchar")
    return json_text(column(name))


def _joined(one: Expression, other: Expression) -> Expression:
    """Two JSON objects as one."""
    inner = Call("concat", Call("rtrim", one, constant("}")), constant(","))
    whole = Call("concat", inner, Call("substr", other, constant(2)))
    empty = constant("{}")
    return when(one == empty, other, when(other == empty, one, whole))


def _raw_json(entry: FileMap, header: Sequence[str]) -> list[Expression]:
    taken = {field.kept_as for field in entry.kind.fields.values()}
    extra = entry.extra_columns(tuple(header))

    def members(columns: Sequence[str]) -> dict[str, Member]:
        made = {}
        for name in columns:
            text = column(raw_name(header.index(name)))
            written = json_text(text) if name in entry.as_text else json_guess(text)
            made[f"{name} (column)" if name in taken else name] = (text, written)
        return made

    return [
        json_object(members(extra)).alias("extra_json"),
        json_object(members(entry.at_end)).alias("end_json"),
        json_object(members(entry.final_state)).alias("final_json"),
    ]


def _identity(entry: FileMap, header: Sequence[str]) -> list[Expression]:
    texts = [column(raw_name(header.index(name))) for name in entry.key]
    if not texts:
        mapped = [name for name in entry.kind.id_fields if name in entry.fields]
        if mapped[:1] == list(entry.kind.id_fields[:1]):
            texts = [column(f"f_{name}") for name in mapped]
    everything = {
        name: (text, json_text(text))
        for name, text in ((name, column(raw_name(header.index(name)))) for name in sorted(header))
    }
    by_values = _digest(constant(entry.id), json_object(everything))
    if not texts:
        return [by_values.alias("row_key"), constant(False).alias("is_keyed")]
    is_keyed = texts[0].isnotnull()
    by_key = _digest(constant(entry.id), *texts)
    return [
        when(is_keyed, by_key, by_values).alias("row_key"),
        is_keyed.alias("is_keyed"),
    ]


def _digest(*parts: Expression) -> Expression:
    framed = Call("to_json", Call("list_value", *parts)).cast("varchar")
    return Call("left", Call("md5", framed), constant(20))
