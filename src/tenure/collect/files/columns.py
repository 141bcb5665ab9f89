"""Texts to typed values, in DuckDB expressions: a text that cannot be read becomes null.

Expressions are composed, never spliced as text, so that no column name and no value is ever SQL.
"""

import json
import re
from collections.abc import Callable

from duckdb import CaseExpression, ColumnExpression, ConstantExpression, Expression
from duckdb import FunctionExpression as Call

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
    TEXT,
)
from tenure.collect.files.map_fields import EPOCHS
from tenure.collect.files.map_model import FieldMap, Formats

_ISO = r"^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$"
_ISO_MONTH = r"^\d{4}-\d{2}$"
_ISO_ZONED = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)? ?(Z|[+-]\d{2}(:?\d{2})?)$"
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_JSON_NUMBER = r"^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$"
_NULL = ConstantExpression(None)


def constant(value: object) -> Expression:
    return ConstantExpression(value)


def column(name: str) -> Expression:
    return ColumnExpression(name)


def matches(text: Expression, pattern: str) -> Expression:
    return Call("regexp_matches", text, constant(pattern))


def when(condition: Expression, value: Expression, otherwise: Expression = _NULL) -> Expression:
    return CaseExpression(condition, value).otherwise(otherwise)


def typed(type_: str, text: Expression, field: FieldMap, zone: str) -> Expression:
    """The value that `text` writes, null when it cannot be read as one of `type_`.

    Amounts are in minor units by the column `amount_factor`; instants without a zone are in
    `zone`. A time that clocks skipped is moved on by the gap, one that they showed twice is the
    later.
    """
    parsers: dict[str, Callable[[], Expression]] = {
        TEXT: lambda: text,
        INSTANT: lambda: _instant(text, field, zone),
        BOOLEAN: lambda: _boolean(text, field.formats),
        INTEGER: lambda: _integer(text, field.formats),
        DECIMAL: lambda: _number(text, field.formats),
        AMOUNT: lambda: _amount(text, field),
        INTERVAL: lambda: _word(text, INTERVAL_WORDS),
        STATUS: lambda: _word(text, STATUS_WORDS),
        CURRENCY: lambda: _currency(text),
        LIST: lambda: _list(text, field.separator),
    }
    return parsers[type_]()


def _instant(text: Expression, field: FieldMap, zone: str) -> Expression:
    naive_formats = [f for f in field.formats.dates if f not in EPOCHS and "%z" not in f]
    zoned_formats = [f for f in field.formats.dates if "%z" in f]
    if not field.formats.dates:
        naive = when(matches(text, _ISO), text.try_cast("timestamp"))
        naive = when(
            matches(text, _ISO_MONTH), Call("concat", text, "-01").try_cast("timestamp"), naive
        )
        exact = when(matches(text, _ISO_ZONED), text.try_cast("timestamptz"))
    else:
        # strptime reads words such as `infinity`, too.
        has_digits = matches(text, r"\d")
        naive = _NULL.cast("timestamp")
        if naive_formats:
            naive = when(has_digits, Call("try_strptime", text, constant(naive_formats)))
        exact = _NULL.cast("timestamptz")
        if zoned_formats:
            parsed = Call("try_strptime", text, constant(zoned_formats)).cast("timestamptz")
            exact = when(has_digits, parsed)
    if field.inclusive:
        day, second = (constant(span).cast("interval") for span in ("1 day", "1 second"))
        naive = naive + when(Call("contains", text, constant(":")), second, day)
        exact = exact + second
    found = when(naive.isnotnull(), Call("timezone", constant(zone), naive), exact)
    for epoch, units_per_second in (("unix", 1), ("unix_ms", 1000)):
        if epoch in field.formats.dates:
            seconds = text.try_cast("double") / constant(units_per_second)
            is_number = matches(text, r"^-?\d{1,14}(\.\d+)?$")
            found = when(is_number, Call("to_timestamp", seconds), found)
    year = Call("year", found)
    return when((year >= constant(_FIRST_YEAR)) & (year <= constant(_LAST_YEAR)), found)


def _boolean(text: Expression, formats: Formats) -> Expression:
    lowered = Call("lower", text)
    yes = lowered.isin(*map(constant, formats.true))
    no = lowered.isin(*map(constant, formats.false))
    return CaseExpression(yes, constant(True)).when(no, constant(False)).otherwise(_NULL)


def _plain(text: Expression, formats: Formats) -> Expression:
    """A number as `-1234.5`, null when it is none or its thousands are not in threes."""
    mark = "\\" + formats.decimal
    whole = r"\d+"
    if formats.thousands:
        whole = rf"(\d{{1,3}}([{formats.thousands}]\d{{3}})+|\d+)"
    pattern = rf"^[+-]?({whole}({mark}\d*)?|{mark}\d+)([eE][+-]?\d{{1,2}})?$"
    plain = text
    if formats.thousands:
        plain = Call("replace", plain, constant(formats.thousands), constant(""))
    if formats.decimal != ".":
        plain = Call("replace", plain, constant(formats.decimal), constant("."))
    return when(matches(text, pattern), plain)


def _integer(text: Expression, formats: Formats) -> Expression:
    number = _plain(text, formats).try_cast("decimal(24, 6)")
    return when(number == Call("round", number, constant(0)), number.try_cast("bigint"))


def _number(text: Expression, formats: Formats) -> Expression:
    """The number as JSON writes it, digits kept as they are where JSON allows."""
    plain = _plain(text, formats)
    return when(matches(plain, _JSON_NUMBER), plain, plain.try_cast("double").cast("varchar"))


def _amount(text: Expression, field: FieldMap) -> Expression:
    amount = _plain(text, field.formats).try_cast("decimal(30, 12)")
    if field.unit == "whole":
        amount = amount * column("amount_factor").cast("decimal(4, 0)")
    return Call("round", amount, constant(0)).try_cast("bigint")  # half away from zero


def _word(text: Expression, words: dict[str, str]) -> Expression:
    lowered = Call("lower", text)
    found: Expression = _NULL
    for word, meaning in words.items():
        found = when(lowered == constant(word), constant(meaning), found)
    return found


def _currency(text: Expression) -> Expression:
    raised = Call("upper", text)
    return when(matches(raised, "^[A-Z]{3}$"), raised)


def _list(text: Expression, separator: str) -> Expression:
    """A JSON array: as it is, or the texts between separators."""
    border = rf"\s*{re.escape(separator)}\s*"
    trimmed = Call("regexp_replace", text, constant(border), constant(separator), constant("g"))
    pieces = Call("string_split", trimmed, constant(separator))
    is_json = Call("starts_with", text, constant("[")) & Call("json_valid", text)
    return when(is_json, text, Call("to_json", pieces).cast("varchar"))


def json_text(text: Expression) -> Expression:
    """A text as a JSON string."""
    return Call("to_json", text).cast("varchar")


def json_guess(text: Expression) -> Expression:
    """A text of a column that no field names: a number or truth value where it reads as one.

    `007` and `1_000` stay text: what is read back must be what was written.
    """
    lowered = Call("lower", text)
    is_flag = lowered.isin(constant("true"), constant("false"))
    return when(matches(text, _JSON_NUMBER), text, when(is_flag, lowered, json_text(text)))


def json_instant(instant: Expression) -> Expression:
    utc = Call("timezone", constant("UTC"), instant)
    return json_text(Call("strftime", utc, constant("%Y-%m-%dT%H:%M:%SZ")))


def json_object(members: dict[str, tuple[Expression, Expression]]) -> Expression:
    """A JSON object of name -> (value, its JSON); a member whose value is null is left out."""
    if not members:
        return constant("{}")
    pieces = [
        when(value.isnull(), constant(""), Call("concat", constant(f",{_quoted(name)}:"), written))
        for name, (value, written) in members.items()
    ]
    joined = Call("concat", *pieces, constant(""))
    return Call("concat", constant("{"), Call("substr", joined, constant(2)), constant("}"))


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
