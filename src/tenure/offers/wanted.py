"""Who stands there: all that is known when something is to be offered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from tenure.base.money import MONTHS_PER_INTERVAL
from tenure.card.card_of import Card
from tenure.offers.parts import CANCEL_VISIT


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to choose for. `allowed` are names of offers that the host and the flow let through;
    None: all. `card` is the account's of now; its `today` is the company's day.
    """

    account_id: str
    card: Card
    now: datetime
    reason: str = ""
    follow_up: str = ""
    because: str = CANCEL_VISIT
    mode: str = "live"
    allowed: frozenset[str] | tuple[str, ...] | None = None
    language: str = "en"
    currency: str = ""
    at_most: int = 2

    @property
    def today(self) -> date:
        return self.card.today

    @property
    def values(self) -> Mapping[str, object]:
        return self.card.values

    def minor(self, column: str) -> int:
        """An amount or a number of the card; 0 where it has none."""
        return int(self.values.get(column) or 0)  # type: ignore[call-overload]

    def day(self, column: str) -> date | None:
        value = self.values.get(column)
        return value if isinstance(value, date) else None

    def text(self, column: str) -> str:
        return str(self.values.get(column) or "")

    @property
    def next_bill_on(self) -> date:
        """When it is billed anew; today where that is not known."""
        renews_on = self.day("renews_on")
        return renews_on if renews_on is not None and renews_on > self.today else self.today

    @property
    def bill_months(self) -> Fraction:
        """How many months one bill is for; one where nothing tells."""
        words = self.text("billing_interval").split()
        if not words:
            return Fraction(1)
        count = int(words[0]) if words[0].isdecimal() else 1
        per = MONTHS_PER_INTERVAL.get(words[-1].removesuffix("s"), Fraction(1))
        return per * max(count, 1)
