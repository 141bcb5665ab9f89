"""How `tenure.js` is made of its parts: no build step, no Node."""

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources

from tenure.app.browser.shrinking import shrunk

# In this order, in one scope; `start` runs. A slice adds what pages may call as a part of its own
# before `start`: `calls.NAME = (...) => {...}`, with `on`, `record` and `settings` at hand.
PARTS = (
    ("tenure.app.browser", "settings"),
    ("tenure.app.browser", "hooks"),
    ("tenure.app.browser", "storage"),
    ("tenure.app.browser", "consent"),
    ("tenure.app.browser", "identity"),
    ("tenure.app.browser", "context"),
    ("tenure.app.browser", "queue"),
    ("tenure.app.browser", "sending"),
    ("tenure.app.browser", "calls"),
    ("tenure.app.browser", "ask"),
    ("tenure.offboard", "cancel"),
    ("tenure.messages.in_app", "begin"),
    ("tenure.app.browser", "navigation"),
    ("tenure.app.browser", "intent"),
    ("tenure.app.browser", "widget"),
    ("tenure.app.browser", "start"),
)
# The same for pages that call Churnkey.
CHURNKEY_PARTS = (*PARTS[:-1], ("tenure.offboard", "churnkey"), PARTS[-1])


@dataclass(frozen=True, slots=True)
class Script:
    """`digest` names this text; a browser may keep it for ever under an address with it."""

    text: bytes
    gzipped: bytes
    digest: str


@cache
def tenure_js(parts: tuple[tuple[str, str], ...] = PARTS) -> Script:
    """The script as it is sent, or of some of its parts."""
    version = metadata.version("tenure")
    texts = (
        (resources.files(package) / f"{name}.js").read_text("utf-8") for package, name in parts
    )
    body = "".join(texts).replace("'{{version}}'", json.dumps(version))
    return _script("tenure.js", f"(function () {{\n'use strict';\n{body}}})();\n")


@cache
def in_app_js() -> Script:
    """The module that shows what waits in the product: it comes when something does."""
    folder = resources.files("tenure.messages.in_app")
    style = _style((folder / "show.css").read_text("utf-8"))
    source = (folder / "show.js").read_text("utf-8")
    return _script("tenure-in-app.js", source.replace("'{{style}}'", json.dumps(style)))


def _style(css: str) -> str:
    """A style sheet without what only people read. It has no texts."""
    plain = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s*([{}:;,>])\s*", r"\1", re.sub(r"\s+", " ", plain)).replace(";}", "}").strip()


def _script(name: str, source: str) -> Script:
    version = metadata.version("tenure")
    head = f"/*! {name} {version} | MIT License | (c) Tenure contributors */\n"
    text = (head + shrunk(source)).encode()
    # Without a time, the same text is the same bytes on every machine.
    return Script(text, gzip.compress(text, 9, mtime=0), hashlib.sha256(text).hexdigest()[:12])
