"""The product file: what is sold, and what its use means. One is in force, or none.

product().features          # empty when no product file is in force
"""

from difflib import get_close_matches

from django.conf import settings

from tenure.base.home import Home
from tenure.card.product_file import read_product
from tenure.card.product_parts import Limit, Product
from tenure.card.product_seen import Seen, seen_in
from tenure.definitions.store import current

KIND = "product"
WHERE = "product.toml"

__all__ = ["Limit", "Product", "check_product", "product", "read_product", "warnings_of"]


def product() -> Product:
    """The product in force; an empty one when there is no product file."""
    held = current(KIND)
    return read_product(held.text, WHERE) if held else Product()


def check_product(text: str, where: str) -> list[str]:
    """What the text's own reader lets pass and the data does not bear out.

    Raises BadDefinition as `read_product` does.
    """
    home: Home = settings.TENURE_HOME
    return warnings_of(read_product(text, where), where, seen_in(home))


def warnings_of(read: Product, where: str, seen: Seen) -> list[str]:
    """Events that were never seen, and plans that no subscription names; none for an empty lake."""
    warnings = []
    if seen.events:
        for place, event in read.events():
            if event not in seen.events:
                warnings.append(
                    f"{where}: {place}: no event {event!r} has been seen{_near(event, seen.events)}"
                )
    if seen.plans:
        declared = [plan.name for plan in read.plans]
        for number, plan in enumerate(declared, 1):
            if plan not in seen.plans:
                hint = _near(plan, seen.plans - set(declared))
                warnings.append(f"{where}: plan[{number}].name: nobody has had {plan!r} yet{hint}")
    return list(dict.fromkeys(warnings))


def _near(name: str, known: frozenset[str] | set[str]) -> str:
    near = get_close_matches(name, sorted(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""
