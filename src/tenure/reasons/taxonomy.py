"""Which reasons to leave there are: the operator's `reasons.toml`, else the one that ships.

taxonomy().reason("price_value").sentence
taxonomy().code_of("too_expensive")            # "price_value"
"""

from functools import cache
from importlib.resources import files

from tenure.definitions.store import current
from tenure.reasons.taxonomy_file import read_reasons
from tenure.reasons.taxonomy_parts import (
    FollowUp,
    NextJob,
    Option,
    Reason,
    Rival,
    Taxonomy,
    words_in,
)

KIND = "reasons"
WHERE = "reasons.toml"

__all__ = [
    "FollowUp",
    "NextJob",
    "Option",
    "Reason",
    "Rival",
    "Taxonomy",
    "check_reasons",
    "default_text",
    "default_taxonomy",
    "read_reasons",
    "taxonomy",
    "words_in",
]


def taxonomy() -> Taxonomy:
    """The one in force; the one that ships where the operator has none."""
    held = current(KIND)
    return read_reasons(held.text, WHERE) if held else default_taxonomy()


def default_taxonomy() -> Taxonomy:
    """The one that ships."""
    return read_reasons(default_text(), WHERE)


@cache
def default_text() -> str:
    """The text of the one that ships: what an operator's own begins with."""
    return (files("tenure.reasons") / "default" / WHERE).read_text("utf-8")


def check_reasons(text: str, where: str) -> list[str]:
    """What the text lets pass and may surprise: codes that inference knows and the file lacks.

    Raises BadDefinition as `read_reasons` does.
    """
    read = read_reasons(text, where)
    missing = [code for code in default_taxonomy().codes() if not read.has(code)]
    warnings = []
    if missing:
        warnings.append(
            f"{where}: nothing is inferred for what the file lacks: {', '.join(missing)}"
        )
    if not read.next_jobs:
        warnings.append(f"{where}: without any [[next_job]] nobody is asked what does the job now")
    return warnings
