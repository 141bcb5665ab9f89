"""Where are the pages that messages lead to, beside the product itself?

product.toml says it:

[links]
billing = "/billing"                          # below [plays] app_url of tenure.toml
learn = "https://academy.example.com"         # or anywhere

A mail names one as `{{ links.billing }}`. One that nobody declared is null: its button is left out,
and a mail that names it in its words is withheld.
"""

from tenure.card.product_parts import Product

# What the plays lead to that Tenure comes with; more may be declared.
PAGES = ("billing", "learn", "webinars", "trial", "refer", "members")


def page_links(sold: Product, app_url: str) -> dict[str, str | None]:
    """Each page by its name, null of one that nobody said where it is."""
    found: dict[str, str | None] = dict.fromkeys(PAGES)
    for name, link in sold.links.items():
        if not link.startswith("/"):
            found[name] = link
        else:
            found[name] = f"{app_url}{link}" if app_url else None
    return found
