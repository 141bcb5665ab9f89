"""What is shown in the product, as an operator wrote it, in one language."""

from collections.abc import Mapping
from dataclasses import dataclass

from tenure.kit.liquid import LiquidTemplate
from tenure.messages.mail_block import MailBlock
from tenure.messages.mail_names import Declared

BANNER, MODAL, CHECKLIST, TOUR, SURVEY = "banner", "modal", "checklist", "tour_step", "survey"
KINDS = (BANNER, MODAL, CHECKLIST, TOUR, SURVEY)
SCORE, CHOICE, TEXT = "score", "choice", "text"
QUESTION_KINDS = (SCORE, CHOICE, TEXT)
SCORE_MOST = 10
SIDES = ("below", "above", "before", "after")
PLACES = ("bottom", "top")


@dataclass(frozen=True, slots=True)
class Button:
    """Leads somewhere, or tells an event. Neither: it closes what is shown."""

    label: LiquidTemplate
    link: LiquidTemplate | None = None
    event: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do. Its event ticks it; without one the person does."""

    name: str
    label: LiquidTemplate
    link: LiquidTemplate | None = None
    event: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    kind: str  # score | choice | text
    ask: LiquidTemplate
    choices: tuple[str, ...] = ()
    low: str = ""  # what 0 means, and what 10 does
    high: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class AuthoredInApp:
    """`digest` names these words for ever."""

    where: str
    digest: str
    kind: str
    title: LiquidTemplate
    body: LiquidTemplate
    pages: tuple[str, ...] = ()  # paths where it may be shown, with *; none: anywhere
    at: str = ""  # of a tour step: a selector of what it points to
    side: str = SIDES[0]
    place: str = PLACES[0]  # of a banner
    button: Button | None = None
    items: tuple[Item, ...] = ()
    questions: tuple[Question, ...] = ()
    declared: Declared = Declared()
    over: str = "account"  # whom its conditions ask
    blocks: Mapping[str, MailBlock] | None = None
    unseen: tuple[str, ...] = ()  # events that its conditions name and nobody has sent

    def templates(self) -> list[LiquidTemplate]:
        """Every part that has values."""
        found: list[LiquidTemplate | None] = [self.title, self.body]
        if self.button is not None:
            found += [self.button.label, self.button.link]
        for item in self.items:
            found += [item.label, item.link]
        found += [question.ask for question in self.questions]
        return [part for part in found if part is not None]

    def shape(self) -> object:
        """What has to be the same in every language."""
        button = self.button
        return (
            self.kind, self.pages, self.at, self.side, self.place,
            button and (button.event, button.link is not None),
            [(item.name, item.event) for item in self.items],
            [(each.name, each.kind, len(each.choices), each.is_optional)
             for each in self.questions],
        )  # fmt: skip
