"""Why a replay that somebody began came to nothing, until the next is begun or found."""

from tenure.plays.models import PlayCursor

WITHOUT_A_WORD = "without_a_word"  # its process ended, and told nobody why
_FAILED = "replay_failed:"


def note_failed(name: str, why: str) -> None:
    """Keep it for the play's page; a later failure takes its place."""
    PlayCursor.objects.update_or_create(name=_FAILED + name, defaults={"text": why, "number": 0})


def clear_failed(name: str) -> None:
    """A replay was found, or begun anew."""
    PlayCursor.objects.filter(name=_FAILED + name).delete()


def failed_because(name: str) -> str:
    """In words, or `WITHOUT_A_WORD`; empty where the last one did not fail."""
    held = PlayCursor.objects.filter(name=_FAILED + name).values_list("text", flat=True).first()
    return held or ""
