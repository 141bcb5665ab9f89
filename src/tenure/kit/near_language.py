"""Which of some languages somebody's language tag means."""

from collections.abc import Sequence


def near_to(tag: str) -> list[str]:
    """A language and what it is near to, the nearest first: `zh-TW` is `zh-hant`."""
    said = tag.replace("_", "-").lower()
    if not said:
        return []
    parts = said.split("-")
    found = [said]
    if parts[0] == "zh":
        is_hant = any(part in ("hant", "tw", "hk", "mo") for part in parts)
        found.append("zh-hant" if is_hant else "zh-hans")
    return [*found, parts[0]]


def as_written(tag: str) -> str:
    """The tag as languages are named here: in lower case, Chinese by its script."""
    found = near_to(tag)
    return found[1] if found and found[-1] == "zh" else next(iter(found), "")


def nearest(tag: str, among: Sequence[str]) -> str:
    """The nearest of these languages; empty where none is near."""
    return next((each for each in near_to(tag) if each in among), "")
