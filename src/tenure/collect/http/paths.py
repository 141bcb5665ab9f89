"""Which paths the tracking API answers, and what each is for.

Segment's long paths are what servers use, the short ones what analytics.js uses. `kind` names the
decoder of what is posted; None is answered and dropped.
"""

from dataclasses import dataclass

_SHORT = {
    "t": "track",
    "i": "identify",
    "g": "group",
    "p": "page",
    "s": "screen",
    "a": "alias",
}


@dataclass(frozen=True, slots=True)
class Intake:
    """A path that takes events. `path` is its long form, by which decoders know it."""

    kind: str
    path: str
    is_batch: bool
    is_browser: bool = False  # no server posts here


def _intakes() -> dict[str, Intake]:
    intakes = {}
    for short, long in _SHORT.items():
        intakes[f"/v1/{long}"] = Intake("segment", f"/v1/{long}", is_batch=False)
        intakes[f"/v1/{short}"] = Intake("segment", f"/v1/{long}", False, is_browser=True)
    intakes["/v1/batch"] = Intake("segment", "/v1/batch", is_batch=True)
    intakes["/v1/import"] = Intake("segment", "/v1/import", is_batch=True)
    # The browser libraries of Segment and RudderStack; the latter as the page is left.
    intakes["/v1/b"] = Intake("segment", "/v1/batch", True, is_browser=True)
    intakes["/beacon/v1/batch"] = Intake("segment", "/v1/batch", True, is_browser=True)
    for path in ("/batch", "/capture", "/e", "/i/v0/e"):
        intakes[path] = Intake("posthog", path, is_batch=True, is_browser=path == "/e")
    return intakes


INTAKES = _intakes()
# Segment's library measures itself, PostHog's records sessions: taken, and dropped.
DROPPED = {"/v1/m", "/s"}
FLAGS = {"/decide", "/flags"}
SOURCE_CONFIG = {"/sourceConfig", "/sourceconfig"}
PROJECTS, SETTINGS = "/v1/projects/", "/settings"
POSTHOG_ARRAY = "/array/"
OUTCOMES = "/outcomes"  # what `tenure.ask` offers to choose from

_FIXED = INTAKES.keys() | DROPPED | FLAGS | SOURCE_CONFIG | {OUTCOMES}


def tidy_path(path: str) -> str:
    """A path without trailing slashes: PostHog's clients send one, Segment's none."""
    return path.rstrip("/") if path.endswith("/") else path


def is_tracking_path(path: str) -> bool:
    """Whether the tracking API answers this path, rather than Django."""
    tidy = tidy_path(path)
    return tidy in _FIXED or tidy.startswith((PROJECTS, POSTHOG_ARRAY))
