"""What somebody is writing, kept from the first letter: closing the page loses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from tenure.console.models import DefinitionDraft
from tenure.console.pages.flows.edited import shipped_text
from tenure.definitions.store import Definition, current


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force of one definition, and the digest by which an editor names it."""

    kind: str
    name: str
    held: Definition | None
    shipped: str  # what Tenure comes with; in force where nothing else is

    @property
    def text(self) -> str:
        """What holds now; empty for a definition that is not published yet."""
        return self.held.text if self.held else self.shipped

    @property
    def base(self) -> str:
        return self.held.digest if self.held else ""


def standing_of(kind: str, name: str) -> Standing:
    return Standing(kind, name, current(kind, name), shipped_text(kind, name))


def draft_of(user: AbstractBaseUser, kind: str, name: str) -> DefinitionDraft | None:
    """What this person was writing last, if they were."""
    return DefinitionDraft.objects.filter(user=user, kind=kind, name=name).first()


def drafts_of(user: AbstractBaseUser) -> Sequence[DefinitionDraft]:
    """All that this person is writing."""
    return DefinitionDraft.objects.filter(user=user).order_by("kind", "name")


def others_drafts(user: AbstractBaseUser, kind: str, name: str) -> Sequence[DefinitionDraft]:
    """Who else is writing the same, the latest first."""
    found = DefinitionDraft.objects.filter(kind=kind, name=name).exclude(user=user)
    return found.select_related("user").order_by("-saved_at")


def keep_draft(  # noqa: PLR0913
    user: AbstractBaseUser, kind: str, name: str, text: str, base: str, now: datetime
) -> None:
    """Keep what somebody has written so far; a text that holds already is no draft."""
    if text == standing_of(kind, name).text:
        discard_draft(user, kind, name)
        return
    DefinitionDraft.objects.update_or_create(
        user=user,
        kind=kind,
        name=name,
        defaults={"text": text, "base": base, "saved_at": now},
    )


def discard_draft(user: AbstractBaseUser, kind: str, name: str) -> None:
    DefinitionDraft.objects.filter(user=user, kind=kind, name=name).delete()
