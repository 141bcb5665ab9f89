"""What an account has agreed to pay, and the billing facts that each change of it leaves behind."""

from dataclasses import dataclass, field
from datetime import date

from tenure.base.money import monthly_minor
from tenure.demo.catalogue import PLANS, amount_minor
from tenure.demo.journal import Fact, Journal
from tenure.demo.seasons import DAY_S, Calendar


@dataclass
class Contract:
    """One subscription of one account, as it stands. A change of terms is a new version."""

    account: int
    number: int  # 1 for the account's first
    currency: str
    status: str  # trialing | active | free
    plan: int
    seats: int
    interval: str  # month | year
    started_at: int
    changed_at: int
    discount_percent: int = 0
    discount_ends_at: int | None = None
    version: int = 0
    anchor_day: int = 1  # of the month, at most 28
    renews_at: int = 0
    notice_at: int | None = None
    ends_at: int | None = None
    cause: str = ""  # of the notice, in truth
    stated: str | None = None
    failures: int = 0  # charges of this period that failed
    # What was agreed at the way out.
    conceded: dict[str, object] = field(default_factory=dict)  # said with each version
    free_until_at: int | None = None
    rests_until_at: int | None = None
    ahead: "Contract | None" = None  # the terms from the next renewal on

    @property
    def amount_minor(self) -> int:
        return amount_minor(
            self.plan,
            self.seats,
            self.currency,
            self.interval,
            discount_percent=self.discount_percent,
        )

    @property
    def mrr_minor(self) -> int:
        """0 unless it is paid for."""
        if self.status != "active":
            return 0
        return monthly_minor(self.amount_minor, self.interval)


def note_version(
    journal: Journal, contract: Contract, at: int, known_at: int | None = None
) -> None:
    """Close the version that runs, if any, and open the next with the terms as they are now.

    `known_at` is when it was agreed, where that was before.
    """
    assert at >= contract.changed_at, "a version cannot start before the one it follows"
    if contract.version:
        ended = _fact(contract, "end", at, key=f"v{contract.version}/end", version=contract.version)
        journal.facts.append(ended._replace(known_at=known_at))
    contract.version += 1
    contract.changed_at = at
    journal.facts.append(
        Fact(
            kind="start",
            account=contract.account,
            subscription=contract.number,
            version=contract.version,
            key=f"v{contract.version}/start",
            at=at,
            status=contract.status,
            plan=PLANS[contract.plan].name,
            interval=contract.interval,
            quantity=contract.seats,
            amount_minor=contract.amount_minor,
            mrr_minor=contract.mrr_minor,
            currency=contract.currency,
            attributes={"discount_percent": contract.discount_percent, **contract.conceded},
            known_at=known_at,
        )
    )


def note_end(journal: Journal, contract: Contract, at: int, because: str) -> None:
    """The whole subscription ends; `because` is what a billing system knows, not the true cause."""
    fact = _fact(contract, "end", at, key="end", version=None)
    journal.facts.append(fact._replace(attributes={"cancellation_reason": because}))


def note_notice(journal: Journal, contract: Contract, at: int, ends_at: int | None) -> None:
    """It is said that the subscription ends at `ends_at`; None takes an earlier notice back."""
    fact = _fact(contract, "notice", at, key=f"notice/{at}", version=None)
    journal.facts.append(fact._replace(ends_at=ends_at))


def note_pause(
    journal: Journal, contract: Contract, at: int, resumes_at: int, known_at: int | None = None
) -> None:
    fact = _fact(contract, "pause", at, key=f"pause/{at}", version=contract.version)
    journal.facts.append(fact._replace(ends_at=resumes_at, known_at=known_at))


def note_refund(
    journal: Journal, contract: Contract, at: int, amount: int, change_key: str
) -> None:
    """Money goes back; `change_key` says which promise it keeps. `amount` is in minor units."""
    fact = _fact(contract, "invoice_line", at, key=f"refund/{at}", version=contract.version)
    attributes: dict[str, object] = {"change_key": change_key}
    journal.facts.append(
        fact._replace(amount_minor=-amount, currency=contract.currency, attributes=attributes)
    )


def note_resume(journal: Journal, contract: Contract, at: int) -> None:
    _note(journal, contract, "resume", at, key=f"resume/{at}")


def note_payment(journal: Journal, contract: Contract, at: int, *, succeeded: bool) -> None:
    kind = "payment_succeeded" if succeeded else "payment_failed"
    fact = _fact(contract, kind, at, key=f"{kind}/{at}", version=contract.version)
    attributes: dict[str, object] = {"attempt": contract.failures + succeeded}
    journal.facts.append(
        fact._replace(
            amount_minor=contract.amount_minor,
            currency=contract.currency,
            attributes=attributes,
        )
    )


def after_months(calendar: Calendar, at: int, months: int, anchor_day: int) -> int:
    """The same time of day, `months` months later, on the contract's day of the month."""
    day = calendar.date_of(at)
    month = day.year * 12 + day.month - 1 + months
    later = date(month // 12, month % 12 + 1, anchor_day)
    seconds = (at - calendar.epoch) % DAY_S
    return calendar.epoch + (later - calendar.starts_on).days * DAY_S + seconds


def _fact(contract: Contract, kind: str, at: int, *, key: str, version: int | None) -> Fact:
    return Fact(
        kind=kind,
        account=contract.account,
        subscription=contract.number,
        version=version,
        key=key,
        at=at,
    )


def _note(journal: Journal, contract: Contract, kind: str, at: int, *, key: str) -> None:
    journal.facts.append(_fact(contract, kind, at, key=key, version=contract.version))
