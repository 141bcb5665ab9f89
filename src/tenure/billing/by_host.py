"""A change that the host's own page makes: Tenure never asks for it, and looks for it in billing.

The host signed for it (`host_acts` of its token), so `ask_for(..., by_host=True)`. What the page
then says of it is written down and believed in one thing only: that it failed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.base.errors import Unavailable
from tenure.billing.agreeing import agrees
from tenure.billing.kinds import KINDS
from tenure.billing.ledger import open_call
from tenure.billing.models import OPEN, BillingChange, HostSaid
from tenure.billing.system import WITHIN_S, Answer, BillingSystem, Change, Terms

# How soon billing is looked at again: after a twentieth of the time that it is open, within these.
LOOKS_AGAIN_S = (15.0, 1800.0)
MESSAGE_LONGEST = 300
# Each word of a page is a row and a look into billing, and a page says what its visitor likes.
SAID_MOST = 20


@dataclass(frozen=True, slots=True)
class HostBilling:
    """`reads` is the configured system, which is read and never asked to do anything."""

    reads: BillingSystem
    now: datetime
    can: frozenset[str] = frozenset(KINDS)
    name: str = "host"

    @property
    def settles_within_s(self) -> float:
        return self.reads.settles_within_s

    @property
    def gives_up_after_s(self) -> float | None:
        return self.reads.gives_up_after_s

    def perform(self, change: Change, within_s: float = WITHIN_S) -> Answer:
        """Done once billing shows it, whatever the page said; pending until then."""
        least_s, most_s = LOOKS_AGAIN_S
        open_s = (self.now - change.asked_at).total_seconds()
        wait_s = min(max(open_s / 20, least_s), most_s)
        try:
            terms = self.read_back(change.account_id, change.subscription_id, within_s)
        except Unavailable as error:
            return Answer(status="pending", message=error.message, retry_after_s=wait_s)
        if differs := agrees(change, terms):
            said = "billing does not show it yet: " + "; ".join(differs)
            return Answer(status="pending", message=said, retry_after_s=wait_s, terms=terms)
        return Answer(status="done", message="billing shows it", terms=terms)

    def read_back(
        self, account_id: str, subscription_id: str, within_s: float = WITHIN_S
    ) -> Terms | None:
        """What the configured system shows. Raises Unavailable as it does."""
        return self.reads.read_back(account_id, subscription_id, within_s)

    def ping(self, within_s: float = WITHIN_S) -> Answer:
        """Whether billing can be read."""
        return self.reads.ping(within_s)


def note_host(key: str, said: str, message: str, now: datetime) -> BillingChange | None:
    """The change, with what the host's page says of it written down; it is looked for at once.

    In the caller's transaction. None where there is no such change that the host makes and that is
    open: then nothing is written, and neither is the same word again, nor more than SAID_MOST.
    """
    # Locked: a worker that looks for it at this moment numbers its calls too.
    open_ones = BillingChange.objects.select_for_update().filter(by_host=True, status__in=OPEN)
    change = open_ones.filter(key=key).first()
    if change is None:
        return None
    text = " ".join(message.replace("\0", "").split())[:MESSAGE_LONGEST]
    words = list(change.calls.filter(what="host_said").order_by("number"))
    is_said = bool(words) and (words[-1].said, words[-1].message) == (said, text)
    if is_said or len(words) >= SAID_MOST:
        return change
    call = open_call(change, "host_said", "host", now)
    call.said, call.message, call.took_ms = said, text, 0
    call.save(update_fields=["said", "message", "took_ms"])
    change.host_said = HostSaid(said)
    change.next_at = now
    change.is_told = False
    if said == HostSaid.FAILED:
        change.why = f"the host's page said that it failed: {text}"
    change.save(update_fields=["host_said", "next_at", "why", "is_told"])
    return change


def is_overdue(change: BillingChange, now: datetime, within: timedelta) -> bool:
    """Whether a person has to look: the page said that it failed, or nothing came of it in time."""
    if not change.by_host or change.status not in OPEN:
        return False
    return change.host_said == HostSaid.FAILED or now - change.asked_at >= within
