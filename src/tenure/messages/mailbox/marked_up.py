"""The words of a mail that is HTML alone, as lines; what it quotes begins with `>`."""

import re
from html import unescape

_UNSEEN = {"script", "style", "head", "title", "template"}
_BREAKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "hr", "pre"}
_OLD_MAIL = {"appendonsend", "divrplyfwdmsg", "mail-editor-reference-message-container"}
DEPTH_MOST = 50
# Python's own parser takes minutes for a mail of tags that never end, and gives up at `<![x[`: here
# whatever is not closed reaches to the end, so that no character is read more than a few times.
_PIECES = re.compile(
    r"(?P<left_out><!--.*?(?:-->|\Z)|<(?P<raw>script|style)\b[^>]*(?<!/)>.*?(?:</(?P=raw)\s*>|\Z)|"
    r"<[!?][^>]*(?:>|\Z))|"
    r"""<(?P<ends>/?)(?P<tag>[a-z][^\s/>]*+)(?P<rest>(?:[^'">]|"[^"]*"|'[^']*'|['"])*+)(?:>|\Z)|"""
    r"(?P<text>(?:[^<]+|<(?!/?[a-z]|[!?]))+)",
    re.DOTALL | re.IGNORECASE,
)
_ID = re.compile(r"""(?<![\w-])id\s*=\s*["']?([\w-]+)""", re.IGNORECASE)


class _Words:
    def __init__(self) -> None:
        self.lines = [""]
        self.quoted = self.unseen = 0
        self.is_over = False

    def begin(self, tag: str, rest: str) -> None:
        self.is_over = self.is_over or any(id.lower() in _OLD_MAIL for id in _ID.findall(rest))
        if tag in _UNSEEN:
            self.unseen += 1
        if tag == "blockquote":
            self.quoted = min(self.quoted + 1, DEPTH_MOST)
        self._break(tag)

    def end(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        if tag == "blockquote":
            self.quoted = max(0, self.quoted - 1)
        if tag != "br":
            self._break(tag)

    def say(self, data: str) -> None:
        words = " ".join(data.split())
        if self.unseen or self.is_over or not words:
            return
        if not self.lines[-1] and self.quoted:
            self.lines[-1] = "> "
        joint = " " if data[:1].isspace() and self.lines[-1].strip("> ") else ""
        self.lines[-1] += joint + words + (" " if data[-1:].isspace() else "")

    def _break(self, tag: str) -> None:
        if tag in _BREAKS and (self.lines[-1] or tag == "br"):
            self.lines.append("")


def text_of_html(html: str) -> str:
    """The text that somebody reads in it."""
    reader = _Words()
    for piece in _PIECES.finditer(html):
        if piece["text"]:
            reader.say(unescape(piece["text"]))
        elif piece["tag"] and piece["ends"]:
            reader.end(piece["tag"].lower())
        elif piece["tag"]:
            reader.begin(piece["tag"].lower(), piece["rest"])
    return "\n".join(line.rstrip() for line in reader.lines).strip()
