"""What a billing system is to Tenure: something that changes a subscription, and can be read.

    webhook   the host's own backend, asked by signed requests          `webhook.py`
    task      a person does it, and billing facts show it               `by_task.py`
    demo      the simulated company's billing                           `tenure.demo`

The verbs are those that Stripe has as well (docs/billing.md, "Stripe"). A system that can do less
says so in `can`, and what it cannot do is refused before anybody is asked.
"""

from datetime import date, datetime
from typing import Literal, Protocol

import msgspec

WITHIN_S = 10.0  # that a system may take when nobody waits

Kind = Literal[
    "pause",
    "resume",
    "discount",
    "plan_change",
    "trial_extension",
    "free_months",
    "refund",
    "cancel_at_period_end",
    "cancel_now",
    "uncancel",
]
AnswerStatus = Literal["done", "refused", "pending", "unsure", "not_taken"]
TermsStatus = Literal["active", "trialing", "past_due", "paused", "free", "ended"]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of a subscription. One key is one change, however often it is asked for."""

    key: str
    account_id: str
    subscription_id: str
    kind: Kind
    values: dict[str, object] = {}  # `kinds.py` has what each kind takes; days are ISO text
    mode: Literal["live", "test"] = "live"
    asked_at: datetime


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a billing system says that holds of a subscription. None: it says that there is none.

    `refunds` is what was paid back, by the key of the change that asked for it. A change that was
    agreed for the end of the period shows as `next_plan` from `next_plan_on`.
    """

    subscription_id: str
    status: TermsStatus
    plan: str = ""
    billing_interval: str = ""  # day | week | month | quarter | year
    quantity: int | None = None
    mrr_minor: int | None = None
    currency: str = ""
    period_ends_on: date | None = None
    cancels_on: date | None = None
    paused_until_on: date | None = None
    trial_ends_on: date | None = None
    percent_off: float | None = None
    amount_off_minor: int | None = None
    discount_ends_on: date | None = None
    next_plan: str = ""
    next_plan_on: date | None = None
    refunds: dict[str, int] = {}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of asking once.

    `done` and `refused` are final, `pending` is under way over there and is asked for again.
    `unsure` may have been done or not; `not_taken` has certainly not been.
    """

    status: AnswerStatus
    reference: str = ""  # what the other side calls it
    message: str = ""
    retry_after_s: float = 0.0
    terms: Terms | None = None  # as it says itself; read back before it counts


class BillingSystem(Protocol):
    """One way to change what accounts pay.

    `settles_within_s` is how long its own reading may lag behind what it did, and
    `gives_up_after_s` how long it is asked in vain (None: for ever).
    """

    name: str
    can: frozenset[str]
    settles_within_s: float
    gives_up_after_s: float | None

    def perform(self, change: Change, within_s: float = WITHIN_S) -> Answer:
        """What came of it, after so many seconds at most. The same key again is the same change.

        Raises nothing that the network or the other side does.
        """
        ...

    def read_back(
        self, account_id: str, subscription_id: str, within_s: float = WITHIN_S
    ) -> Terms | None:
        """What holds now; None when there is no such subscription. Raises Unavailable when that
        cannot be known at this moment."""
        ...

    def ping(self, within_s: float = WITHIN_S) -> Answer:
        """Whether it can be asked at all; nothing is changed."""
        ...
