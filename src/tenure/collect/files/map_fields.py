"""One field of a map: `ends_at = "END_DT"`, or a table that says more."""

import dataclasses
import re

from tenure.collect.files.kinds import (
    AMOUNT,
    BOOLEAN,
    CURRENCY,
    DECIMAL,
    INSTANT,
    INTEGER,
    INTERVAL,
    INTERVAL_WORDS,
    LIST,
    STATUS,
    STATUS_WORDS,
)
from tenure.collect.files.map_model import PLACEHOLDER, FieldMap, Formats, Lookup
from tenure.collect.files.map_table import MapTable

_SOURCES = ("column", "value", "template", "lookup")
_DIRECTIVES = re.compile(r"%[aAbBdHIjmMnpSfyYzZ%-]|%-[dmHIMSyj]")
EPOCHS = ("unix", "unix_ms")


def read_field(columns: MapTable, name: str, type_: str, formats: Formats) -> FieldMap:
    """Where the field `name` comes from. Raises BadDefinition."""
    given = columns.value(name)
    if isinstance(given, str):
        if not given:
            columns.fail(name, "names no column; leave the field out when the file has none")
        return FieldMap(name, column=given, formats=formats)
    if not isinstance(given, dict):
        columns.fail(name, f"{given!r} is no column; a constant is {{ value = {given!r} }}")
    table = columns.table(name)
    sources = [key for key in _SOURCES if key in given]
    if len(sources) != 1:
        columns.fail(name, f"say exactly one of {', '.join(_SOURCES)}")
    field = FieldMap(
        name,
        column=table.text("column", None),
        value=_constant(table),
        template=_template(table),
        lookup=_lookup(table),
        formats=_own_formats(table, type_, formats),
        words=_words(table, type_),
        default=_one(table, "default"),
        unit=table.choice("unit", ("whole", "minor"), "whole") if type_ == AMOUNT else "whole",
        inclusive=table.flag("inclusive", False) if type_ == INSTANT else False,
        separator=table.text("separator", ";") if type_ == LIST else ";",
    )
    table.finish()
    return field


def _constant(table: MapTable) -> str | None:
    return _one(table, "value")


def _one(table: MapTable, key: str) -> str | None:
    found = table.texts(key, None)
    if found is not None and len(found) != 1:
        table.fail(key, "is one value, not a list")
    return found[0] if found else None


def _template(table: MapTable) -> str | None:
    template = table.text("template", None)
    if template is not None and not PLACEHOLDER.search(template):
        table.fail("template", f"{template!r} names no column; write one as '{{COLUMN}}'")
    return template


def _lookup(table: MapTable) -> Lookup | None:
    file = table.text("lookup", None)
    if file is None:
        return None
    on = table.text("on")
    return Lookup(file=file, on=on, equals=table.text("equals", on), take=table.text("take"))


def _own_formats(table: MapTable, type_: str, base: Formats) -> Formats:
    made = dataclasses.replace(base, nulls=tuple({"": 0} | dict.fromkeys(base.nulls)))
    nulls = table.texts("nulls", None)
    if nulls is not None:
        made = dataclasses.replace(made, nulls=tuple(dict.fromkeys(("", *nulls))))
    if type_ == INSTANT:
        dates = table.texts("format", base.dates)
        check_date_formats(table, "format", dates)
        made = dataclasses.replace(made, dates=dates)
    if type_ in (AMOUNT, DECIMAL, INTEGER):
        made = dataclasses.replace(
            made,
            decimal=table.choice("decimal", (".", ","), base.decimal),
            thousands=table.choice("thousands", ("", ".", ",", " ", "'"), base.thousands),
        )
    if type_ == BOOLEAN:
        made = dataclasses.replace(
            made,
            true=tuple(word.lower() for word in table.texts("true", base.true)),
            false=tuple(word.lower() for word in table.texts("false", base.false)),
        )
    return made


def check_date_formats(table: MapTable, key: str, formats: tuple[str, ...]) -> None:
    """Raise BadDefinition unless each is `unix`, `unix_ms` or strftime directives with a year."""
    for each in formats:
        if each in EPOCHS:
            continue
        left = _DIRECTIVES.sub("", each)
        if "%" in left or not re.search(r"%-?[yY]", each):
            table.fail(
                key,
                f"{each!r} is no date format; write one as '%d.%m.%Y %H:%M', or one of "
                + ", ".join(EPOCHS),
            )


def _words(table: MapTable, type_: str) -> dict[str, str]:
    words = table.table("map")
    found = {}
    for text in words.names():
        value = _one(words, text)
        allowed = {STATUS: STATUS_WORDS, INTERVAL: INTERVAL_WORDS}.get(type_)
        if allowed and value.lower() not in allowed:
            words.fail(
                text, f"{value!r} is not one of {', '.join(dict.fromkeys(allowed.values()))}"
            )
        found[text] = value
    if found and type_ in (AMOUNT, CURRENCY) and not all(found.values()):
        table.fail("map", "an empty text is no amount and no currency")
    return found
