"""Fields that no flow has, because what they ask for would keep somebody from leaving.

Other products have them, so they are met by name, with the rule that they break, and not with
"there is no such field".
"""

from dataclasses import dataclass
from typing import Any

from tenure.definitions.toml_file import Fields

# What is written, in a table or at the top, and the code of the finding that answers it.
_REFUSED = {
    "hide_cancel": "hidden_cancel",
    "cancel_hidden": "hidden_cancel",
    "show_cancel": "hidden_cancel",
    "show_leave": "hidden_cancel",
    "cancel_style": "hidden_cancel",
    "leave_style": "hidden_cancel",
    "leave_colour": "hidden_cancel",
    "leave_color": "hidden_cancel",
    "cancel_delay_seconds": "hidden_cancel",
    "delay_seconds": "hidden_cancel",
    "require_acknowledgement": "too_many_clicks",
    "acknowledge": "too_many_clicks",
    "type_to_confirm": "too_many_clicks",
    "ask_twice": "too_many_clicks",
    "min_length": "reason_required",
    "free_text_required": "reason_required",
    "follow_up_required": "reason_required",
    "preselected": "pre_ticked",
    "preselect": "pre_ticked",
    "default_reason": "pre_ticked",
    "default_offer": "pre_ticked",
    "cancel_by": "support_instead",
    "support_only": "support_instead",
    "call_to_cancel": "support_instead",
    "final_offer": "offer_on_confirmation",
    "offer": "offer_on_confirmation",
    "countdown": "pressure",
    "countdown_seconds": "pressure",
    "expires_in_minutes": "pressure",
}
# Off is no trouble: `hide_cancel = false` asks for nothing, nor does `show_cancel = true`.
_WANTED_OFF = ("show_cancel", "show_leave")
_TABLES = ("why", "value", "offers", "confirm", "left", "human", "theme")


@dataclass(frozen=True, slots=True)
class Refused:
    """A field that was found, and the rule that speaks against it."""

    place: str
    code: str


def refused_fields(read: Fields) -> tuple[Refused, ...]:
    """Those of the text, which are taken out of it, so that reading goes on to the next mistake."""
    found = _of_table(read.values, "")
    for name in _TABLES:
        table = read.values.get(name)
        if isinstance(table, dict):
            found += _of_table(table, name)
    return tuple(found)


def _of_table(values: dict[str, Any], path: str) -> list[Refused]:
    found = []
    for name in [name for name in values if name in _REFUSED]:
        if bool(values.pop(name)) is (name not in _WANTED_OFF):
            found.append(Refused(f"{path}.{name}" if path else name, _REFUSED[name]))
    return found
