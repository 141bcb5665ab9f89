"""Every error that Tenure raises on purpose.

    TenureError
    ├── InvalidInput         422  the caller sent something we cannot read
    │   ├── BadDefinition     -   a map, play, segment or rule file is wrong: `file: path: what`
    │   └── BadUsage          -   the command line was called wrongly (exit 2)
    ├── Unauthorized         401  no key, or one that we do not know
    ├── TooLarge             413  a body or an event is over its limit
    ├── NotFound             404  no such thing
    ├── Conflict             409  the thing exists, but not in a state that allows this
    │   └── LeaseHeld         -   another process writes the lake at this moment
    └── Unavailable          503  a store cannot be reached or is full; try again

Programmer errors are not here: those are `assert` and `ValueError`, and they crash.
The one JSON shape is `{"success": false, "code": ..., "message": ..., "field": ...}`.
"""


class TenureError(Exception):
    """Base class. `code` is stable and documented; the message is for people and may change."""

    status = 500
    code = "internal"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def as_json(self) -> dict[str, object]:
        """The one error shape of every API. Source: Segment's clients read `code` and `message`."""
        shape: dict[str, object] = {"success": False, "code": self.code, "message": self.message}
        if self.field is not None:
            shape["field"] = self.field
        return shape


class InvalidInput(TenureError):
    status = 422
    code = "invalid_input"


class BadDefinition(InvalidInput):
    code = "bad_definition"


class BadUsage(InvalidInput):
    code = "bad_usage"


class Unauthorized(TenureError):
    status = 401
    code = "invalid_write_key"


class TooLarge(TenureError):
    status = 413
    code = "too_large"


class NotFound(TenureError):
    status = 404
    code = "not_found"


class Conflict(TenureError):
    status = 409
    code = "conflict"


class LeaseHeld(Conflict):
    code = "lease_held"


class Unavailable(TenureError):
    status = 503
    code = "unavailable"
