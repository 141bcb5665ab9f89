"""The offers in force: `offer_book()`. Tenure comes with a book; an operator's takes its place."""

from dataclasses import replace
from functools import lru_cache
from importlib.resources import files

from django.conf import settings

from tenure.base.errors import BadDefinition
from tenure.base.home import Company, Home
from tenure.base.ids import digest
from tenure.card.product import product, read_product
from tenure.card.product_parts import Product
from tenure.definitions.store import current
from tenure.offers.book_file import ReadBook, read_book
from tenure.offers.lint import Finding, findings
from tenure.offers.parts import OfferBook
from tenure.offers.wording import warm

KIND = "offers"
WHERE = "offers.toml"


def offer_book() -> OfferBook:
    """The book in force with the product that it is about; read anew only when one changes."""
    held, sold = current(KIND), current("product")
    home: Home = settings.TENURE_HOME
    return _read(held.text if held else default_text(), sold.text if sold else "", home.company)


@lru_cache(maxsize=8)
def _read(text: str, product_text: str, company: Company) -> OfferBook:
    sold = read_product(product_text, "product.toml") if product_text else Product()
    try:
        book = read_book(text, WHERE, sold, company)
    except BadDefinition as error:
        # It was checked when it was put in force, so a column of the card has gone since. Whoever
        # wants to leave is not kept by that: they are offered nothing, and `tenure offers` tells.
        empty = read_book("", WHERE, sold, company)
        return replace(empty, digest=digest(text), problem=error.message)
    for language in book.languages:
        warm(language)  # not while somebody waits
    return book


@lru_cache(maxsize=1)
def default_text() -> str:
    """The book that Tenure comes with."""
    return files("tenure.offers").joinpath("default/offers.toml").read_text("utf-8")


def check_offers(text: str, where: str) -> list[str]:
    """What the linter warns of. Raises BadDefinition for what cannot be read, and for every rule
    that is broken, each with its code and source.
    """
    found = lint_offers(text, where)
    broken = [finding for finding in found if finding.is_error]
    if broken:
        told = "\n".join(finding.sentence(where) for finding in broken)
        raise BadDefinition(told, field=broken[0].place)
    return [finding.sentence(where) for finding in found]


def lint_offers(text: str, where: str = WHERE) -> list[Finding]:
    """All findings, those that refuse the text first. Raises BadDefinition for what is no book."""
    home: Home = settings.TENURE_HOME
    return findings(ReadBook(text, where, product(), home.company))
