"""A condition that stands in a field of a definition, with the place of what is wrong in it."""

from tenure.definitions.toml_file import Fields
from tenure.segments.bad_condition import BadCondition
from tenure.segments.condition import Condition, read_condition
from tenure.segments.vocabulary import Vocabulary


def condition_in(read: Fields, field: str, vocabulary: Vocabulary) -> Condition | None:
    """The condition in a field; None where it is empty. Raises BadDefinition with its place."""
    text = read.text(field, "")
    if not text.strip():
        return None
    try:
        return read_condition(text, vocabulary.over, vocabulary=vocabulary)
    except BadCondition as error:
        at = error.position
        raise read.refuse(field, f"line {at.line}, column {at.column}: {error.message}") from None
