"""Whether a model outside may name themes: `[reasons]` of `tenure.toml`. Off unless it is there.

[reasons]
model_url = "https://api.example.com/v1/chat/completions"
model = "some-model"
model_key_env = "TENURE_REASONS_MODEL_KEY"     # the variable that holds the key; may be absent
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tenure.base.errors import InvalidInput
from tenure.base.home import Home
from tenure.definitions.toml_file import Fields

WHERE = "tenure.toml"
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class OutsideModel:
    """Where it answers, as OpenAI's chat endpoint does. The key is shown nowhere."""

    url: str
    model: str
    key: str
    timeout_s: float = 30.0

    def __repr__(self) -> str:
        return f"OutsideModel({urlsplit(self.url).hostname}, {self.model})"


def outside_model(home: Home, environment: Mapping[str, str] | None = None) -> OutsideModel | None:
    """The model that the operator named; None where there is none.

    Raises InvalidInput for an address without https (but on this machine), a missing model name,
    or a variable that is not set.
    """
    environment = os.environ if environment is None else environment
    path = home.root / WHERE
    if not path.is_file():
        return None
    section = Fields.of(path.read_text("utf-8"), WHERE).table("reasons")
    url = section.text("model_url", "")
    if not url:
        return None
    parts = urlsplit(url)
    is_here = parts.hostname in _HERE
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise section.refuse("model_url", f"{url!r} is no address; write it with https://")
    if parts.scheme == "http" and not is_here:
        raise section.refuse("model_url", "texts would cross the net unprotected; use https://")
    return OutsideModel(url, section.text("model"), _key(section, environment))


def _key(section: Fields, environment: Mapping[str, str]) -> str:
    name = section.text("model_key_env", "")
    if not name:
        return ""
    if not _VARIABLE.fullmatch(name):
        raise section.refuse(
            "model_key_env", "write the name of a variable of the environment, not the key itself"
        )
    if name not in environment:
        raise InvalidInput(
            f"{WHERE}: reasons.model_key_env: the variable {name} is not set; set it, or leave "
            "model_url out",
            field="reasons.model_key_env",
        )
    return environment[name]
