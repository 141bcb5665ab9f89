"""What Fernhill has in force at the way out: the flow and the offers that Tenure ships."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tenure.base.home import Company
from tenure.card.product import read_product
from tenure.card.product_parts import Product
from tenure.demo.catalogue import COMPANY_CURRENCY, COMPANY_NAME, COMPANY_TIME_ZONE
from tenure.offboard.flow import built_in_text
from tenure.offboard.flow_file import read_flow
from tenure.offboard.flow_parts import Flow
from tenure.offers.book import default_text
from tenure.offers.book_file import ReadBook
from tenure.offers.parts import OfferBook
from tenure.reasons.taxonomy import default_taxonomy


@dataclass(frozen=True, slots=True)
class Offering:
    """Flow, offers and product of a company."""

    flow: Flow
    book: OfferBook
    product: Product


@cache
def fernhill_offering() -> Offering:
    """What Tenure ships, with Fernhill's product file."""
    text = (files("tenure.demo") / "product.toml").read_text("utf-8")
    product = read_product(text, "product.toml")
    company = Company(COMPANY_NAME, COMPANY_TIME_ZONE, COMPANY_CURRENCY)
    book = ReadBook(default_text(), "offers.toml", product, company).book
    flow = read_flow(built_in_text(), "flows/default.toml", default_taxonomy())
    return Offering(flow, book, product)
