"""Markdown as the HTML and the plain text of a mail. Its HTML is never taken over as HTML.

A text may have marks of `kit.liquid` where values belong. What it comes to without them is kept, so
that a thousand mails of one template are turned into HTML once; and a value is never read as
Markdown, nor as HTML.
"""

import html
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tenure.kit.liquid import CLOSES, MARK, OPENS, Marked
from tenure.kit.telling import Told

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
_HREF = re.compile(r'(?P<name>href|src)="(?P<link>[^"]*)"', re.IGNORECASE)
QUOTED_MARK = re.compile(f"{quote(OPENS)}(\\d+){quote(CLOSES)}", re.IGNORECASE)
_TOLD = re.compile(f"<p>{MARK.pattern}</p>")
_LINK_OPENS, _LINK_CLOSES = "\ue002", "\ue003"
_PLAIN_LINK = re.compile(f"{_LINK_OPENS}([^{_LINK_CLOSES}]*){_LINK_CLOSES}")
_SCHEMES = ("https", "http", "mailto")
_TEXTS_KEPT = 512


def html_of(marked: Marked) -> str:
    """The HTML, each value in its place as text; in an address as part of one."""
    return with_values(_html(marked.text), marked.values)


def marked_html_of(text: str) -> str:
    """The HTML of a text with marks, which stay where they are."""
    return _html(text)


def with_values(page: str, values: Sequence[str]) -> str:
    """HTML with its marks replaced by these values, each as text; in an address as part of one."""
    page = _HREF.sub(lambda found: _attribute(found, values), page)
    page = _TOLD.sub(lambda found: _paragraph(found, values), page)
    return MARK.sub(lambda mark: html.escape(values[int(mark[1])]), page)


def text_of(marked: Marked) -> str:
    """The plain text: what a reader without HTML sees, with addresses written out."""
    text = _PLAIN_LINK.sub(lambda found: _whole(found[1], marked.values), _text(marked.text))
    return MARK.sub(lambda mark: marked.values[int(mark[1])], text)


def address_of(marked: Marked) -> str:
    """A text that is one address, each value as a part of it; `#` where it leads nowhere."""
    return _whole(MARK.sub(lambda mark: quote(mark[0]), marked.text.strip()), marked.values)


@lru_cache(maxsize=_TEXTS_KEPT)
def _html(text: str) -> str:
    return str(_MARKDOWN.render(text))


@lru_cache(maxsize=_TEXTS_KEPT)
def _text(text: str) -> str:
    return _Plain().of(_MARKDOWN.parse(text))


def _paragraph(found: re.Match[str], values: Sequence[str]) -> str:
    """What is told stands instead of the paragraph that its mark was."""
    value = values[int(found[1])]
    return value.html if isinstance(value, Told) else found[0]


def _attribute(found: re.Match[str], values: Sequence[str]) -> str:
    link = MARK.sub(lambda mark: quote(mark[0]), html.unescape(found["link"]))
    if not QUOTED_MARK.search(link):
        return found[0]
    return f'{found["name"]}="{html.escape(_whole(link, values))}"'


def _whole(link: str, values: Sequence[str]) -> str:
    """The address with its values; one that would do something else than lead there, as `#`."""
    whole = QUOTED_MARK.sub(lambda mark: _part(link, mark, values), link)
    try:
        return whole if urlsplit(whole).scheme in _SCHEMES else "#"
    except ValueError:  # a bracket that no address has there
        return "#"


def _part(link: str, mark: re.Match[str], values: Sequence[str]) -> str:
    """A value that begins an address is one; inside of another it is quoted."""
    value = values[int(mark[1])]
    if mark.start() == 0:
        return quote(unquote(value.strip()), safe=":/?#[]@!$&'()*+,;=%~")
    return quote(value, safe="")


class _Plain:
    """A document as lines of text."""

    def __init__(self) -> None:
        self.lists: list[int | None] = []  # number of the next item; None of a list without
        self.indent = ""

    def of(self, tokens: Sequence[Token]) -> str:
        blocks: list[str] = []
        for token in tokens:
            act = _BLOCKS.get(token.type)
            if act is not None:
                act(self, token)
            elif token.type == "inline":
                blocks.append(self._begin() + _inline(token.children or []))
            elif token.type in ("fence", "code_block"):
                blocks.append(token.content.rstrip("\n"))
            elif token.type == "hr":
                blocks.append("---")
        return "\n\n".join(blocks) + "\n" if blocks else ""

    def open_list(self, token: Token) -> None:
        self.lists.append(1 if token.type == "ordered_list_open" else None)

    def close_list(self, token: Token) -> None:
        self.lists.pop()

    def open_item(self, token: Token) -> None:
        number = self.lists[-1]
        self.indent = f"{number}. " if number is not None else "- "
        if number is not None:
            self.lists[-1] = number + 1

    def _begin(self) -> str:
        begin = "  " * max(0, len(self.lists) - 1) + self.indent
        self.indent = ""
        return begin


_BLOCKS: dict[str, Callable[[_Plain, Token], None]] = {
    "bullet_list_open": _Plain.open_list,
    "ordered_list_open": _Plain.open_list,
    "bullet_list_close": _Plain.close_list,
    "ordered_list_close": _Plain.close_list,
    "list_item_open": _Plain.open_item,
}


def _inline(children: Sequence[Token]) -> str:
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for child in children:
        if child.type == "link_open":
            links.append((str(child.attrGet("href") or ""), len(parts)))
        elif child.type == "link_close":
            link, start = links.pop()
            shown = QUOTED_MARK.sub(lambda mark: f"{OPENS}{mark[1]}{CLOSES}", link)
            if "".join(parts[start:]) != shown:
                parts.append(f" ({_LINK_OPENS}{link}{_LINK_CLOSES})")
        elif child.type == "image":
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        else:
            parts.append(child.content)
    return "".join(parts)
