"""Which kinds of definition there are, where their files lie, and who checks one."""

import re
from collections.abc import Callable
from importlib import import_module

from django.conf import settings

from tenure.base.errors import BadDefinition

# Raises BadDefinition, `where: path: what is wrong and what to do`; gives warnings in words.
Check = Callable[[str, str], list[str]]  # (text, where)

# One of a kind lies in a file of its own; of the others, each in the folder of its kind: as a file,
# or as a folder with this main file and more beside it, kept as one text (`folder_text.py`).
ALONE = frozenset({"product", "signals", "reasons", "offers", "worth"})
MAIN_FILES = {"lesson": "lesson.toml", "play": "play.toml"}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")  # a file's name, and part of an address


def kinds() -> list[str]:
    """The kinds, in the order in which they are applied: what others refer to comes first."""
    return list(settings.TENURE_DEFINITION_KINDS)


def check(kind: str, text: str, where: str) -> list[str]:
    """What the kind's own check warns of.

    Raises BadDefinition when it refuses the text, or there is no such kind.
    """
    path = settings.TENURE_DEFINITION_KINDS.get(kind)
    if path is None:
        raise BadDefinition(f"{where}: there is no kind {kind!r}; use {', '.join(kinds())}")
    module, _, name = path.partition(":")
    checked: Check = getattr(import_module(module), name)
    return checked(text, where)


def check_name(kind: str, name: str) -> None:
    """Raises BadDefinition for a name that could not be a file's, or one where none belongs."""
    if kind in ALONE and name:
        raise BadDefinition(f"{kind}.toml: there is one {kind} and it has no name, not {name!r}")
    if kind not in ALONE and not _NAME.fullmatch(name):
        raise BadDefinition(
            f"{kind}s: {name!r} is no name for a file; use a-z, 0-9, _ and -", field="name"
        )


def file_of(kind: str, name: str) -> str:
    """Where a definition lies in a folder: `product.toml`, `segments/champions.toml`, or
    `plays/onboarding`, which is a folder itself."""
    if kind in MAIN_FILES:
        return f"{kind}s/{name}"
    return f"{kind}.toml" if kind in ALONE else f"{kind}s/{name}.toml"
