"""What the author of a message wrote: without quoted mails, signatures and footers.

The text keeps its length (what does not count becomes blank), so that places in it stay true.
"""

import re
import unicodedata

READ_FIRST, READ_LAST = 48_000, 16_000  # characters of a text that are read
_HISTORY = re.compile(
    r"^\s*(?:-{2,}\s*(?:original message|forwarded message|原始邮件|原始郵件|转发邮件)|"
    r"on .{4,120} wrote:\s*$|am .{4,120} schrieb|le .{4,120} a écrit|"
    r"(?:from|发件人|寄件者|寄件人|von|de):\s.{3,200}$|_{10,}\s*$|"
    r".{0,80}(?:写道|寫道):\s*$)"
)
_SIGNATURE = re.compile(r"^--\s?$|^sent from my |^从我的 ?iphone|^從我的 ?iphone")
_FOOTER = re.compile(
    r"unsubscribe (?:from (?:this|these|our|the) |here|link|at any time)|to unsubscribe|"
    r"click here to|"
    r"manage (?:your )?(?:email |mail |notification )?preferences|"
    r"(?:you are|you're) receiving this|no longer wish to receive|"
    r"view (?:this email )?in (?:your )?browser|"
    r"退订(?:邮件|本邮件)|退訂(?:電子報|本郵件)|取消订阅(?:此|本)?邮件|取消訂閱(?:此|本|電子報)|"
    r"(?:退订|退訂|取消订阅|取消訂閱).{0,4}(?:点击|點擊|請點|请点)"
)


def own_words(text: str) -> str:
    """The text as its author wrote it: one width, lower case, blank where it is not the author's.

    As long as the text; of a very long one the first and the last part are read.
    """
    if len(text) > READ_FIRST + READ_LAST:
        skipped = len(text) - READ_FIRST - READ_LAST
        text = text[:READ_FIRST] + " " * skipped + text[-READ_LAST:]
    plain = text.translate(_PLAIN)
    if "\n" not in plain and not _FOOTER.search(plain):
        return plain
    return _without_others(plain)


def _without_others(text: str) -> str:
    kept: list[str] = []
    is_over = False
    for line in text.split("\n"):
        if not is_over and (_HISTORY.match(line[:240]) or _SIGNATURE.match(line[:80])):
            # A history that starts the text is a forwarded mail: that is what we are told of.
            is_over = any(part.strip() for part in kept)
        counts = not is_over and not line.lstrip().startswith((">", "|"))
        counts = counts and not _FOOTER.search(line[:1000])
        kept.append(line if counts else " " * len(line))
    return "\n".join(kept)


class _PlainCharacters(dict[int, str]):
    """One plain character for each: full width becomes half, capitals small, quotes straight."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        plain = unicodedata.normalize("NFKC", character).lower()
        plain = plain if len(plain) == 1 else character
        if len(self) < 70_000:
            self[code] = plain
        return plain


_PLAIN = _PlainCharacters(
    {
        ord("’"): "'", ord("‘"): "'", ord("`"): "'", ord("´"): "'",
        ord("、"): ",", ord("…"): ".", ord("\r"): " ", ord("\t"): " ",
        0x200B: " ", 0x00AD: " ", 0xFEFF: " ",
    }
)  # fmt: skip
