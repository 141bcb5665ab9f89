"""Which paths are about leaving, and what each is for.

GET   leave/<token>            the hosted page, opened
POST  leave                    its forms
POST  v1/cancel/open | step    JSON
GET   leave/return/<token>     come back; POST leave/return does it
GET   leave/export/<token>     what Tenure holds of the account
"""

from dataclasses import dataclass

PAGE, FORM, OPEN, STEP = "page", "form", "open", "step"
RETURN_PAGE, RETURN, EXPORT = "return_page", "return", "export"
_FIXED = {
    "/leave": FORM,
    "/leave/return": RETURN,
    "/v1/cancel/open": OPEN,
    "/v1/cancel/step": STEP,
}
_WITH_TOKEN = (
    ("/leave/return/", RETURN_PAGE),
    ("/leave/export/", EXPORT),
    ("/leave/", PAGE),
)
METHODS = {PAGE: "GET", RETURN_PAGE: "GET", EXPORT: "GET"}
JSON_PATHS = frozenset({OPEN, STEP})


@dataclass(frozen=True, slots=True)
class Place:
    """What a path asks for, and the token in it."""

    kind: str
    token: str = ""

    @property
    def method(self) -> str:
        return METHODS.get(self.kind, "POST")


def place_of(path: str) -> Place | None:
    """What a path asks for; None where it is none of ours."""
    tidy = path.rstrip("/") if len(path) > 1 else path
    if kind := _FIXED.get(tidy):
        return Place(kind)
    for begins, kind in _WITH_TOKEN:
        if tidy.startswith(begins):
            token = tidy.removeprefix(begins)
            return Place(kind, token) if "/" not in token else None
    return None


def is_leaving_path(path: str) -> bool:
    """Whether this path is about leaving, rather than the console's."""
    return place_of(path) is not None
