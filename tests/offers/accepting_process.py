"""The program that tests start, on the state that the environment names: threads accept at the same
moment, each in a visit of its own. Prints one JSON line: how each race ended, and what was spent.
"""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import django

django.setup()

from django.db import connection  # noqa: E402

from offers.accept_worlds import shown_discount  # noqa: E402
from offers.offer_worlds import NOW, discount, usual_budget  # noqa: E402
from tenure.app.installation import bring_up_to_date  # noqa: E402
from tenure.base.home import Home  # noqa: E402
from tenure.billing.models import BillingChange  # noqa: E402
from tenure.definitions.models import DefinitionVersion  # noqa: E402
from tenure.offers.accepting import OfferGone, accept  # noqa: E402
from tenure.offers.models import Concession  # noqa: E402
from tenure.saves.models import Save  # noqa: E402


def prepare() -> None:
    """A fifth off is 17,400: six of those fit into the month, one into an account's year."""
    bring_up_to_date(Home.from_env())
    budget = 'currency = "EUR"\nall_month_minor = 110000\nper_account_minor = 20000'
    text = usual_budget(budget) + "\n" + discount()
    DefinitionVersion.objects.create(
        kind="offers", name="", digest="d", text=text, applied_at=NOW, applied_by="test"
    )


def race(visits: list[tuple[str, str]]) -> Counter[str]:
    """How each (visit, account) ended, all at once."""
    barrier = threading.Barrier(len(visits))

    def run(visit: tuple[str, str]) -> str:
        barrier.wait()
        try:
            made = accept(
                shown_discount(), visit_id=visit[0], account_id=visit[1], subscription_id="s",
                now=NOW,
            )  # fmt: skip
            return "accepted" if made.is_new else "was accepted"
        except OfferGone as error:
            return error.why
        finally:
            connection.close()

    with ThreadPoolExecutor(len(visits)) as pool:
        return Counter(pool.map(run, visits))


if __name__ == "__main__":
    prepare()
    same_visit = race([("one", "a")] * 5)
    one_account = race([(f"b{n}", "b") for n in range(5)])
    many = race([(f"c{n}", f"c{n}") for n in range(8)])
    costs = list(Concession.objects.values_list("account_id", "cost_minor"))
    counted = {
        "same_visit": same_visit,
        "one_account": one_account,
        "many": many,
        "spent_minor": sum(cost for _, cost in costs),
        "most_of_one": max(Counter(account for account, _ in costs).values()),
        "saves": Save.objects.count(),
        "changes": BillingChange.objects.count(),
        "told": Concession.objects.exclude(recorded_at=None).count(),
    }
    print(json.dumps(counted))
