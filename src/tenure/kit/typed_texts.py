"""What one of us typed into a field, as it is kept."""

import re

from tenure.base.errors import InvalidInput

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def typed_text(field: str, value: str, most: int, *, has_lines: bool = False) -> str:
    """The text without what cannot be seen, on one line unless it `has_lines`.

    Raises InvalidInput, with the field, for more than `most` characters.
    """
    if len(value) > most:
        raise InvalidInput(
            f"{field} has {len(value)} characters; shorten it to {most}", field=field
        )
    plain = _UNSEEN.sub("", value).strip()
    return plain if has_lines else " ".join(plain.split())
