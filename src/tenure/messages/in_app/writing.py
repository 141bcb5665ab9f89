"""An in-app message as one person gets it: words with their values, safe to put into a page."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tenure.kit.liquid import Clean, LiquidTemplate, Marked
from tenure.kit.markdown import address_of, html_of, text_of
from tenure.kit.public_page import direction_of
from tenure.messages.composing import AnsweringReader, Asked, plain
from tenure.messages.in_app.file import LABEL_CHARS, TITLE_CHARS
from tenure.messages.in_app.parts import AuthoredInApp
from tenure.messages.ledger import one_line
from tenure.messages.mail_names import value_at
from tenure.messages.mail_tags import in_product, tellers_for

# What stands for the product where nobody said where it is: it is shown there, so its paths do.
HERE = "https://here.invalid"
# What a tag says is made for mails. A page's policy allows no styles, and the frame has its own.
_STYLE = re.compile(r'(?<=[\w"]) style="[^"<>]*"')
_PATH = re.compile(r"/(?![/\\])")

Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown to one person in one language, and what it was made of."""

    said: Said
    used: Mapping[str, Any]


def write_in_app(authored: AuthoredInApp, values: Mapping[str, Any], asked: Asked) -> Shown:
    """What it says to one person in one language. Raises ValueMissing where a value is, else
    TemplateFailed.

    `html` is Markdown's, with every value escaped; all else is plain text.
    """
    language = asked.language
    whole, _ = authored.declared.filled({**values, "language": language}, authored.where)
    told = Clean({**whole, **tellers_for(in_product(asked))})
    filling = _Filling(told, AnsweringReader(authored, asked, whole))
    marked = authored.body.marked(*filling.with_reader)
    said: Said = {
        "title": filling.line(authored.title, TITLE_CHARS),
        "html": _STYLE.sub("", html_of(marked)).replace(f'"{HERE}/', '"/'),
        "text": text_of(marked).replace(HERE, "").strip(),
        "direction": direction_of(language),
        "pages": list(authored.pages),
        "at": authored.at,
        "side": authored.side,
        "place": authored.place,
        "items": [
            {
                "name": item.name,
                "label": filling.line(item.label, TITLE_CHARS),
                "link": filling.link(item.link),
                "event": item.event,
            }
            for item in authored.items
        ],
        "questions": [
            {
                "name": each.name,
                "kind": each.kind,
                "ask": filling.line(each.ask, TITLE_CHARS),
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
            "label": filling.line(button.label, LABEL_CHARS),
            "link": filling.link(button.link),
            "event": button.event,
        }
    named = {path.path for part in authored.templates() for path in part.paths}
    used = {".".join(path): plain(value_at(whole, path)) for path in sorted(named)}
    used.pop("links.choices", None)
    return Shown(said, {**used, **filling.reader.answers})


@dataclass(frozen=True, slots=True)
class _Filling:
    """The texts of one message with their values."""

    values: Clean
    reader: AnsweringReader

    @property
    def with_reader(self) -> tuple[Clean, AnsweringReader]:
        return self.values, self.reader

    def line(self, template: LiquidTemplate, most: int) -> str:
        return one_line(template.plain(*self.with_reader))[:most]

    def link(self, link: LiquidTemplate | None) -> str:
        """Where it leads: an address, or a path of the product; empty where it leads nowhere."""
        if link is None:
            return ""
        marked = link.marked(*self.with_reader)
        # A path is an address on no host: so its values are quoted alike.
        is_path = bool(_PATH.match(marked.text))
        whole = address_of(Marked(HERE + marked.text if is_path else marked.text, marked.values))
        if whole.startswith(HERE):
            path = whole.removeprefix(HERE)
            return path if _PATH.match(path) else "/"
        return whole if whole.startswith(("https://", "http://")) else ""


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
