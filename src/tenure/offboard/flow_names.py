"""Names in flows that stand for nothing: offers and reasons that their files do not have.

None of them keeps a flow out of force, or somebody from leaving: what is not there is not shown.
"""

import tomllib
from collections.abc import Collection, Iterator
from difflib import get_close_matches

from django.utils.translation import gettext as _

from tenure.definitions.store import all_current
from tenure.offboard.flow_file import KIND
from tenure.offboard.flow_parts import Flow
from tenure.offboard.lint_findings import Finding
from tenure.offers.book import offer_book


def unknown_offers(flow: Flow) -> Iterator[Finding]:
    """A finding for each offer that the flow would show, and that `offers.toml` does not have."""
    names = [offer.name for offer in offer_book().offers]
    for name in flow.offers.show or ():
        if name not in names:
            near = get_close_matches(name, names, 1)
            said = {"name": name, "near": near[0] if near else ""}
            message = _("there is no offer %(name)s in offers.toml, so it is never shown")
            if near:
                message = _("there is no offer %(name)s; did you mean %(near)s?")
            yield Finding("offer_unknown", "offers.show", message % said, "", False)


def asking_in_vain(field: str, names: str, known: Collection[str]) -> list[tuple[str, str]]:
    """Which flows in force name what is not among the known, as (flow, name): `why`, `reasons`."""
    found = []
    for held in all_current(KIND):
        said = tomllib.loads(held.text).get(field, {}).get(names, [])
        found += [(held.name, name) for name in said if name not in known]
    return found
