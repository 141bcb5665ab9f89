"""How far something was followed, as a text: the same text again means that nothing is new."""

from tenure.reasons.models import ReasonCursor


def held_text(name: str) -> str:
    """What was kept last under this name; empty at first."""
    return ReasonCursor.objects.filter(name=name).values_list("text", flat=True).first() or ""


def keep_text(name: str, text: str) -> None:
    """Keep it in place of what was there."""
    ReasonCursor.objects.update_or_create(name=name, defaults={"text": text})
