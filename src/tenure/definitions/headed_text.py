"""A text with a head: TOML between two lines of +++, and below it the words."""

import re

from tenure.base.errors import BadDefinition
from tenure.definitions.toml_file import Fields

_FENCE = re.compile(r"\A\+\+\+\r?\n(.*?)^\+\+\+(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


def head_and_words(text: str, where: str, field: str) -> tuple[Fields, str]:
    """The head, and the words with a line for each of the head's, so that lines are those of the
    file. `field` is one that a head has.

    Raises BadDefinition for a text that begins without a head.
    """
    fence = _FENCE.match(text)
    if fence is None:
        raise BadDefinition(
            f'{where}: it begins without a head; write +++, {field} = "...", +++, then the words'
        )
    return Fields.of(fence[1], where), "\n" * fence[0].count("\n") + text[fence.end() :]
