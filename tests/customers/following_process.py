"""Follows one world in a process of its own, on the database that the environment names, and
prints what state then holds."""

import json
import sys
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from customers.arriving import NOW, arrive, events  # noqa: E402
from tenure.base.home import Home  # noqa: E402
from tenure.card.models import AccountCard  # noqa: E402
from tenure.card.refresh import refresh_cards  # noqa: E402
from tenure.customers.follow import follow  # noqa: E402
from tenure.customers.merging import merge, unmerge  # noqa: E402
from tenure.customers.models import (  # noqa: E402
    Account,
    BlockedId,
    IdentityLink,
    Membership,
    Person,
)
from tenure.lake.refresh import refresh  # noqa: E402

WORLD = """
    day 1  group     ada @acme         {"name": "Acme", "createdAt": "2020-01-01", "n": 12345678901234567890}
    day 1  identify  ada anon:x @acme  {"name": "A\\u0000da", "role": "owner", "deep": [{"ключ": 1.5}]}
    day 2  identify  bob anon:x @beta  {"email": "bob@beta.com"}
    day 3  alias     ada was:bob
    day 4  track     ada @acme         Report Exported
    day 5  track     null @acme        Report Exported
    day 6  track     bob @beta         Account Removed User
    day 7  group     @beta             {"name": null, "website": "beta.com:80/x"}
"""
LATER = """
    day 0  identify  eve anon:x @acme  {"name": "Eve"}
    day 8  identify  ada @acme         {"role": "guest"}
"""


def main(root: Path) -> None:
    root.mkdir()
    home = Home(root)
    call_command("migrate", verbosity=0)
    for text in (WORLD, LATER):
        arrive(home, events(text))
        follow(home, NOW)
    merge("account", "beta", "acme", now=NOW)
    merge("person", "bob", "ada", now=NOW)
    unmerge("person", "bob", now=NOW)
    follow(home, NOW)
    refresh(home, NOW)
    refresh_cards(home, NOW)
    again = refresh_cards(home, NOW)
    print(json.dumps([again.written, again.removed]))
    for model in (Account, Person, Membership, IdentityLink, BlockedId, AccountCard):
        rows = [
            {key: value for key, value in row.items() if key not in ("id", "row_digest")}
            for row in model.objects.values()
        ]
        lines = sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)
        print(model.__name__, *lines, sep="\n")


main(Path(sys.argv[1]))
