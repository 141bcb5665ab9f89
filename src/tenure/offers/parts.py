"""What `offers.toml` says, as data. `docs/offers.md` says what each field means."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tenure.card.product_parts import Product
from tenure.segments.of_one_card import Asked

Texts = Mapping[str, str]  # by language
Money = Mapping[str, int]  # minor units by currency

CANCEL_VISIT, INTENT = "cancel_visit", "intent"
BECAUSE = (CANCEL_VISIT, INTENT)
US, THEM = "us", "them"
LANGUAGES = ("en", "zh-hans", "zh-hant")


@dataclass(frozen=True, slots=True)
class Commitment:
    """What one side promises in return, by a day, and what shows that it was done."""

    side: str  # us | them
    text: Texts
    within_days: int
    event: str = ""  # that shows it done
    owner_task: bool = False  # a task of ours until it is done
    number: int = 0  # in its offer, from 1


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may be given away, to one account and in all; `docs/offers.md`, "Budget"."""

    gross_margin_share: float
    margin_floor_share: float
    per_account_minor: Money  # in 365 days
    all_month_minor: Money
    cooldown_days: int
    habit_visits: int
    explore_share: float


@dataclass(frozen=True, slots=True)
class Offer:
    """One alternative to leaving. `fields` are those of its kind (`kinds.py`)."""

    name: str
    kind: str
    title: Texts
    text: Texts
    accept: Texts
    terms: Texts
    fields: Mapping[str, object]
    where: str = ""
    asked: Asked | None = None  # `where`, ready to be asked of a card
    segments: tuple[str, ...] = ()  # the account is in one of them
    reasons: tuple[str, ...] = ()  # that it answers; none: any
    except_reasons: tuple[str, ...] = ()  # to which it is no answer
    follow_ups: tuple[str, ...] = ()
    because: tuple[str, ...] = (CANCEL_VISIT,)
    cost_minor: Money = field(default_factory=dict)  # beside revenue forgone
    is_enabled: bool = True
    commitments: tuple[Commitment, ...] = ()
    version: str = ""  # digest of everything but its words: what is learned of it holds for this


@dataclass(frozen=True, slots=True)
class OfferBook:
    """All offers, and what they may cost. `digest` names this version, product file included."""

    digest: str
    languages: tuple[str, ...]
    budget: Budget
    offers: tuple[Offer, ...]
    product: Product
    time_zone: str = "UTC"
    currency: str = "USD"  # of accounts that have none yet
    problem: str = ""  # why it cannot be read any more; then it has no offers

    def offer(self, name: str) -> Offer | None:
        return next((each for each in self.offers if each.name == name), None)
