"""Whose state has to be made anew, because history came, ids were merged, or the rules changed?

Until that is done, such an account is not asked whether it is silent: it may not have been.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from tenure.customers.follow import EVENT_CURSOR
from tenure.customers.models import FollowCursor, IdentityLink, Membership
from tenure.signals.cursors import set_text, text_of
from tenure.signals.models import AccountWatch, Signal, Stale
from tenure.signals.places import parts
from tenure.signals.rules import Rules

ACCOUNT, PERSON = "account:", "person:"
FOLLOWED_WITHIN = timedelta(seconds=60)  # for who it is; then with what is known
RULES, LINKS = "rules", "links"


def note_stale(rules: Rules, now: datetime) -> None:
    """Note who has to be made anew because the rules changed, or ids were merged."""
    if text_of(RULES) != rules.digest:
        if text_of(RULES):
            _note_accounts(AccountWatch.objects.values_list("account_id", flat=True), "rules", now)
        set_text(RULES, rules.digest)
    _note_merged(now)


def ready(now: datetime, at_once: int) -> list[str]:
    """Who can be made anew: customers' state has followed what was told, or takes too long."""
    cursor = FollowCursor.objects.filter(name=EVENT_CURSOR)
    followed = cursor.values_list("batch", flat=True).first()
    rows = Stale.objects.order_by("since_at", "key")
    ready = rows.filter(batch__lte=followed or 0) | rows.filter(since_at__lte=now - FOLLOWED_WITHIN)
    return list(ready.values_list("key", flat=True)[:at_once])


def not_stale() -> QuerySet[AccountWatch]:
    """The accounts whose state holds all that is known of them."""
    own = Stale.objects.filter(key=Concat(Value(ACCOUNT), OuterRef("account_id")))
    return AccountWatch.objects.exclude(Exists(own))


def stale_among(account_ids: Collection[str]) -> set[str]:
    """Which of these accounts are to be made anew."""
    found: set[str] = set()
    for part in parts(account_ids):
        rows = Stale.objects.filter(key__in=[ACCOUNT + each for each in part])
        found |= {key.removeprefix(ACCOUNT) for key in rows.values_list("key", flat=True)}
    return found


def forget_keys(keys: Sequence[str]) -> None:
    """They were made anew."""
    for part in parts(keys):
        Stale.objects.filter(key__in=part).delete()


def _note_accounts(account_ids: Collection[str], because: str, now: datetime) -> None:
    rows = [Stale(key=ACCOUNT + each, because=because, since_at=now) for each in account_ids]
    Stale.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _note_merged(now: datetime) -> None:
    """Accounts whose ids, or whose people's, were merged or taken apart by somebody."""
    changed = IdentityLink.objects.filter(because="operator")
    newest = changed.order_by("-changed_at").values_list("changed_at", flat=True).first()
    if newest is None or newest.isoformat() == text_of(LINKS):
        return
    seen = text_of(LINKS)
    if seen:
        changed = changed.filter(changed_at__gt=datetime.fromisoformat(seen))
    touched: set[str] = set()
    for kind, raw_id, joined_id, canonical_id in changed.values_list(
        "kind", "raw_id", "joined_id", "canonical_id"
    ):
        ids = {each for each in (raw_id, joined_id, canonical_id) if each}
        if kind == "account":
            touched |= ids
            if canonical_id and canonical_id != raw_id:
                AccountWatch.objects.filter(account_id=raw_id).delete()
                # What still holds is raised again, as the winner's.
                open_ones = Signal.objects.filter(account_id=raw_id, resolved_at=None)
                open_ones.update(resolved_at=now, resolved_because="merged")
        else:
            rows = Membership.objects.filter(person_id__in=ids)
            touched |= set(rows.values_list("account_id", flat=True))
    _note_accounts(touched, "merged", now)
    set_text(LINKS, newest.isoformat())
