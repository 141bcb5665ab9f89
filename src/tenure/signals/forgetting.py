"""What signals know of somebody who is forgotten goes: their signals, evidence, and state.

Called after the lake has forgotten them: accounts that stay and knew a person are made anew from
what is left.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, Q

from tenure.base.home import Home
from tenure.customers.junk_ids import ANONYMOUS, load_junk_ids
from tenure.lake.lease import lake_writer
from tenure.signals.cursors import FORGOTTEN
from tenure.signals.keep import teller_at
from tenure.signals.models import AccountWatch, Signal, Stale, WaitingRow, WatchCursor
from tenure.signals.places import Places, parts
from tenure.signals.rebuild import rebuild
from tenure.signals.rules import rules_in_force
from tenure.signals.stale import ACCOUNT, PERSON

LEASE_WAIT_S = 60.0


def forget_in_signals(
    home: Home, account_ids: Sequence[str], person_ids: Sequence[str], now: datetime
) -> int:
    """How many rows went or were changed; none is left that names one of these ids.

    Person ids of who was anonymous begin with `anon:`. Raises LeaseHeld when another process
    watches for longer than a minute.
    """
    with lake_writer(
        home,
        "forget",
        part="signals",
        database_url=settings.DATABASE_URL,
        wait_seconds=LEASE_WAIT_S,
    ):
        # Whoever holds rows in memory lets go of them.
        WatchCursor.objects.get_or_create(name=FORGOTTEN)
        WatchCursor.objects.filter(name=FORGOTTEN).update(number=F("number") + 1)
        removed = 0
        for part in parts(account_ids):
            removed += Signal.objects.filter(account_id__in=part).delete()[0]
            removed += AccountWatch.objects.filter(account_id__in=part).delete()[0]
            removed += Stale.objects.filter(key__in=[ACCOUNT + each for each in part]).delete()[0]
        removed += _forget_people(person_ids)
        removed += _clean_evidence({*account_ids, *person_ids})
        known_in = _accounts_that_name([*account_ids, *person_ids])
        if known_in:
            rules = rules_in_force(home.company.time_zone)
            AccountWatch.objects.filter(account_id__in=known_in).update(state=b"", due_at=None)
            rebuild(teller_at(home, Places(load_junk_ids(home)), rules, now), known_in)
        return removed + len(known_in)


def _forget_people(person_ids: Sequence[str]) -> int:
    removed = 0
    for part in parts(person_ids):
        anonymous = [each.removeprefix(ANONYMOUS) for each in part if each.startswith(ANONYMOUS)]
        waiting = Q(user_id__in=part) | Q(anonymous_id__in=anonymous)
        removed += WaitingRow.objects.filter(waiting).delete()[0]
        removed += Signal.objects.filter(Q(person_id__in=part) | Q(topic__in=part)).delete()[0]
        removed += Stale.objects.filter(key__in=[PERSON + each for each in part]).delete()[0]
    return removed


def _clean_evidence(ids: Collection[str]) -> int:
    """Take evidence that names one of them out of the signals that stay."""
    changed = 0
    for signal in Signal.objects.only("evidence", "params").iterator(500):
        evidence = [each for each in signal.evidence if not _names(each, ids)]
        params = {
            name: value for name, value in signal.params.items() if not _names({name: value}, ids)
        }
        if len(evidence) < len(signal.evidence) or len(params) < len(signal.params):
            signal.evidence, signal.params = evidence, params
            signal.save(update_fields=["evidence", "params"])
            changed += 1
    return changed


def _names(evidence: dict[str, Any], ids: Collection[str]) -> bool:
    values = [each for value in evidence.values() for each in _flat(value)]
    return any(value in ids for value in values)


def _flat(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def _accounts_that_name(ids: Sequence[str]) -> list[str]:
    """Accounts in whose state one of these ids stands."""
    wanted = [each.encode() for each in ids if each]
    rows = AccountWatch.objects.values_list("account_id", "state").iterator(1_000)
    return [
        account_id for account_id, state in rows if any(each in bytes(state) for each in wanted)
    ]
