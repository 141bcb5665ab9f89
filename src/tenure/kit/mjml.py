"""MJML as the HTML and the plain text of a mail: Liquid first, then MJML.

A text may have marks of `kit.liquid` where values belong, in words and in the attributes href, src,
alt and title. What it comes to without them is kept, so that a thousand mails of one template are
turned into HTML once. Nothing is loaded from elsewhere.
"""

import html
import re
from difflib import get_close_matches
from functools import lru_cache
from html.parser import HTMLParser
from typing import NoReturn

import mrml

from tenure.base.errors import BadDefinition
from tenure.kit.liquid import CLOSES, MARK, OPENS, Marked
from tenure.kit.markdown import QUOTED_MARK, with_values

_OPTIONS = mrml.ParserOptions(include_loader=mrml.noop_loader())
_NO_FONTS = mrml.RenderOptions(fonts={})  # which it would load from elsewhere
_ELEMENTS = frozenset(
    f"mj-{name}" if name else "mjml"
    for name in (
        "", "accordion", "accordion-element", "accordion-text", "accordion-title", "all",
        "attributes", "body", "breakpoint", "button", "carousel", "carousel-image", "class",
        "column", "divider", "font", "group", "head", "hero", "image", "navbar", "navbar-link",
        "preview", "raw", "section", "spacer", "style", "table", "text", "title", "wrapper",
    )
)  # fmt: skip
_WORDS_IN = frozenset(
    {"mj-text", "mj-button", "mj-table", "mj-raw", "mj-navbar-link", "mj-accordion-title",
     "mj-accordion-text"}
)  # fmt: skip
# Loaded from elsewhere, or run.
_REFUSED = {
    "mj-include": "write what it includes, or a block",
    "mj-social": "its pictures come from somebody else's server; write <mj-image>",
    "mj-html-attributes": "write the attributes where they belong",
    "script": "no mail program runs one",
    "iframe": "no mail program shows one",
    "object": "no mail program shows one",
    "embed": "no mail program shows one",
    "form": "mail programs do not send one; write a button with a link",
}
_ALONE = frozenset({"br", "hr", "img", "meta", "link", "input", "wbr", "col"})
_VALUES_IN = ("href", "src", "alt", "title")
_MARKLESS = frozenset({"mj-style", "style", "mj-attributes", "mj-all", "mj-class"})
_AS_NAME = re.compile(f"<\\s*/?\\s*{OPENS}")
_TOKEN = "mjmlmark{}x"  # MJML takes no characters of private use in attributes
_TOKENS = re.compile(r"mjmlmark(\d+)x")
_ATTRIBUTE = re.compile(r'="([^"]*\\[^"]*)"')
_ESCAPE = re.compile(r'\\(?:u\{([0-9a-f]{1,6})\}|([\\nrt"\'0]))')
_ESCAPED = {"n": " ", "r": " ", "t": " ", "0": ""}
_TEXTS_KEPT = 512


def mjml_html_of(marked: Marked) -> str:
    """The HTML, each value in its place as text; in an address as part of one.

    Raises BadDefinition for a text that is no MJML.
    """
    return with_values(_html(marked.text), marked.values)


def mjml_text_of(marked: Marked) -> str:
    """The plain text: the same words, with addresses written out. Raises BadDefinition."""
    text = _read(marked.text).text()
    return MARK.sub(lambda mark: marked.values[int(mark[1])], _decided(text, marked.values))


@lru_cache(maxsize=_TEXTS_KEPT)
def _html(text: str) -> str:
    _read(text)
    try:
        made = mrml.to_html(_tokens(text), _OPTIONS, _NO_FONTS).content
    except OSError as error:
        raise BadDefinition(f"this is no MJML: {error}; compare it with docs/mails.md") from None
    made = _ATTRIBUTE.sub(lambda found: f'="{_ESCAPE.sub(_unescaped, found[1])}"', made)
    return _TOKENS.sub(lambda token: f"{OPENS}{token[1]}{CLOSES}", made)


def _tokens(text: str) -> str:
    """The marks as words that MJML takes for words."""
    return MARK.sub(lambda mark: _TOKEN.format(mark[1]), QUOTED_MARK.sub(_token_of, text))


def _token_of(mark: re.Match[str]) -> str:
    return _TOKEN.format(mark[1])


def _unescaped(found: re.Match[str]) -> str:
    """mrml writes attributes as Rust shows texts to programmers."""
    if found[1]:
        return chr(int(found[1], 16))
    return _ESCAPED.get(found[2], html.escape(found[2]))


def _decided(text: str, values: tuple[str, ...]) -> str:
    """Addresses with their values in them, decided as those of links in HTML are."""
    return _PLAIN_LINK.sub(lambda found: _address(found[1], values), text)


def _address(link: str, values: tuple[str, ...]) -> str:
    whole = with_values(f'<a href="{html.escape(link)}">', values)
    return html.unescape(whole[len('<a href="') : -len('">')])


_LINK_OPENS, _LINK_CLOSES = "\ue002", "\ue003"
_PLAIN_LINK = re.compile(f"{_LINK_OPENS}([^{_LINK_CLOSES}]*){_LINK_CLOSES}")


@lru_cache(maxsize=_TEXTS_KEPT)
def _read(text: str) -> "_Reading":
    found = _Reading(text)
    found.feed(text)
    found.close()
    found.ended()
    return found


class _Reading(HTMLParser):
    """MJML read once: each element closed and known, each value where one may stand; its words."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        if _TOKENS.search(text):
            self._refuse("'mjmlmark' and a number stand for a value here; write it otherwise")
        if found := _AS_NAME.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise BadDefinition(f"line {line}: a value stands as an element; write it in words")
        self.open: list[tuple[str, int]] = []
        self.words: list[str] = []
        self.link = ""
        self.root = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _ALONE:
            self.open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.root = self.root or tag
        if tag in _REFUSED:
            self._refuse(f"<{tag}> is not taken: {_REFUSED[tag]}")
        if tag.startswith("mj") and tag not in _ELEMENTS:
            near = get_close_matches(tag, _ELEMENTS, 1)
            hint = f"did you mean <{near[0]}>?" if near else "leave it out"
            self._refuse(f"there is no element <{tag}>; {hint}")
        for name, value in attrs:
            if name.startswith("on"):
                self._refuse(f"{name} of <{tag}> would be a script; leave it out")
            if name not in _VALUES_IN and (_has_mark(name) or _has_mark(value or "")):
                self._refuse(
                    f"a value stands in {name} of <{tag}>; values stand in words, "
                    f"{', '.join(_VALUES_IN)}"
                )
        self._begin(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in _ALONE:
            return
        if not self.open or self.open[-1][0] != tag:
            last = f"<{self.open[-1][0]}> of line {self.open[-1][1]} is open" if self.open else ""
            self._refuse(f"</{tag}> ends nothing" + (f"; {last}, end that first" if last else ""))
        self.open.pop()
        self._end(tag)

    def handle_data(self, data: str) -> None:
        inside = {tag for tag, _ in self.open}
        if inside & _MARKLESS and _has_mark(data):
            self._refuse("a value stands in a style; values stand in words only")
        if inside & _WORDS_IN and "style" not in inside:
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        if _has_mark(data):
            self._refuse("a value stands in a comment; write it in words")

    def ended(self) -> None:
        """Raises BadDefinition where an element is still open."""
        if self.open:
            tag, line = self.open[-1]
            raise BadDefinition(f"line {line}: <{tag}> is never closed; write </{tag}>")

    def text(self) -> str:
        """The words, a paragraph of each block, addresses behind what leads there."""
        lines = (" ".join(line.split()) for line in "".join(self.words).split("\n"))
        whole = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
        return whole.strip() + "\n"

    def _begin(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag in ("a", "mj-button", "mj-navbar-link"):
            self.link = attrs.get("href") or ""
        if tag in ("mj-text", "mj-button", "mj-table", "p", "h1", "h2", "h3", "table", "ul", "ol"):
            self.words.append("\n\n")
        elif tag in ("br", "tr", "div"):
            self.words.append("\n")
        elif tag == "li":
            self.words.append("\n- ")
        elif tag in ("img", "mj-image") and attrs.get("alt"):
            self.words.append(f"\n\n{attrs['alt']}\n\n")
        elif tag in ("hr", "mj-divider"):
            self.words.append("\n\n---\n\n")

    def _end(self, tag: str) -> None:
        if tag in ("a", "mj-button", "mj-navbar-link") and self.link:
            self.words.append(f" ({_LINK_OPENS}{self.link}{_LINK_CLOSES})")
            self.link = ""
        elif tag in ("p", "h1", "h2", "h3", "mj-text", "table", "ul", "ol"):
            self.words.append("\n\n")
        elif tag == "td":
            self.words.append(" ")

    def _refuse(self, problem: str) -> NoReturn:
        raise BadDefinition(f"line {self.getpos()[0]}: {problem}")


def _has_mark(text: str) -> bool:
    return bool(MARK.search(text) or QUOTED_MARK.search(text))
