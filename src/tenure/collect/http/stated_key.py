"""Which write key a request states, in any of the forms that clients use."""

import base64

from tenure.base.errors import Unauthorized
from tenure.collect.http.request import Request

_QUERY_NAMES = ("writeKey", "write_key", "api_key", "token")


def stated_key(request: Request, body_key: object = None) -> str:
    """The write key of a request; `body_key` is what its body says.

    1. `Authorization: Basic base64(key:)`, also without the colon. It wins over the body, because
       a proxy that signs again passes the body on as it was.
    2. `writeKey` in the body (PostHog: `api_key` or `token`), also beside a Bearer token.
    3. `?writeKey=` (also `api_key`, `token`), for what a browser sends as a page is left.
    4. A Bearer token, when nothing else is there.

    Raises Unauthorized when there is none.
    """
    if key := basic_key(request):
        return key
    if isinstance(body_key, str) and body_key.strip():
        return body_key.strip()
    for name in _QUERY_NAMES:
        if key := request.query.get(name, "").strip():
            return key
    scheme, credentials = _authorization(request)
    if scheme == "bearer" and credentials:
        return credentials
    raise Unauthorized(
        "there is no write key; send it as the user name of HTTP Basic authentication, "
        "or as writeKey in the body",
        field="writeKey",
    )


def basic_key(request: Request) -> str:
    """The key of HTTP Basic authentication, empty without. Raises Unauthorized when unreadable."""
    scheme, credentials = _authorization(request)
    return _basic(credentials) if scheme == "basic" else ""


def _authorization(request: Request) -> tuple[str, str]:
    scheme, _, credentials = request.header(b"authorization").strip().partition(" ")
    return scheme.lower(), credentials.strip()


def _basic(credentials: str) -> str:
    try:
        text = base64.b64decode(credentials + "=" * (-len(credentials) % 4), validate=True).decode()
    except ValueError:  # no base64, or no text in it
        raise Unauthorized(
            'the Authorization header is not base64; send "Basic " and base64 of "KEY:"',
            field="authorization",
        ) from None
    return text.partition(":")[0].strip()
