"""How far the watch has come, and what it has seen of others' changes."""

from tenure.customers.models import FollowCursor
from tenure.customers.publishing import MERGES
from tenure.signals.models import WatchCursor

FORGOTTEN = "forgotten"  # how often somebody was


def number_of(name: str) -> int:
    """The number noted under this name; 0 when there is none."""
    return WatchCursor.objects.filter(name=name).values_list("number", flat=True).first() or 0


def text_of(name: str) -> str:
    """The text noted under this name; "" when there is none."""
    return WatchCursor.objects.filter(name=name).values_list("text", flat=True).first() or ""


def set_number(name: str, number: int) -> None:
    """Note a number under this name."""
    WatchCursor.objects.update_or_create(name=name, defaults={"number": number})


def set_text(name: str, text: str) -> None:
    """Note a text under this name."""
    WatchCursor.objects.update_or_create(name=name, defaults={"text": text})


def changed_links() -> str:
    """Another text after ids were merged or taken apart."""
    merges = FollowCursor.objects.filter(name=MERGES).values_list("batch", flat=True).first()
    return str(merges or 0)
