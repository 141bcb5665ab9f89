"""To which addresses is nothing sent, why, and since when? Lifted by a person, and that is kept."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tenure.base.errors import NotFound
from tenure.messages.models import SuppressedAddress, SuppressedFor, address_digest, bare_address

_BECAUSE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is sent to an address: of which sort, a `SuppressedFor`, and in words."""

    kind: str
    because: str


def refusals(addresses: Iterable[str]) -> dict[str, Refusal]:
    """Those of these that are suppressed; by address, in lower case."""
    digests: defaultdict[str, set[str]] = defaultdict(set)
    for each in addresses:
        digests[address_digest(each)].add(each.strip().lower())
    rows = SuppressedAddress.objects.filter(address_digest__in=list(digests), lifted_at=None)
    return {
        address: Refusal(row.kind, row.because or str(SuppressedFor(row.kind).label))
        for row in rows
        for address in digests[row.address_digest]
    }


def refused_addresses(addresses: Iterable[str]) -> dict[str, str]:
    """Why nothing is sent to those of these that are suppressed, in words."""
    return {address: each.because for address, each in refusals(addresses).items()}


def note_suppressed(
    address: str,
    because: str,
    now: datetime,
    *,
    kind: str = SuppressedFor.REFUSED,
    by: str = "",
) -> bool:
    """Write down that nothing is sent there any more; whether it is news. What waits for it is
    withheld by `ledger.suppress_address`."""
    fields = {"address": bare_address(address), "because": because[:_BECAUSE_CHARS]}
    try:
        with transaction.atomic():
            _row, is_new = SuppressedAddress.objects.get_or_create(
                address_digest=address_digest(address),
                lifted_at=None,
                defaults={**fields, "kind": kind, "by": by, "since_at": now},
            )
    except IntegrityError:  # somebody else did so at this moment
        is_new = False
    return is_new


def lift_suppression(digest: str, *, now: datetime, by: str) -> SuppressedAddress:
    """Send to an address again; what was is kept, with who lifted it. Raises NotFound."""
    rows = SuppressedAddress.objects.filter(address_digest=digest, lifted_at=None)
    row = rows.first()
    if row is None or not rows.update(lifted_at=now, lifted_by=by):
        raise NotFound(_("This address is not suppressed."))
    return row


@dataclass(frozen=True, slots=True)
class Suppressions:
    """Some of those that hold, or were lifted; `count` is how many there are."""

    rows: list[SuppressedAddress]
    count: int


def suppressions(
    *, search: str = "", kind: str = "", is_lifted: bool = False, first: int = 0, most: int = 50
) -> Suppressions:
    """The addresses that are suppressed, or that were, the latest first."""
    rows = SuppressedAddress.objects.filter(lifted_at__isnull=not is_lifted)
    if search:
        whole = rows.filter(address_digest=address_digest(search))  # of who is forgotten, too
        rows = rows.filter(address__icontains=search.strip().lower()) | whole
    if kind:
        rows = rows.filter(kind=kind)
    ordered = rows.order_by("-lifted_at" if is_lifted else "-since_at", "-id")
    return Suppressions(list(ordered[first : first + most]), rows.count())


def forget_addresses(addresses: Collection[str]) -> int:
    """How many suppressed addresses are kept under their digest alone from now on."""
    digests = {address_digest(each) for each in addresses if each}
    rows = SuppressedAddress.objects.filter(address_digest__in=digests)
    return rows.exclude(address="").update(address="", because="", by="", lifted_by="")
