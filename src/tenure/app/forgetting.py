"""Somebody is forgotten everywhere: inbox, rejected rows, lake, key set, state.

1. Everything that has arrived is shipped, so that no body waits in the inbox.
2. Rejected rows and findings that name them go, then their rows, keys and files in the lake.
3. State forgets them, links and cards follow, and the database gives up its free pages.

State goes last: as long as it knows the ids, an interrupted forgetting can be asked for again.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from tenure.app.worker import catch_up, ship_all
from tenure.base.home import Home
from tenure.card.models import AccountCard
from tenure.collect.forgetting import forget_refused
from tenure.collect.quality import recount_contradictions
from tenure.customers.follow import follow
from tenure.customers.forgetting import forget as forget_in_state
from tenure.customers.forgetting import ids_to_forget, publish_forgetting
from tenure.lake.forget import Ids
from tenure.lake.forget import forget as forget_in_lake
from tenure.lake.inbox import open_inbox


@dataclass(frozen=True, slots=True)
class Report:
    """What was removed, in rows; `files` of the lake were rewritten without them."""

    lake_rows: int
    state_rows: int
    refused_rows: int
    files: int

    def __str__(self) -> str:
        return (
            f"{self.lake_rows:,} rows of the lake, {self.state_rows:,} of state, "
            f"{self.refused_rows:,} rejected; {self.files:,} old files removed"
        )


def forget_everywhere(home: Home, kind: str, subject: str, now: datetime) -> Report:
    """Remove every trace of an account or a person from the installation.

    Raises NotFound when nobody is known by this id, and Conflict while somebody still reads old
    files; asking again goes on from there.
    """
    inbox = open_inbox(home, settings.DATABASE_URL)
    try:
        ship_all(home, inbox, now)
        follow(home, now)
        ids = ids_to_forget(kind, subject)
        named = [*ids.user_ids, *ids.anonymous_ids, *ids.account_keys]
        refused = forget_refused(named)
        forgotten = forget_in_lake(
            home,
            Ids(ids.user_ids, ids.anonymous_ids, ids.account_keys),
            now,
            elsewhere=[inbox.scrub],
        )
        state_rows = forget_in_state(kind, ids)
        cards, _ = AccountCard.objects.filter(account_id__in=ids.account_keys).delete()
        publish_forgetting(home, now)
        catch_up(home, now)
        recount_contradictions(home, now)
        _give_up_free_pages()
    finally:
        inbox.close()
    return Report(sum(forgotten.rows.values()), state_rows + cards, refused, forgotten.files)


def _give_up_free_pages() -> None:
    """Deleted rows stay readable in a database's free pages until it is rewritten."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM")
