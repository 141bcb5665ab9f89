"""What an editor says of a text: what speaks against it, and how it differs from what holds."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenure.base.errors import TooLarge
from tenure.console import format as written
from tenure.console.pages.flows.drafts import Standing
from tenure.console.pages.flows.edited import Told, told_of
from tenure.console.pages.product.editor import DiffLine, diff_lines

TEXT_LENGTH = 200_000
TOLD_AT_MOST = 100
LINES_COMPARED = 4_000  # comparing more takes longer than somebody waits


@dataclass(frozen=True, slots=True)
class Checked:
    """`told` has errors first; `diff` is None where the texts are too long to be compared."""

    told: list[Told]
    diff: list[DiffLine] | None
    is_same: bool

    @property
    def errors(self) -> list[Told]:
        return [each for each in self.told if each.is_error]

    @property
    def warnings(self) -> list[Told]:
        return [each for each in self.told if not each.is_error]

    @property
    def shown(self) -> list[Told]:
        """As many as anybody reads, and a page holds."""
        return self.told[:TOLD_AT_MOST]

    @property
    def more(self) -> int:
        return len(self.told) - len(self.shown)

    @property
    def added(self) -> int:
        return sum(line.kind == "added" for line in self.diff or ())

    @property
    def taken(self) -> int:
        return sum(line.kind == "taken" for line in self.diff or ())


def checked_text(text: str, standing: Standing) -> Checked:
    """What is wrong with a text, what seems odd, and how it differs from the one in force."""
    before = standing.text
    is_short = max(text.count("\n"), before.count("\n")) <= LINES_COMPARED
    return Checked(
        told=told_of(standing.kind, standing.name, text),
        diff=diff_lines(before, text) if is_short else None,
        is_same=text == before,
    )


def written_text(request: HttpRequest) -> str:
    """The text of the form, with the line ends of a file: browsers send CR LF.

    Raises TooLarge. No file holds the character that stands for nothing, nor does a database: it
    becomes the mark for what cannot be read.
    """
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\0", "\ufffd")
    if len(text) > TEXT_LENGTH:
        raise TooLarge(
            _("A definition has at most %(most)s characters, and this one has %(count)s.")
            % {"most": written.number(TEXT_LENGTH), "count": written.number(len(text))}
        )
    return text if not text or text.endswith("\n") else text + "\n"
