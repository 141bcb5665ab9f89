"""Why one event of an accepted body is refused, and what would mend it."""

import msgspec

VALUE_CHARS = 200


class Refused(Exception):
    """Carries code, field, value and remedy of one refused event to where its row is made."""

    def __init__(self, code: str, field: str, value: object, remedy: str) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.value = shown(value)
        self.remedy = remedy


def shown(value: object) -> str:
    """A value as a person may read it, cut after 200 characters; nothing for what was absent."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= VALUE_CHARS else text[: VALUE_CHARS - 1] + "…"
