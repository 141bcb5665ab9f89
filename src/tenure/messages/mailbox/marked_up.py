"""The words of a mail that is HTML alone, as lines; what it quotes begins with `>`."""

from html.parser import HTMLParser

_UNSEEN = {"script", "style", "head", "title", "template"}
_BREAKS = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "hr", "pre"}
_OLD_MAIL = {"appendonsend", "divrplyfwdmsg", "mail-editor-reference-message-container"}
DEPTH_MOST = 50


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines = [""]
        self.quoted = self.unseen = 0
        self.is_over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {str(value or "").lower() for name, value in attrs if name == "id"}
        self.is_over = self.is_over or bool(names & _OLD_MAIL)
        if tag in _UNSEEN:
            self.unseen += 1
        if tag == "blockquote":
            self.quoted = min(self.quoted + 1, DEPTH_MOST)
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        if tag == "blockquote":
            self.quoted = max(0, self.quoted - 1)
        if tag != "br":
            self._break(tag)

    def handle_data(self, data: str) -> None:
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
    reader.feed(html)
    reader.close()
    return "\n".join(line.rstrip() for line in reader.lines).strip()
