"""The programs that the kill test starts, and kills: `writer HOME URL` and `shipper HOME URL`.

The writer accepts one body after another as a web process does and prints the ids of each when it
is on disk. The shipper ships for ever, in small batches, and compacts now and then.
"""

import asyncio
import secrets
import sys
from pathlib import Path

from arrivals import NOON, arrival_of, arrival_of_facts, event, fact

from tenure.base.home import Home
from tenure.lake.inbox import GroupCommit, open_inbox
from tenure.lake.lease import lake_writer
from tenure.lake.shipping import ship
from tenure.lake.tables import compact, open_table


def write(home: Home, database_url: str) -> None:
    group = GroupCommit(open_inbox(home, database_url))

    async def client() -> None:
        while True:
            ids = [secrets.token_hex(8) for _ in range(5)]
            await group.append(arrival_of([event(each) for each in ids]))
            # A client whose answer was lost on the way sends the same again.
            if secrets.randbelow(4) == 0:
                await group.append(arrival_of([event(each) for each in ids]))
            bill = secrets.token_hex(8)
            await group.append(arrival_of_facts([fact(bill)]))
            # One write, so that a kill cannot print half an id.
            sys.stdout.write(f"{' '.join(ids)} {bill}\n")
            sys.stdout.flush()
            await asyncio.sleep(0.02)

    async def clients() -> None:
        await asyncio.gather(*[client() for _ in range(8)])

    asyncio.run(clients())


def ship_for_ever(home: Home, database_url: str) -> None:
    inbox = open_inbox(home, database_url)
    turn = 0
    while True:
        turn += 1
        with lake_writer(home, "ship", database_url=database_url, wait_seconds=10) as lease:
            ship(
                home,
                inbox,
                {},
                lambda batch, rows: None,
                NOON,
                lease=lease,
                max_bytes=200_000,
                max_seconds=0,
            )
            if turn % 5 == 0:
                compact(open_table(home, "event"))
        sys.stdout.write("shipped\n")
        sys.stdout.flush()


if __name__ == "__main__":
    role, root, url = sys.argv[1:]
    {"writer": write, "shipper": ship_for_ever}[role](Home(Path(root)), url)
