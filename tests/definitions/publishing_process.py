"""The program that tests start, on the state that the environment names: several publish over one
version at the same moment. Prints one JSON line of what each was told and what is there afterwards.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import django

django.setup()

from django.db import connection  # noqa: E402

from tenure.app.installation import bring_up_to_date  # noqa: E402
from tenure.base.errors import Conflict  # noqa: E402
from tenure.base.home import Home  # noqa: E402
from tenure.definitions.store import current, put_in_force, versions  # noqa: E402

NOW = datetime(2026, 3, 3, tzinfo=UTC)
WRITERS = 6


def product_named(name: str) -> str:
    return f'[product]\nname = "{name}"\n'


def publish(writer: int, over: str, ready: threading.Barrier) -> str:
    ready.wait()
    try:
        text = product_named(f"by {writer}")
        put_in_force("product", "", text, now=NOW, by=f"w{writer}", in_place_of=over)
        return "published"
    except Conflict:
        return "told"
    finally:
        connection.close()


if __name__ == "__main__":
    bring_up_to_date(Home.from_env())
    over = ""
    if sys.argv[1] == "over_one":
        over = put_in_force("product", "", product_named("A"), now=NOW, by="ada").digest
    ready = threading.Barrier(WRITERS)
    with ThreadPoolExecutor(WRITERS) as threads:
        told = list(threads.map(lambda writer: publish(writer, over, ready), range(WRITERS)))
    held = current("product")
    print(
        json.dumps(
            {
                "told": sorted(told),
                "versions": len(versions("product")),
                "by": held.applied_by if held else "",
                "winner": f"w{told.index('published')}",
            }
        )
    )
