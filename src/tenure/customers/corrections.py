"""Whoever a correction names is read again from the first batch on.

A corrected row has left the `event` relation, so what it alone had said is no longer said. Rows of
state whose ids nobody names any more go, with their memberships and claims; what an operator
merged or undid stays.
"""

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction

from tenure.customers.junk_ids import ANONYMOUS, JunkIds
from tenure.customers.keep_accounts_and_people import keep_accounts, keep_people
from tenure.customers.keep_links import OPERATOR, decided, keep_claims
from tenure.customers.keep_memberships import keep_memberships
from tenure.customers.models import Account, IdentityLink, Membership, Person
from tenure.customers.news import Claim, News, Reads, SeenNews, Window, join_seen
from tenure.customers.publishing import IDENTITY_LINKS, MEMBERSHIP_LINKS, note_change
from tenure.kit.sql_file import load

_AT_ONCE = 200


def read_again(reader: Reads, window: Window, junk: JunkIds) -> None:
    """Read again whom the corrections of this window name, some hundred ids at a time."""
    rows = reader.arrow(
        load("tenure.customers", "corrected_id"),
        after_batch=window.after_batch,
        last_batch=window.last_batch,
    ).to_pylist()
    accounts = sorted({row["account_key"] for row in rows if row["account_key"]})
    people = sorted({row["user_id"] for row in rows if row["user_id"]})
    anonymous = sorted(
        {
            ANONYMOUS + row[key]
            for row in rows
            for key in ("anonymous_id", "previous_id")
            if row[key]
        }
    )
    for ids in _parts(accounts):
        _accounts_again(reader, Window(0, window.last_batch, ids), junk)
    for ids in _parts(people):
        _people_again(reader, Window(0, window.last_batch, ids), junk)
    for ids in _parts(anonymous):
        _claims_again(News(reader, Window(0, window.last_batch, ids), junk).claims(), ids)


def _accounts_again(reader: Reads, window: Window, junk: JunkIds) -> None:
    found = {each.id: each for each in News(reader, window, junk).accounts()}
    table = reader.arrow(
        load("tenure.customers", "account_billed"), after_batch=0, only=window.only
    )
    for row in table.to_pylist():
        billed = SeenNews(row["account_key"], row["first_seen_at"], row["source"])
        if not junk.why_blocked(billed.id):
            join_seen(found.setdefault(billed.id, billed), billed)
    with transaction.atomic():
        keep_accounts(list(found.values()), again=True)()
        gone = [each for each in window.only or [] if each not in found]
        # People who were named with a vanished account lose that membership with it.
        _delete_unnamed(Account, gone)


def _people_again(reader: Reads, window: Window, junk: JunkIds) -> None:
    news = News(reader, window, junk)
    people, memberships = news.people(), news.memberships()
    found = {each.id for each in people}
    with transaction.atomic():
        keep_people(people, again=True)()
        Membership.objects.filter(raw_person_id__in=window.only or []).delete()
        keep_memberships(memberships)()
        gone = [each for each in window.only or [] if each not in found]
        _delete_unnamed(Person, gone)
        IdentityLink.objects.filter(kind="person", raw_id__in=gone, because="alias").delete()
        note_change(MEMBERSHIP_LINKS)


def _claims_again(claims: Sequence[Claim], raw_ids: Sequence[str]) -> None:
    """Claims that nobody makes any more go, unless somebody has undone them."""
    standing = {(claim.raw_id, claim.person_id, claim.because): claim for claim in claims}
    with transaction.atomic():
        kept = defaultdict(list)
        for link in IdentityLink.objects.filter(kind="person", raw_id__in=raw_ids):
            claim = standing.get((link.raw_id, link.joined_id, link.because))
            if claim is not None:
                link.made_at, link.known_at = claim.made_at, claim.known_at
                link.evidence = claim.evidence
                link.save(update_fields=["made_at", "known_at", "evidence"])
            elif link.because != OPERATOR and link.undone_at is None:
                _delete_claim(link)
                continue
            kept[link.raw_id].append(link)
        decided(kept.values())()
        keep_claims(claims)()
        note_change(IDENTITY_LINKS)


def _delete_claim(link: IdentityLink) -> None:
    """With an alias goes the report that it named two people."""
    refused = IdentityLink.objects.filter(
        kind="person",
        raw_id=link.raw_id.removeprefix(ANONYMOUS),
        joined_id=link.joined_id,
        because="alias",
    )
    if link.because == "alias":
        refused.delete()
    link.delete()


def _delete_unnamed(model: type[Account] | type[Person], ids: Sequence[str]) -> None:
    """Delete the rows that nobody names, but for those that an operator merged."""
    merged = model.objects.filter(merged_into__in=ids).values_list("merged_into", flat=True)
    model.objects.filter(pk__in=set(ids) - set(merged), merged_into="").delete()


def _parts(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE)]
