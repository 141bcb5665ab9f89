"""An in-app message as one person gets it: words with their values, safe to put into a page."""

from collections.abc import Mapping
from typing import Any

from tenure.kit.liquid import LiquidTemplate, Marked
from tenure.kit.markdown import address_of, html_of, text_of
from tenure.kit.public_page import direction_of
from tenure.messages.in_app.file import LABEL_CHARS, TITLE_CHARS
from tenure.messages.in_app.parts import AuthoredInApp
from tenure.messages.ledger import one_line

# A path of the product itself is an address on no host: so its values are quoted alike.
_HERE = "https://here.invalid"

Said = dict[str, Any]


def write_in_app(authored: AuthoredInApp, values: Mapping[str, Any], language: str) -> Said:
    """What it says to one person in one language. Raises TemplateFailed where a value is missing.

    `html` is Markdown's, with every value escaped; all else is plain text.
    """
    marked = authored.body.marked(values)
    said: Said = {
        "title": _line(authored.title, values, TITLE_CHARS),
        "html": html_of(marked),
        "text": text_of(marked).strip(),
        "direction": direction_of(language),
        "pages": list(authored.pages),
        "at": authored.at,
        "side": authored.side,
        "place": authored.place,
        "items": [
            {
                "name": item.name,
                "label": _line(item.label, values, TITLE_CHARS),
                "link": link_of(item.link, values),
                "event": item.event,
            }
            for item in authored.items
        ],
        "questions": [
            {
                "name": each.name,
                "kind": each.kind,
                "ask": _line(each.ask, values, TITLE_CHARS),
                "choices": list(each.choices),
                "low": each.low,
                "high": each.high,
                "optional": each.is_optional,
            }
            for each in authored.questions
        ],
    }
    if button := authored.button:
        said["button"] = {
            "label": _line(button.label, values, LABEL_CHARS),
            "link": link_of(button.link, values),
            "event": button.event,
        }
    return said


def payload_of(
    kind: str, said: Mapping[str, Said], *, prefers: str, over: str, task: Said | None = None
) -> Said:
    """What the ledger keeps: the words in every language, and what an answer leads to.

    `prefers` is the language that the person is known to read, empty where nobody knows; `over`
    whose doing ticks a checklist, `account` or `person`.
    """
    return {
        "kind": kind,
        "said": dict(said),
        "prefers": prefers,
        "over": over,
        "ticked": [],
        "task": task,
    }


def link_of(link: LiquidTemplate | None, values: Mapping[str, Any]) -> str:
    """Where a link leads: an address, or a path of the product; empty where it leads nowhere."""
    if link is None:
        return ""
    marked = link.marked(values)
    is_path = marked.text.startswith("/")
    whole = address_of(Marked((_HERE if is_path else "") + marked.text, marked.values))
    if not whole.startswith(("https://", "http://")):
        return ""
    return whole.removeprefix(_HERE) if is_path else whole


def _line(template: LiquidTemplate, values: Mapping[str, Any], most: int) -> str:
    return one_line(template.plain(values))[:most]
