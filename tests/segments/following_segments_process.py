"""The programs of the kill test: `prepare HOME` makes a world, `follow HOME NUMBER` changes the
segment to its NUMBER-th version and follows it, saying when it begins, and is killed meanwhile;
`finish HOME` follows once more, ships, and prints what state and lake then hold.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from customers.arriving import NOW, arrive, events  # noqa: E402
from tenure.app.decoders import DECODERS  # noqa: E402
from tenure.base.home import Home  # noqa: E402
from tenure.definitions.store import put_in_force  # noqa: E402
from tenure.kit.sql_file import SqlFile  # noqa: E402
from tenure.lake.inbox import open_inbox  # noqa: E402
from tenure.lake.reading import reading  # noqa: E402
from tenure.lake.refresh import refresh  # noqa: E402
from tenure.lake.shipping import ship  # noqa: E402
from tenure.segments.follow import follow_segments  # noqa: E402
from tenure.segments.models import SegmentMember  # noqa: E402

ACCOUNTS = 3000
TOLD = SqlFile(
    "tests", "told", "", "select message_id, name, account_key, occurred_at from event"
    " where type = 'segment' and properties like '%\"flip\"%'", "", ("event",), {}, (), "",
)  # fmt: skip


def prepare(home: Home) -> None:
    home.root.mkdir()
    call_command("migrate", verbosity=0)
    arrive(home, events("\n".join(f"day 1  group  @a-{n:04}" for n in range(ACCOUNTS))))
    refresh(home, NOW)


def turn(home: Home, number: int) -> None:
    low, high = (0, 2000) if number % 2 else (1000, 3000)
    where = f"account_id >= 'a-{low:04}' and account_id < 'a-{high:04}'"
    now = NOW + timedelta(minutes=number)
    put_in_force("segment", "flip", f'title = "F"\nwhere = "{where}"\n', now=now, by="test")
    print("following", flush=True)
    follow_segments(home, now)


def finish(home: Home) -> None:
    follow_segments(home, NOW + timedelta(days=1))
    inbox = open_inbox(home)
    ship(home, inbox, DECODERS, lambda batch, rows: None, NOW)
    inbox.close()
    with reading(home, fresh=True) as reader:
        told = [[str(value) for value in row.values()] for row in reader.rows(TOLD)]
    stays = SegmentMember.objects.filter(segment="flip").order_by("id")
    kept = [[s.subject_id, str(s.entered_at), str(s.left_at) if s.left_at else None] for s in stays]
    print(json.dumps({"told": told, "kept": kept}))


if __name__ == "__main__":
    home = Home(Path(sys.argv[2]))
    if sys.argv[1] == "prepare":
        prepare(home)
    elif sys.argv[1] == "follow":
        turn(home, int(sys.argv[3]))
    else:
        finish(home)
