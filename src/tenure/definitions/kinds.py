"""Which kinds of definition there are, where their files lie, and who checks one."""

from collections.abc import Callable
from importlib import import_module

from django.conf import settings

from tenure.base.errors import BadDefinition

# Raises BadDefinition, `where: path: what is wrong and what to do`; gives warnings in words.
Check = Callable[[str, str], list[str]]  # (text, where)

# One of a kind lies in a file of its own; of the others, each in the folder of its kind.
ALONE = frozenset({"product", "signals"})


def kinds() -> list[str]:
    """The kinds, in the order in which they are applied: what others refer to comes first."""
    return list(settings.TENURE_DEFINITION_KINDS)


def check(kind: str, text: str, where: str) -> list[str]:
    """What the kind's own check warns of. Raises BadDefinition when it refuses the text."""
    path = settings.TENURE_DEFINITION_KINDS.get(kind)
    if path is None:
        raise BadDefinition(f"{where}: there is no kind {kind!r}; use {', '.join(kinds())}")
    module, _, name = path.partition(":")
    checked: Check = getattr(import_module(module), name)
    return checked(text, where)


def file_of(kind: str, name: str) -> str:
    """Where a definition lies in a folder: `product.toml`, `segments/champions.toml`."""
    return f"{kind}.toml" if kind in ALONE else f"{kind}s/{name}.toml"
