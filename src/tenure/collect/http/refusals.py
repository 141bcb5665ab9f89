"""How a whole request may be refused, beside the errors that all of Tenure knows.

Clients try again after 429 and 503, and never after 400, 401, 413 and 415.
"""

from tenure.base.errors import InvalidInput, TenureError


class BadRequest(InvalidInput):
    """The body is not what the path takes."""

    status = 400
    code = "invalid_request"


class UnknownEncoding(InvalidInput):
    """The body is packed in a way that we cannot undo."""

    status = 415
    code = "unknown_encoding"


class WrongMethod(InvalidInput):
    status = 405
    code = "wrong_method"


class RateLimited(TenureError):
    """This key sends more than it may."""

    status = 429
    code = "rate_limited"

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class ClientGone(Exception):
    """The client hung up before its request was whole; there is nobody to answer."""
