"""The text of every field of a row: from a column, a constant, a template or another file."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from tenure.collect.files.map_model import PLACEHOLDER, FieldMap, FileMap, Lookup

Texts = pa.Array | pa.ChunkedArray


@dataclass(frozen=True, slots=True)
class LookupTable:
    """Texts that stand for texts. A key with several different values is left out."""

    keys: pa.Array
    values: pa.Array

    def found(self, texts: Texts) -> Texts:
        """The value of each text, null where there is none."""
        return self.values.take(pc.index_in(texts, self.keys).combine_chunks())


def lookup_table(keys: Texts, values: Texts) -> LookupTable:
    """A LookupTable from two columns of one file."""
    pairs = pa.table({"key": pc.utf8_trim_whitespace(keys), "value": values}).group_by("key")
    counted = pairs.aggregate([("value", "count_distinct"), ("value", "min")])
    single = counted.filter(pc.equal(counted["value_count_distinct"], 1))
    return LookupTable(single["key"].combine_chunks(), single["value_min"].combine_chunks())


def clean(texts: pa.Table, nulls: tuple[str, ...]) -> pa.Table:
    """Texts without blanks around them; those that mean nothing are null."""
    return pa.table([_cleaned(column, nulls) for column in texts.columns], texts.column_names)


def chosen(cleaned: pa.Table, entry: FileMap) -> Texts:
    """Whether each row passes the entry's `where` and `where_not`."""
    passes: Texts = pa.chunked_array([pa.array([True] * cleaned.num_rows, pa.bool_())])
    for conditions, wanted in ((entry.where, True), (entry.where_not, False)):
        for column, values in conditions.items():
            among = pc.is_in(pc.fill_null(cleaned[column], ""), pa.array(values, pa.string()))
            passes = pc.and_(passes, among if wanted else pc.invert(among))
    return passes


def field_texts(texts: pa.Table, entry: FileMap, lookups: Mapping[Lookup, LookupTable]) -> pa.Table:
    """A column `f_<field>` for each mapped field, as text; null where the row says nothing."""
    made = {f"f_{name}": _text(texts, field, lookups) for name, field in entry.fields.items()}
    return pa.table(made)


def _text(texts: pa.Table, field: FieldMap, lookups: Mapping[Lookup, LookupTable]) -> Texts:
    if field.value is not None:
        return pa.array([field.value] * texts.num_rows, pa.string())
    if field.template is not None:
        found = _templated(texts, field)
    elif field.lookup is not None:
        found = lookups[field.lookup].found(_cleaned(texts[field.lookup.on], field.formats.nulls))
    else:
        found = _cleaned(texts[field.column], field.formats.nulls)
    if field.words:
        found = _translated(found, field.words)
    return pc.fill_null(found, field.default) if field.default is not None else found


def _cleaned(texts: Texts, nulls: tuple[str, ...]) -> Texts:
    trimmed = pc.utf8_trim_whitespace(texts)
    is_null = pc.is_in(trimmed, pa.array(nulls, pa.string()))
    return pc.if_else(is_null, pa.scalar(None, pa.string()), trimmed)


def _templated(texts: pa.Table, field: FieldMap) -> Texts:
    """The template filled in; null when a column that it names is."""
    pieces: list[object] = []
    for number, piece in enumerate(PLACEHOLDER.split(field.template or "")):
        if number % 2:
            pieces.append(_cleaned(texts[piece], field.formats.nulls))
        elif piece:
            pieces.append(pa.scalar(piece, pa.string()))
    return pc.binary_join_element_wise(*pieces, "")


def _translated(texts: Texts, words: dict[str, str]) -> Texts:
    """Texts among the map's words replaced by what they mean; an empty meaning is null."""
    keys = pa.array(list(words), pa.string())
    meanings = pa.array([word or None for word in words.values()], pa.string())
    place = pc.index_in(texts, keys)
    place = place.combine_chunks() if isinstance(place, pa.ChunkedArray) else place
    return pc.if_else(pc.is_valid(place), meanings.take(place), texts)
