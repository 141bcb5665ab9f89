"""The rules of what is worth saving: the operator's `worth.toml`, else the one that ships."""

from functools import cache
from importlib.resources import files

from tenure.definitions.store import current
from tenure.reasons.taxonomy import taxonomy
from tenure.reasons.worth_file import WorthRules, read_worth

KIND, WHERE = "worth", "worth.toml"


def worth_rules() -> WorthRules:
    """Those in force."""
    held = current(KIND)
    return read_worth(held.text, WHERE) if held else read_worth(default_worth_text(), WHERE)


@cache
def default_worth_text() -> str:
    """The text that ships: what an operator's own begins with."""
    return (files("tenure.reasons") / "default" / WHERE).read_text("utf-8")


def check_worth(text: str, where: str) -> list[str]:
    """What the text lets pass and may surprise: reasons that are none. Raises BadDefinition."""
    read = read_worth(text, where)
    known = taxonomy()
    named = {
        code for each in (*read.rules, *read.measures, *read.questions) for code in each.reasons
    }
    strange = sorted(code for code in named if not known.has(code))
    warnings = []
    if strange:
        warnings.append(f"{where}: reasons.toml has no reason {', '.join(strange)}")
    if not read.questions:
        warnings.append(f"{where}: without any [[question]] nobody knows what to ask")
    return warnings
