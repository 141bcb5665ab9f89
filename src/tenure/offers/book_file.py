"""What stands in `offers.toml`: typed reading, each mistake with its place and what to write.

read_book(text, "offers.toml", product, company) -> OfferBook
"""

import json
import re
from dataclasses import replace

from tenure.base.home import Company
from tenure.base.ids import digest
from tenure.card.product_parts import Product
from tenure.definitions.toml_file import Fields
from tenure.offers import parts
from tenure.offers.conditions import condition_of
from tenure.offers.kind_fields import fields_of, money_of
from tenure.offers.kinds import KINDS, PRICE_CUTS
from tenure.offers.parts import Budget, Commitment, Offer, OfferBook
from tenure.segments.condition import Condition
from tenure.segments.of_one_card import asked_of_one_card

_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_OFFERS_MOST = 40
_COMMITMENTS_MOST = 6


class ReadBook:
    """A book as it was read: the book itself, and each offer's condition for the linter."""

    def __init__(self, text: str, where: str, product: Product, company: Company) -> None:
        self.where = where
        read = Fields.of(text, where)
        self.languages = _languages(read)
        budget = read.table("budget")
        self.currency = _currency(budget, company.currency)
        self.budget = _budget(budget, self.currency)
        self.conditions: list[Condition | None] = []
        offers = tuple(self._offer(table) for table in read.tables("offer"))
        read.done()
        self.book = OfferBook(
            digest=digest(text, repr(product)),
            languages=self.languages,
            budget=self.budget,
            offers=offers,
            product=product,
            time_zone=company.time_zone,
            currency=self.currency,
        )
        self._check_names(read)

    def _offer(self, read: Fields) -> Offer:
        name = read.text("name")
        if not _NAME.fullmatch(name):
            raise read.refuse("name", f"{name!r} is no name; use a-z, 0-9 and _, at most 63")
        kind = read.text("kind", among=KINDS)
        condition = condition_of(read)
        self.conditions.append(condition)
        usual = [parts.CANCEL_VISIT] if kind in PRICE_CUTS else list(parts.BECAUSE)
        fields = fields_of(read, kind, self.currency)
        offer = Offer(
            name=name,
            kind=kind,
            title=read.translated("title", self.languages),
            text=read.translated("text", self.languages),
            accept=read.translated("accept", self.languages),
            terms=read.translated("terms", self.languages),
            fields=fields,
            where=condition.text if condition else "",
            asked=asked_of_one_card(condition) if condition else None,
            segments=tuple(read.texts("segments", ())),
            reasons=tuple(read.texts("reasons", ())),
            except_reasons=tuple(read.texts("except_reasons", ())),
            follow_ups=tuple(read.texts("follow_ups", ())),
            because=_because(read, usual),
            cost_minor=money_of(read, "cost_minor", self.currency),
            is_enabled=read.flag("enabled", True),
            commitments=tuple(
                self._commitment(each, number)
                for number, each in enumerate(read.tables("commitment"), 1)
            ),
        )
        if len(offer.commitments) > _COMMITMENTS_MOST:
            raise read.refuse("commitment", f"these are many; keep to {_COMMITMENTS_MOST}")
        return _with_version(offer)

    def _commitment(self, read: Fields, number: int) -> Commitment:
        return Commitment(
            side=read.text("side", among=(parts.US, parts.THEM)),
            text=read.translated("text", self.languages),
            within_days=read.whole("within_days", least=1, most=365),
            event=read.text("event", ""),
            owner_task=read.flag("owner_task", False),
            number=number,
        )

    def _check_names(self, read: Fields) -> None:
        seen: set[str] = set()
        if len(self.book.offers) > _OFFERS_MOST:
            raise read.refuse("offer", f"these are many; keep to {_OFFERS_MOST}")
        for number, offer in enumerate(self.book.offers, 1):
            if offer.name in seen:
                raise read.refuse(
                    f"offer[{number}].name", f"there is another {offer.name!r}; rename one"
                )
            seen.add(offer.name)


def read_book(text: str, where: str, product: Product, company: Company) -> OfferBook:
    """The book that a text states. Raises BadDefinition; the linter is `lint.py`'s."""
    return ReadBook(text, where, product, company).book


def _languages(read: Fields) -> tuple[str, ...]:
    languages = read.texts("languages", parts.LANGUAGES)
    for language in languages:
        if not _LANGUAGE.fullmatch(language):
            raise read.refuse("languages", f"{language!r} is no language; write it as zh-hans")
    if not languages:
        raise read.refuse("languages", "name one at least")
    return tuple(languages)


def _currency(read: Fields, usual: str) -> str:
    currency = read.text("currency", usual)
    if not re.fullmatch("[A-Z]{3}", currency):
        raise read.refuse("currency", f"{currency!r} is no currency; write it as EUR")
    return currency


def _budget(read: Fields, currency: str) -> Budget:
    return Budget(
        gross_margin_share=_share(read, "gross_margin_share", 0.8),
        margin_floor_share=_share(read, "margin_floor_share", 0.3),
        per_account_minor=money_of(read, "per_account_minor", currency),
        all_month_minor=money_of(read, "all_month_minor", currency),
        cooldown_days=read.whole("cooldown_days", 180, most=3650),
        habit_visits=read.whole("habit_visits", 2, least=1, most=20),
        explore_share=_share(read, "explore_share", 0.1, most=0.5),
    )


def _share(read: Fields, field: str, usual: float, most: float = 1.0) -> float:
    value = read.number(field, usual)
    if not 0 <= value <= most:
        raise read.refuse(field, f"{value:g} is out of range; write a share from 0 to {most:g}")
    return value


def _because(read: Fields, usual: list[str]) -> tuple[str, ...]:
    chosen = read.texts("because", usual)
    for each in chosen:
        if each not in parts.BECAUSE:
            raise read.unknown("because", "occasion", each, parts.BECAUSE)
    return tuple(chosen)


def _with_version(offer: Offer) -> Offer:
    """The offer with the digest of what it gives and asks; its words may change and keep it."""
    owed = [
        [each.side, each.within_days, each.event, each.owner_task] for each in offer.commitments
    ]
    told = [offer.kind, dict(offer.fields), dict(offer.cost_minor), owed]
    return replace(offer, version=digest(json.dumps(told, sort_keys=True))[:12])
