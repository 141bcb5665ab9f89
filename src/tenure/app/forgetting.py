"""Somebody is forgotten everywhere: inbox, rejected rows, lake, key set, state.

1. Everything that has arrived is shipped, so that no body waits in the inbox.
2. Rejected rows and findings that name them go, then their rows, keys and files in the lake.
3. Signals, tasks, messages and segments forget them, then customers; links and cards follow, and
   the database gives up its free pages.

Customers go last: as long as they know the ids, an interrupted forgetting can be asked for again.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import connection

from tenure.app.catching_up import catch_up
from tenure.app.worker import ship_all
from tenure.base.home import Home
from tenure.billing.forgetting import forget_in_billing
from tenure.card.models import AccountCard
from tenure.collect.files.import_run import STAGING
from tenure.collect.forgetting import forget_refused
from tenure.collect.quality import recount_contradictions
from tenure.content.forgetting import forget_in_content
from tenure.customers.follow import follow
from tenure.customers.forgetting import IdsToForget, ids_to_forget, publish_forgetting
from tenure.customers.forgetting import forget as forget_in_state
from tenure.customers.models import Membership
from tenure.demo.billing_system import forget_in_demo_billing
from tenure.lake.forget import Ids
from tenure.lake.forget import forget as forget_in_lake
from tenure.lake.inbox import open_inbox
from tenure.messages.forgetting import forget_in_messages
from tenure.offboard.forgetting import forget_in_offboard
from tenure.offers.forgetting import forget_in_offers
from tenure.plays.forgetting import forget_in_plays
from tenure.proof.forgetting import forget_in_proof
from tenure.reasons.forgetting import forget_in_reasons
from tenure.saves.forgetting import forget_in_saves
from tenure.segments.forgetting import forget_in_segments
from tenure.signals.forgetting import forget_in_signals
from tenure.tasks.forgetting import forget_in_tasks


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


def forget_everywhere(
    home: Home, kind: str, subject: str, now: datetime, *, with_people: bool = False
) -> Report:
    """Remove every trace of an account or a person from the installation.

    `with_people` takes those along who were in this account and in no other. Raises NotFound when
    nobody is known by this id, and Conflict while somebody still reads old files; asking again
    goes on from there.
    """
    inbox = open_inbox(home, settings.DATABASE_URL)
    try:
        ship_all(home, inbox, now)
        follow(home, now)
        subjects = [(kind, ids_to_forget(kind, subject))]
        if with_people:
            members = _only_in(subjects[0][1].account_keys)
            subjects += [("person", ids_to_forget("person", each)) for each in members]
        ids = _all_ids(subjects)
        named = [*ids.user_ids, *ids.anonymous_ids, *ids.account_keys]
        refused = forget_refused(named)
        forgotten = forget_in_lake(home, ids, now, elsewhere=[inbox.scrub])
        state_rows = _forget_above(home, ids, now)
        cards, _ = AccountCard.objects.filter(account_id__in=ids.account_keys).delete()
        # The account last: until then its members can still be found.
        state_rows += sum(forget_in_state(*each) for each in reversed(subjects))
        publish_forgetting(home, now)
        catch_up(home, now)
        # What a worker was about to record of them while this went on.
        if ship_all(home, inbox, now):
            swept = forget_in_lake(home, ids, now, elsewhere=[inbox.scrub])
            catch_up(home, now)
            forgotten = replace(forgotten, files=forgotten.files + swept.files)
        # Whom a worker had read before they were gone, it may have brought into a play since.
        state_rows += _forget_in_plays_again(ids, now)
        # What a killed import left there; the next one begins anew.
        shutil.rmtree(home.root / STAGING, ignore_errors=True)
        recount_contradictions(home, now)
        _give_up_free_pages()
    finally:
        inbox.close()
    return Report(sum(forgotten.rows.values()), state_rows + cards, refused, forgotten.files)


def _only_in(account_keys: Sequence[str]) -> list[str]:
    """People who were ever in one of these accounts and in no other."""
    members = Membership.objects.filter(account_id__in=account_keys)
    elsewhere = Membership.objects.exclude(account_id__in=account_keys)
    inside = set(members.values_list("person_id", flat=True))
    return sorted(inside - set(elsewhere.values_list("person_id", flat=True)))


def _forget_above(home: Home, ids: Ids, now: datetime) -> int:
    """Rows of state above `customers` that named them: segments, signals, messages, tasks."""
    accounts = list(ids.account_keys)
    people = _people(ids)
    return (
        forget_in_segments(accounts, people)
        + forget_in_signals(home, accounts, people, now)
        + forget_in_reasons(accounts, people)
        + forget_in_plays(accounts, people)  # first: who is in no play gets no message of one
        + forget_in_content(accounts, people, now)  # while mails still tell whom they quote
        + forget_in_messages(accounts, people, now)
        + forget_in_offboard(accounts, people, now)
        + forget_in_offers(accounts, people)
        + forget_in_tasks(accounts, people)
        + forget_in_billing(accounts, now)
        + forget_in_demo_billing(home, accounts)
        + forget_in_proof(accounts)
        + forget_in_saves(accounts, people)
    )


def _forget_in_plays_again(ids: Ids, now: datetime) -> int:
    """What came of plays while the forgetting went on; who is in none any more gets no more."""
    accounts = list(ids.account_keys)
    people = _people(ids)
    entered = forget_in_plays(accounts, people)
    return entered + forget_in_messages(accounts, people, now) + forget_in_tasks(accounts, people)


def _people(ids: Ids) -> list[str]:
    return [*ids.user_ids, *(f"anon:{each}" for each in ids.anonymous_ids)]


def _all_ids(subjects: Sequence[tuple[str, IdsToForget]]) -> Ids:
    return Ids(
        [each for _, ids in subjects for each in ids.user_ids],
        [each for _, ids in subjects for each in ids.anonymous_ids],
        [each for _, ids in subjects for each in ids.account_keys],
    )


def _give_up_free_pages() -> None:
    """Deleted rows stay readable in a database's free pages until it is rewritten."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM")
