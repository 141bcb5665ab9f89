"""What happened at an account, in the words and marks of its page; the newest first."""

from dataclasses import dataclass, field

from tenure.lake.reading import Reader


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some entries by day, and where the next ones start."""

    days: list[tuple[str, list[object]]] = field(default_factory=list)
    next: str = ""


def timeline_page(reader: Reader, account_id: str, before: str | None) -> Timeline:
    return Timeline()
