"""Two ids that are the same account or person: joined by somebody, and taken apart again.

Links form a forest: an id has at most one link in force, it leads to a canonical id in one or more
steps, and never round in a circle. A merge says that one canonical id is another; it rewrites no
row of an account or person, so undoing it restores everything.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from tenure.base.errors import Conflict, InvalidInput, NotFound
from tenure.customers.junk_ids import ANONYMOUS
from tenure.customers.keep_links import OPERATOR, decided
from tenure.customers.models import Account, IdentityLink, Membership, Person
from tenure.customers.publishing import IDENTITY_LINKS, MEMBERSHIP_LINKS, MERGES, note_change

_MODELS = {"account": Account, "person": Person}
_AT_ONCE = 500


def canonical_id(kind: str, raw_id: str) -> str:
    """Where a raw id leads now; itself when it was never merged."""
    links = IdentityLink.objects.filter(kind=kind, raw_id=raw_id).exclude(canonical_id="")
    return links.values_list("canonical_id", flat=True).first() or raw_id


def ids_behind(kind: str, id: str) -> list[str]:
    """All raw ids that lead to this canonical id, itself first."""
    links = IdentityLink.objects.filter(kind=kind, canonical_id=id).order_by("raw_id")
    return [id, *links.values_list("raw_id", flat=True)]


@transaction.atomic
def merge(
    kind: str,
    loser: str,
    winner: str,
    because: str = "",
    *,
    now: datetime,
    by: str = "",
) -> IdentityLink:
    """The link by which `loser` is `winner` from now on; `because` is kept as its evidence.

    What led to the loser leads to the winner, memberships go along. Publish afterwards.
    Raises NotFound for an id that nobody named, InvalidInput for an anonymous winner or an unknown
    kind, Conflict when both are one already or the loser is part of a third.
    """
    model = _model(kind)
    _check_known(model, loser)
    if winner.startswith(ANONYMOUS):
        raise InvalidInput(
            f"{winner} is an anonymous id and cannot be what others are merged into; "
            "name an identified person as the winner",
            field="winner",
        )
    _check_known(model, winner)
    root = canonical_id(kind, winner)
    if canonical_id(kind, loser) == root:
        raise Conflict(f"{kind} {loser} and {winner} are one already, as {root}", field="loser")
    if canonical_id(kind, loser) != loser:
        raise Conflict(
            f"{kind} {loser} is part of {canonical_id(kind, loser)}; merge that one, "
            f"or first undo this with `tenure merge {kind} {loser} --undo`",
            field="loser",
        )
    link = IdentityLink.objects.create(
        kind=kind,
        raw_id=loser,
        joined_id=root,
        canonical_id=root,
        because=OPERATOR,
        evidence=because,
        made_at=now,
        known_at=now,
        made_by=by,
        changed_at=now,
    )
    _lead(kind, ids_behind(kind, loser), root, now)
    return link


@transaction.atomic
def unmerge(kind: str, raw_id: str, *, now: datetime, by: str = "") -> IdentityLink:
    """The link that made `raw_id` part of another, now undone: it is its own again.

    What had been merged into it before stays with it. An anonymous id that is taken apart stays
    apart, whatever later events claim. Publish afterwards.
    Raises NotFound when no link of `raw_id` is in force.
    """
    _model(kind)
    in_force = IdentityLink.objects.filter(kind=kind, raw_id=raw_id).exclude(canonical_id="")
    link = in_force.select_for_update().first()
    if link is None:
        raise NotFound(
            f"{kind} {raw_id} is not part of another; `tenure merge --list` shows what is",
            field="raw_id",
        )
    link.canonical_id = ""
    link.undone_at, link.undone_by, link.changed_at = now, by, now
    link.save()
    _lead(kind, _ids_under(kind, raw_id), raw_id, now)
    if raw_id.startswith(ANONYMOUS):
        # Under an operator's word there may be a claim, which holds again.
        decided([list(IdentityLink.objects.filter(kind=kind, raw_id=raw_id))])()
    return link


def _lead(kind: str, raw_ids: list[str], root: str, now: datetime) -> None:
    """Make these raw ids lead to `root`: links, rows and memberships."""
    column = {"account": "account_id", "person": "person_id"}[kind]
    for start in range(0, len(raw_ids), _AT_ONCE):
        part = raw_ids[start : start + _AT_ONCE]
        links = IdentityLink.objects.filter(kind=kind, raw_id__in=part).exclude(canonical_id="")
        links.update(canonical_id=root, changed_at=now)
        rows = _MODELS[kind].objects.filter(pk__in=part)
        rows.exclude(pk=root).update(merged_into=root)
        rows.filter(pk=root).update(merged_into="")
        Membership.objects.filter(**{f"raw_{column}__in": part}).update(**{column: root})
    for name in (MERGES, IDENTITY_LINKS, MEMBERSHIP_LINKS):
        note_change(name)


def _ids_under(kind: str, raw_id: str) -> list[str]:
    """This id and all that leads to it, found link by link."""
    found, edge = [raw_id], [raw_id]
    while edge:
        edge = list(_joined_to(kind, edge))
        found += edge
    return found


def _joined_to(kind: str, ids: list[str]) -> Iterable[str]:
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        links = IdentityLink.objects.filter(kind=kind, joined_id__in=part)
        yield from links.exclude(canonical_id="").values_list("raw_id", flat=True)


def _model(kind: str) -> type[Account] | type[Person]:
    if kind not in _MODELS:
        raise InvalidInput(f"{kind!r} is not a kind of id; use account or person", field="kind")
    return _MODELS[kind]


def _check_known(model: type[Account] | type[Person], raw_id: str) -> None:
    """An anonymous id is known by its name alone: nothing is kept of it before it is somebody."""
    is_anonymous = model is Person and raw_id.startswith(ANONYMOUS)
    if not is_anonymous and not model.objects.filter(pk=raw_id).exists():
        kind = model._meta.model_name
        raise NotFound(f"there is no {kind} {raw_id!r}; its id is what events and files call it")
