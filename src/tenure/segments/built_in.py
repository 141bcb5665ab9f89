"""The segments that Tenure comes with: one for each stage, and one for each kind of signal."""

import tomllib
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenure.base.ids import digest
from tenure.definitions.store import current


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A segment over accounts that nobody had to declare."""

    name: str
    title: str | Promise
    where: str
    description: str | Promise

    @property
    def digest(self) -> str:
        return digest("built in", self.name, self.where)


STAGES: dict[str, tuple[Promise, Promise]] = {
    "new": (pgettext_lazy("stage", "New"), _("Accounts that have just begun")),
    "active": (_("Active"), _("Accounts that use what they have")),
    "fading": (_("Fading"), _("Accounts that use it less than they did")),
    "lapsed": (_("Lapsed"), _("Accounts that have stopped using it")),
    "leaving": (_("Leaving"), _("Accounts that have given notice")),
    "left": (pgettext_lazy("stage", "Left"), _("Accounts that have gone")),
}
# For how many days a signal says something about now.
SIGNALS: dict[str, tuple[Promise, int]] = {
    "cancel_intent": (_("Thinks of cancelling"), 14),
    "near_limit": (_("Near a limit"), 30),
    "gone_quiet": (_("Gone quiet"), 14),
    "paid_feature_unused": (_("Pays for something unused"), 30),
    "stuck_at_step": (_("Stuck before first value"), 14),
    "champion_left": (_("Champion left"), 60),
    "person_at_new_company": (_("A known person at a new company"), 60),
    "payment_trouble": (_("Payment trouble"), 30),
    "hand_over": (_("Handed over to others"), 60),
    "conversation_silence": (_("Conversation fell silent"), 30),
    "account_acquired_or_closing": (_("Acquired or closing"), 90),
}
DECLARED_DAYS = 30


def built_in() -> list[BuiltIn]:
    """Stages first, then signals, then the kinds of signal that the operator declares."""
    stages = [
        BuiltIn(f"stage_{stage}", title, f"stage = '{stage}'", meaning)
        for stage, (title, meaning) in STAGES.items()
    ]
    signals = [_of_signal(kind, title, days) for kind, (title, days) in SIGNALS.items()]
    return stages + signals + _declared()


def _of_signal(kind: str, title: str | Promise, days: int) -> BuiltIn:
    return BuiltIn(
        f"signal_{kind}",
        title,
        f"did('{kind}', {days}) >= 1",
        _("Accounts with such a signal in the last days"),
    )


def _declared() -> list[BuiltIn]:
    """The kinds of `signals.toml`, whose own check has seen to names and titles."""
    held = current("signals")
    kinds = tomllib.loads(held.text).get("kind", []) if held else []
    return [
        _of_signal(kind["name"], kind.get("title") or kind["name"], DECLARED_DAYS)
        for kind in kinds
        if kind["name"] not in SIGNALS
    ]
