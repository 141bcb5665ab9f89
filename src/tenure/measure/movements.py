"""The movements behind a figure, one by one."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from tenure.base.errors import BadUsage
from tenure.lake.reading import Reader
from tenure.measure import ledger
from tenure.measure.composition import sql
from tenure.measure.rules import DEFAULT_RULES, RuleSet

MovementKind = Literal["new", "expansion", "contraction", "churn", "reactivation"]
MOVEMENT_KINDS: tuple[MovementKind, ...] = get_args(MovementKind)


@dataclass(frozen=True, slots=True)
class Movement:
    """Why one account's MRR changed on one day. `delta_minor` is after less before, never 0."""

    account_id: str
    currency: str
    moved_on: date
    kind: MovementKind
    delta_minor: int
    mrr_before_minor: int
    mrr_after_minor: int


def movements(
    reader: Reader,
    *,
    first_on: date,
    before_on: date,
    kind: MovementKind | None = None,
    currency: str | None = None,
    account_id: str | None = None,
    into: str | None = None,
    rules: RuleSet = DEFAULT_RULES,
) -> list[Movement]:
    """The movements on days from `first_on` until before `before_on`, by day and account.

    `kind`, `currency` and `account_id` leave out the others. With `into`, a currency, they are
    those of an account's total over all currencies, converted. Raises BadUsage for an unknown kind.
    """
    if kind is not None and kind not in MOVEMENT_KINDS:
        raise BadUsage(f"{kind!r} is not a movement; use one of {', '.join(MOVEMENT_KINDS)}")
    file = sql("movement", **ledger.movements(rules, into))
    params = {
        **ledger.ledger_params(rules, currency=into),
        "first_on": first_on,
        "before_on": before_on,
        "only_kind": kind or "",
        "only_currency": currency or "",
        "only_account_id": account_id or "",
    }
    return [Movement(**row) for row in reader.rows(file, **ledger.pick(file, params))]
